"""Unit costs: whatever is divided and shared, nothing is lost and nothing is rounded away."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from carnet.ledger.costs import Cost
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.sharing import share_cost
from carnet.ledger.unit_costs import UnitCost, table_of, unit_cost

DAY, BEFORE = date(2026, 12, 31), date(2025, 12, 31)
CENTS = st.integers(-10**12, 10**12)
COSTS = st.builds(Cost, *[CENTS] * 6)
HOSTS = st.sampled_from(["", "alpha", "beta", "gamma"])


def counted(host: str, count: int, measure: Measure = Measure.RECORDS_OPENED, on: date = DAY) -> Count:
    return Count(measure=measure, on=on, count=count, host=host)


@given(CENTS, st.integers(1, 10**9))
def test_what_each_costs_and_one_cent_more_for_some_is_the_whole(cents: int, units: int) -> None:
    each = UnitCost(cents, units)
    one_more = -1 if cents < 0 else 1
    assert each.each * (units - each.more) + (each.each + one_more) * each.more == cents
    assert 0 <= each.more < units
    assert abs(each.nearest * units - cents) * 2 <= units


@given(st.dictionaries(HOSTS, COSTS), st.dictionaries(HOSTS, st.integers(0, 10**8)))
def test_rows_sum_to_the_whole_part_by_part(costs: dict[str, Cost], records: dict[str, int]) -> None:
    table = table_of("host", costs, [counted(host, count) for host, count in records.items()])
    assert sum((row.cost for row in table.rows), Cost()) == table.whole.cost == sum(costs.values(), Cost())
    assert all(row.own == costs.get(row.value, Cost()) for row in table.rows if row.value)


@given(COSTS, st.dictionaries(HOSTS, st.integers(0, 10**8)))
def test_a_shared_cost_is_shared_by_records(cost: Cost, weights: dict[str, int]) -> None:
    shares = share_cost(cost, weights)
    assert sum(shares.values(), Cost()) == cost
    total = sum(weights.values())
    if total:
        assert all(abs(shares[host].paid * total - cost.paid * weight) < total for host, weight in weights.items())


def test_what_nobody_can_be_given_stays_apart() -> None:
    table = table_of("host", {"alpha": Cost(paid=10), "": Cost(paid=9)}, [])
    assert [(row.value, row.own.paid, row.shared.paid) for row in table.rows] == [("alpha", 10, 0), ("", 0, 9)]
    # Records of which nobody says where they are keep their share of it.
    table = table_of("host", {"": Cost(paid=9)}, [counted("alpha", 2), counted("", 1)])
    assert [(row.value, row.cost.paid) for row in table.rows] == [("alpha", 6), ("", 3)]


def test_open_records_are_the_driver_where_they_are_counted() -> None:
    counts = [
        counted("alpha", 10), counted("beta", 10), counted("alpha", 3, Measure.RECORDS_OPEN),
        counted("beta", 1, Measure.RECORDS_OPEN)]
    table = table_of("host", {"": Cost(paid=400)}, counts)
    assert [row.shared.paid for row in table.rows] == [300, 100]


def test_what_is_not_of_a_place_is_divided_by_all() -> None:
    table = table_of("category", {"hosting": Cost(paid=7), "": Cost(paid=1)}, [counted("a", 2), counted("b", 3)])
    assert [(row.value, row.units[Measure.RECORDS_OPENED]) for row in table.rows] == [("hosting", 5), ("", 5)]


def test_of_what_happens_a_year_has_what_happened_in_it() -> None:
    now = [counted("a", 30, Measure.CONSULTATIONS), counted("a", 9)]
    before = [counted("a", 10, Measure.CONSULTATIONS, BEFORE), counted("a", 4, on=BEFORE)]
    units = table_of("host", {"a": Cost(paid=1)}, now, before).rows[0].units
    assert (units[Measure.CONSULTATIONS], units[Measure.RECORDS_OPENED]) == (20, 9)


def test_nothing_counted_is_no_unit_cost() -> None:
    assert (unit_cost(5, 0), unit_cost(5, None)) == (None, None)
