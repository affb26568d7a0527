"""What quantities cost: to the cent, version by version."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from carnet.errors import NotFound
from carnet.hosting.accreditation.file import Price
from carnet.steering.metering.tariff import (
    DayMeter,
    ExpectedLine,
    Kind,
    Quantities,
    expected,
    expected_invoice,
    rounded,
    summed,
    total_of,
)

PRICE = Price(
    version="2026-1", from_=date(2026, 1, 1), record_year_cents=90, gigabyte_month_cents=4,
    thousand_deposits_cents=12, thousand_reads_cents=3)
NEXT = Price(version="2026-2", from_=date(2026, 4, 11), record_year_cents=120, gigabyte_month_cents=4)


def month_of(days: int, *, month: date = date(2026, 4, 1), **each: int) -> list[DayMeter]:
    return [DayMeter(month + timedelta(number), **each) for number in range(days)]


def cents_of(lines: tuple[ExpectedLine, ...]) -> dict[Kind, int]:
    return {line.kind: line.cents for line in lines}


def test_a_year_of_a_record_costs_its_price_whatever_the_months() -> None:
    days = [DayMeter(date(2026, 1, 1) + timedelta(number), records=365_000) for number in range(365)]
    months = [[each for each in days if each.day.month == month] for month in range(1, 13)]
    lines = [line for month in months for line in expected(PRICE, summed(month)) if line.kind is Kind.RECORDS]
    assert sum(line.cents for line in lines) == 365_000 * 90
    assert {line.per for line in lines} == {365}
    [leap] = [line for line in expected(PRICE, Quantities(date(2028, 2, 1), date(2028, 3, 1), 366))
              if line.kind is Kind.RECORDS]
    assert (leap.per, leap.cents) == (366, 90)


def test_a_gigabyte_is_a_thousand_millions_and_a_month_has_the_days_it_has() -> None:
    for month, days in ((date(2026, 2, 1), 28), (date(2028, 2, 1), 29), (date(2026, 4, 1), 30), (date(2026, 5, 1), 31)):
        metered = [DayMeter(month + timedelta(number), bytes=25 * 10**9) for number in range(days)]
        [line] = [line for line in expected(PRICE, summed(metered)) if line.kind is Kind.STORAGE]
        assert (line.units, line.cents) == (Decimal(25), 100)


def test_half_a_month_is_half_the_price() -> None:
    assert cents_of(expected(PRICE, summed(month_of(15, bytes=10**12))))[Kind.STORAGE] == 2000


def test_deposits_and_reads_are_priced_by_the_thousand_and_rounded_once() -> None:
    lines = expected(PRICE, Quantities(date(2026, 4, 1), date(2026, 5, 1), deposits=12_345, reads=500))
    assert [(line.kind, line.units, line.cents) for line in lines[2:]] == [
        (Kind.DEPOSITS, Decimal("12.345"), 148), (Kind.READS, Decimal("0.5"), 2)]


def test_a_half_cent_goes_up_and_less_goes_down() -> None:
    assert [rounded(number, 1000) for number in (499, 500, 501, 1499, 1500)] == [0, 1, 1, 1, 2]


def test_a_version_that_begins_within_the_month_has_lines_of_its_own() -> None:
    lines = expected_invoice([NEXT, PRICE], month_of(30, records=365))
    records = [(line.version, line.since, line.until, line.cents) for line in lines if line.kind is Kind.RECORDS]
    assert records == [
        ("2026-1", date(2026, 4, 1), date(2026, 4, 11), 900), ("2026-2", date(2026, 4, 11), date(2026, 5, 1), 2400)]
    assert Kind.READS not in {line.kind for line in lines if line.version == "2026-2"}     # free since


def test_days_before_the_first_price_list_cost_nothing_only_if_there_is_nothing_to_pay() -> None:
    late = Price(version="1", from_=date(2026, 4, 16), record_year_cents=365, gigabyte_month_cents=0)
    assert total_of(expected_invoice([late], [*month_of(15), *month_of(15, month=date(2026, 4, 16), records=2)])) == 30
    with pytest.raises(NotFound, match="no price list in force on 2026-04-01"):
        expected_invoice([late], month_of(30, records=1))


@given(some.lists(some.builds(
    lambda records, size, deposits, reads: (records, size, deposits, reads), some.integers(0, 10**7),
    some.integers(0, 10**15), some.integers(0, 10**6), some.integers(0, 10**6)), min_size=30, max_size=30),
    some.integers(1, 31))
def test_the_sum_is_that_of_lines_each_within_half_a_cent(days: list[tuple[int, ...]], change: int) -> None:
    metered = [DayMeter(date(2026, 4, 1) + timedelta(number), *each) for number, each in enumerate(days)]
    prices = [PRICE] if change == 31 else [
        PRICE, Price(version="b", from_=date(2026, 4, change), record_year_cents=7, gigabyte_month_cents=1,
                     thousand_deposits_cents=5, thousand_reads_cents=1)]
    lines = expected_invoice(prices, metered)
    exact = Fraction()
    for each in metered:
        price = max((price for price in prices if price.from_ <= each.day), key=lambda price: price.from_)
        exact += Fraction(each.records * price.record_year_cents, 365)
        exact += Fraction(each.bytes * price.gigabyte_month_cents, 30 * 10**9)
        exact += Fraction(each.deposits * price.thousand_deposits_cents + each.reads * price.thousand_reads_cents, 1000)
    assert abs(total_of(lines) - exact) <= Fraction(len(lines), 2)
