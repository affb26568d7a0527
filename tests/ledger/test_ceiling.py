"""The ceiling: 15.00 € per patient and year, forecast, what-if and contracts, to the cent."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import InvalidInput
from carnet.ledger.ceiling import Extension, Level, extension_of, level_of
from carnet.ledger.forecast import (
    Assumptions,
    Known,
    Load,
    Tariff,
    forecast,
    mean_of_year,
    what_if,
    with_extension,
)

MARCH = date(2026, 3, 15)
SUPPOSED = Assumptions(
    year=2026, records=1000, documents=500, tariffs=(Tariff(host="alpha", record_year_cents=400),),
    loads=(Load(host="alpha", records=1000, stored_bytes=10**9, deposits=1000),))


@pytest.mark.parametrize(("cents", "level"), [
    (0, Level.UNDER), (1_199_999, Level.UNDER), (1_200_000, Level.NEAR), (1_499_999, Level.NEAR),
    (1_500_000, Level.OVER)])
def test_alarms_are_at_80_and_100_percent_of_15_euros_each(cents: int, level: Level) -> None:
    assert level_of(cents, 1000) is level


def test_what_costs_something_and_serves_nobody_is_over() -> None:
    assert (level_of(1, 0), level_of(0, 0)) == (Level.OVER, Level.UNDER)


@pytest.mark.parametrize(("known", "to_come", "because"), [
    (Known(spent=100_000), 300_000, "tariffs"),                     # 1000 records at 4 €, less what was spent
    (Known(spent=100_000, promised=350_000), 350_000, "promised"),
    (Known(spent=100_000, promised=350_000, lately=120_000), 400_000, "trend"),     # ten months are left
    (Known(spent=900_000), 0, ""),
])
def test_what_is_to_come_is_the_greatest_of_three(known: Known, to_come: int, because: str) -> None:
    [hosting] = forecast(SUPPOSED, {"hosting": known}, day=MARCH).expected
    assert (hosting.to_come, hosting.because, hosting.cents) == (to_come, because, known.spent + to_come)


def test_a_forecast_says_what_each_patient_costs() -> None:
    done = forecast(SUPPOSED, {"hosting": Known(spent=100_000), "support": Known(promised=1_000_001)}, day=MARCH)
    assert (done.cents, done.percent, done.level) == (1_400_001, 93, Level.NEAR)
    assert done.each is not None
    assert (done.each.each, done.each.more) == (1400, 1)


def test_what_if_changes_what_it_is_told_and_nothing_else() -> None:
    known = {"hosting": Known(spent=100_000)}
    more = what_if(SUPPOSED, records=2000)
    assert (more.records, more.loads[0].records, more.loads[0].stored_bytes) == (2000, 2000, 10**9)
    assert forecast(more, known, day=MARCH).cents == 800_000
    assert forecast(what_if(SUPPOSED, tariff_millionths=1_500_000), known, day=MARCH).cents == 600_000
    assert what_if(SUPPOSED, documents=1000).loads[0].stored_bytes == 2 * 10**9
    with pytest.raises(InvalidInput, match="between 0 and 1000000000"):
        what_if(SUPPOSED, records=-1)


def test_a_contract_is_held_against_the_ceiling_before_it_is_signed() -> None:
    before = forecast(SUPPOSED, {"hosting": Known(spent=400_000)}, day=MARCH)
    contract = extension_of(1_500_000, 12, date(2026, 10, 1))
    assert contract.ends == date(2027, 10, 1)
    assert contract.by_year() == {2026: 378_082, 2027: 1_121_918}
    assert with_extension(before, contract).cents == before.cents + 378_082
    assert (before.level, with_extension(before, extension_of(1_100_000, 1, MARCH)).level) == (Level.UNDER, Level.OVER)


@given(st.integers(1, 10**12), st.integers(1, 240), st.dates(date(1990, 1, 1), date(2900, 1, 1)))
def test_the_years_of_a_contract_sum_to_it(cents: int, months: int, begins: date) -> None:
    assert sum(Extension(cents, months, begins).by_year().values()) == cents


@pytest.mark.parametrize(("cents", "months", "begins", "field"), [
    (0, 12, MARCH, "amount"), (1, 0, MARCH, "months"), (1, 241, MARCH, "months"), (1, 1, date(1, 1, 1), "begins")])
def test_what_is_no_contract_is_refused(cents: int, months: int, begins: date, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        extension_of(cents, months, begins)
    assert [issue.expression for issue in refused.value.issues] == [field]


def test_records_of_a_year_are_the_mean_of_its_months_with_those_to_come() -> None:
    steady = [(date(2025, 12, 1), 1200), (date(2026, 3, 1), 1200)]
    assert mean_of_year(2026, steady, day=MARCH) == 1200
    assert mean_of_year(2026, [(date(2026, 11, 20), 12)], day=date(2026, 11, 22)) == 12      # its first month
    growing = [(date(2025, 12, 1), 0), (date(2026, 3, 1), 900)]         # ten a day
    ends = [0, 0, *(900 + 10 * (date(2026, 3, 31) - date(2026, 3, 1)).days + 10 * days for days in (
        0, 30, 61, 91, 122, 153, 183, 214, 244, 275))]
    assert mean_of_year(2026, growing, day=MARCH) == sum(ends) // 12
    assert mean_of_year(2026, [], day=MARCH) == 0
