"""What follows from the daily count, without a database: reasons, plans, hidden cells, places, counts by place."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput
from carnet.ledger.counts.count import Measure
from carnet.people.departement import CODES
from carnet.rights.held import RecordState
from carnet.steering.adoption.cell import Brought, Counted, Feeder
from carnet.steering.adoption.counting import feeders_of
from carnet.steering.adoption.hiding import COLUMNS, hidden, shown_places, shown_whole
from carnet.steering.adoption.measured import counts_of
from carnet.steering.adoption.places import PLACES, REGIONS, region_of
from carnet.steering.adoption.plan import due, due_at, plan_of
from carnet.steering.adoption.reasons import Reason, reason_of, reasons_of
from carnet.steering.adoption.standing import Standing, standing_of
from carnet.steering.adoption.told import told
from tests.steering.adoption.ground import cell

DAY = date(2026, 11, 22)
FED = frozenset({"75"})
PLAN = """
name = "Plan d'essai"
[[target]]
what = "opened"
by = 2027-12-31
count = 200
[[target]]
what = "opened"
by = 2026-12-31
count = 50
[[target]]
what = "fed"
by = 2026-12-31
count = 20
region = "11"
[[target]]
what = "activated"
by = 2020-12-31
count = 10
departement = "2A"
"""


@pytest.mark.parametrize(("said", "reason"), [
    ({"state": RecordState.SUSPENDED, "refuses_feeding": True}, Reason.SUSPENDED),
    ({"refuses_feeding": True, "is_recent": True}, Reason.FEEDING_REFUSED),
    ({"is_recent": True, "departement": "29"}, Reason.RECENT),
    ({"departement": ""}, Reason.PLACE_UNKNOWN),
    ({"departement": "29"}, Reason.NO_FEEDER),
    ({}, Reason.NOT_ACTIVATED),
    ({"is_activated": True}, Reason.UNEXPLAINED),
])
def test_the_first_reason_that_holds_is_the_reason(said: dict[str, object], reason: Reason) -> None:
    assert reason_of(cell(1, **said), FED) is reason      # type: ignore[arg-type]


_CELLS = st.lists(st.builds(
    lambda records, documents, said: cell(records, documents, **said),
    st.integers(1, 30), st.sampled_from((0, 1, 5)),
    st.fixed_dictionaries({
        "departement": st.sampled_from(("", "2A", "29", "35", "75")), "home": st.sampled_from(("alpha", "beta")),
        "state": st.sampled_from([each for each in RecordState if each is not RecordState.NOTICE]),
        "is_activated": st.booleans(), "refuses_feeding": st.booleans(), "is_recent": st.booleans(),
        "is_read": st.booleans()})), max_size=12)


@given(_CELLS)
def test_reasons_sum_to_every_empty_and_every_thin_record(cells: list) -> None:  # type: ignore[type-arg]
    found, whole = reasons_of(cells, FED), standing_of(cells)
    assert sum(each.empty for each in found.values()) == whole.empty
    assert sum(each.thin for each in found.values()) == whole.thin


@given(_CELLS)
def test_counts_by_place_sum_to_the_whole(cells: list) -> None:  # type: ignore[type-arg]
    sums: Counter[Measure] = Counter()
    for each in counts_of(DAY, cells, {("alpha", "75"): 7}):
        sums[each.measure] += each.count
        assert each.region == region_of(each.departement)
    whole = standing_of(cells)
    if cells:
        assert set(sums) == set(Measure)
        assert (sums[Measure.RECORDS_OPENED], sums[Measure.RECORDS_OPEN], sums[Measure.RECORDS_READ]) == (
            whole.opened, whole.open, whole.read)
        assert (sums[Measure.DOCUMENTS], sums[Measure.CONSULTATIONS]) == (whole.documents, 7)


@given(st.dictionaries(st.integers(0, 9), st.integers(0, 40)))
def test_what_is_hidden_of_a_column_is_never_found_by_its_sum(column: dict[int, int]) -> None:
    gone = hidden(column)
    assert all(number == 0 or number >= 5 for name, number in column.items() if name not in gone)
    if gone and any(number and name not in gone for name, number in column.items()):
        assert len(gone) >= 2
        assert sum(column[name] for name in gone) >= 5


def test_a_small_cell_takes_the_smallest_other_with_it() -> None:
    assert hidden({"75": 400, "29": 3, "35": 60, "2A": 0}) == {"29", "35"}
    assert hidden({"75": 400, "29": 1, "35": 1, "22": 9}) == {"29", "35", "22"}
    assert hidden({"75": 400, "29": 5}) == frozenset()
    assert hidden({"75": 98, "29": 0}, frozenset({"75"})) == {"75", "29"}


def test_what_is_all_but_a_few_is_hidden_too() -> None:
    places = {"75": Standing(opened=100, open=100, activated=98), "29": Standing(opened=50, open=50, activated=20)}
    shown = shown_places(places)
    assert (shown["75"]["activated"], shown["75"]["opened"], shown["29"]["activated"]) == (None, 100, None)
    assert shown_whole(Standing(opened=10, open=10, with_1=7, with_5=6))["empty"] is None
    assert shown_whole(Standing(opened=30, open=30, with_1=20, with_5=10))["thin"] == 10


def test_a_plan_is_held_against_its_next_target_then_its_last() -> None:
    plan = plan_of(PLAN)
    assert [(each.what, each.count) for each in due_at(plan, DAY)] == [("opened", 50)]
    late = due(plan, "opened", date(2030, 1, 1))
    assert late is not None
    assert late.count == 200
    assert due(plan, "opened", DAY, departement="75") is None


def test_what_is_reached_is_what_the_tables_show() -> None:
    cells = (cell(30, 1, departement="75"), cell(3, 1, departement="92"), cell(12, 1, departement="29"))
    adoption = told(Counted(DAY, cells), plan_of(PLAN))
    reached = {(each.target.what, each.target.region): each.reached for each in adoption.stands}
    assert reached["opened", ""] == 45
    assert reached["fed", "11"] is None     # 92 would be what is left of the region


@pytest.mark.parametrize(("change", "said"), [
    (("count = 50", "count = 0"), "above 0"), (('region = "11"', 'region = "75000"'), "no region"),
    (('departement = "2A"', 'departement = "20"'), "no département"), (("2026-12-31", "hier"), "cannot be read"),
    (('what = "fed"', 'what = "loved"'), "cannot be read"), (("2027-12-31", "2026-12-31"), "planned twice"),
    (('region = "11"', 'region = "11"\ndepartement = "75"'), "not both"), (("name =", "nom ="), "cannot be read"),
])
def test_a_plan_that_is_wrong_says_how(change: tuple[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        plan_of(PLAN.replace(*change, 1))
    assert refused.value.issues


def test_every_departement_has_a_region_and_a_square_of_its_own() -> None:
    assert set(PLACES) == CODES
    assert {each.region for each in PLACES.values()} == set(REGIONS)
    assert len({(each.x, each.y) for each in PLACES.values()}) == len(PLACES)
    assert (region_of("75"), region_of("2A"), region_of("974"), region_of(""), len(REGIONS)) == (
        "11", "94", "04", "", 18 + 6)


def test_a_type_or_a_reason_of_few_records_is_not_told() -> None:
    counted = Counted(
        DAY, (cell(40), cell(2, is_recent=True), cell(60, 5)), brought=(Brought("11502-2", 9, 2, 4),))
    adoption = told(counted)
    assert adoption.types[0].documents is None
    reasons = {each.reason: each.empty for each in adoption.reasons}
    assert (reasons[Reason.RECENT], reasons[Reason.NO_FEEDER]) == (None, None)
    assert set(COLUMNS) <= set(adoption.whole)


def test_feeders_are_of_the_departement_of_their_number() -> None:
    found = feeders_of([("1290000017", "11502-2", 4), ("1290000025", "11502-2", 1), ("3ABC", "11502-2", 9)])
    assert found == [Feeder("29", "laboratory", 2)]
