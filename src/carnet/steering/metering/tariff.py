"""Tariffs: what quantities cost under a host's price list, line by line, in whole cents. Pure.

A gigabyte is 10^9 bytes; a gigabyte·month is a gigabyte held at the end of each day of a month of so many days as it
has; a record·year the same of a year of 365 or 366 days. Each line is rounded once, to the nearest cent, a half up; an
invoice is the sum of its lines as rounded. A version counts from its day on: a month it begins in has lines of both.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from carnet.errors import NotFound
from carnet.hosting.accreditation.file import Price

GIGABYTE = 10**9
_THOUSAND = 1000
PLACES = 6      # decimals of a quantity as it is shown: a millionth of the unit it is priced by


class Kind(StrEnum):
    """What a host is paid for."""

    RECORDS = "records"         # priced by record and year
    STORAGE = "storage"         # priced by gigabyte and month
    DEPOSITS = "deposits"       # priced by a thousand bodies kept
    READS = "reads"             # priced by a thousand bodies read for a person


@dataclass(frozen=True, slots=True)
class DayMeter:
    """What a host kept at the end of a day (UTC), and what it did on it."""

    day: date
    records: int = 0
    bytes: int = 0
    deposits: int = 0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class Quantities:
    """Sums over days of one month, from `since` on and before `until`: record·days, byte·days, bodies kept and read."""

    since: date
    until: date
    record_days: int = 0
    byte_days: int = 0
    deposits: int = 0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """A line that an invoice should have. `quantity` is counted in the smallest unit, of which `per` are one priced."""

    kind: Kind
    version: str
    since: date
    until: date
    quantity: int
    per: int
    unit_cents: int
    cents: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cents", rounded(self.quantity * self.unit_cents, self.per))

    @property
    def units(self) -> Decimal:
        """The quantity in the unit that is priced, to a millionth."""
        return self.units_to(PLACES)

    def units_to(self, places: int) -> Decimal:
        """The same to so many decimals, the nearest."""
        return Decimal(rounded(self.quantity * 10**places, self.per)).scaleb(-places)


def expected(price: Price, quantities: Quantities) -> tuple[ExpectedLine, ...]:
    """What these quantities cost under this version, which was in force on all of their days. A price of 0 has no line.
    """
    month_days = monthrange(quantities.since.year, quantities.since.month)[1]
    year_days = 366 if isleap(quantities.since.year) else 365
    parts = (
        (Kind.RECORDS, quantities.record_days, year_days, price.record_year_cents),
        (Kind.STORAGE, quantities.byte_days, GIGABYTE * month_days, price.gigabyte_month_cents),
        (Kind.DEPOSITS, quantities.deposits, _THOUSAND, price.thousand_deposits_cents),
        (Kind.READS, quantities.reads, _THOUSAND, price.thousand_reads_cents))
    return tuple(
        ExpectedLine(kind, price.version, quantities.since, quantities.until, quantity, per, cents)
        for kind, quantity, per, cents in parts if cents)


def expected_invoice(prices: Sequence[Price], days: Sequence[DayMeter]) -> tuple[ExpectedLine, ...]:
    """The lines of a host's invoice for these days of a month, version by version.

    Raises NotFound for a day, with something to pay, before the first version.
    """
    return tuple(line for price, span in _versions(prices, days) for line in expected(price, summed(span)))


def summed(days: Sequence[DayMeter]) -> Quantities:
    """The quantities of these days, which follow each other."""
    return Quantities(
        days[0].day, days[-1].day + timedelta(1), sum(each.records for each in days), sum(each.bytes for each in days),
        sum(each.deposits for each in days), sum(each.reads for each in days))


def total_of(lines: Sequence[ExpectedLine]) -> int:
    """The cents of an invoice, without tax."""
    return sum(line.cents for line in lines)


def rounded(amount: int, per: int) -> int:
    """The nearest whole number to `amount / per`, none of them below 0; a half goes up."""
    return (2 * amount + per) // (2 * per)


def _versions(prices: Sequence[Price], days: Sequence[DayMeter]) -> Iterator[tuple[Price, list[DayMeter]]]:
    in_order = sorted(prices, key=lambda price: price.from_)
    for place, span in groupby(days, key=lambda each: sum(price.from_ <= each.day for price in in_order) - 1):
        metered = list(span)
        if place >= 0:
            yield in_order[place], metered
        elif any((each.records, each.bytes, each.deposits, each.reads) != (0, 0, 0, 0) for each in metered):
            raise NotFound(f"the host has no price list in force on {metered[0].day}")
