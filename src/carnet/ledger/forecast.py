"""A year's forecast: what was spent, what is still to come, and everything that is assumed of it.

For each category what is still to come is the greatest of three: what price lists say of the year less what was spent,
what is promised and not invoiced, and what the last months say of the rest of the year. They tell of the same euros in
three ways, so they are not added, and none can be left out to make the year cheaper. Pure; whole cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.ledger.category import Category
from carnet.ledger.ceiling import CEILING_CENTS, MONTHS, Extension, Level, level_of
from carnet.ledger.unit_costs import UnitCost, unit_cost

WHOLE = 1_000_000


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """A host's price list, in whole cents, as far as a forecast needs it."""

    host: str
    version: str = ""
    record_year_cents: int = 0
    gigabyte_month_cents: int = 0
    thousand_deposits_cents: int = 0
    thousand_reads_cents: int = 0


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a host keeps and does in a year: records (the mean of the year), bytes, deposits, reads."""

    host: str
    records: int = 0
    stored_bytes: int = 0
    deposits: int = 0
    reads: int = 0


class Assumptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a forecast of a year supposes. `records` is the mean number of open records in the year.

    `still_invoiced_millionths` is the share of what is promised that will be invoiced this year, `tariff_millionths`
    what tariffs become (a million: as they are), `trend_months` over how many months back the rest is reckoned.
    """

    year: int
    records: int
    documents: int = 0
    still_invoiced_millionths: int = WHOLE
    tariff_millionths: int = WHOLE
    trend_months: int = 3
    tariffs: tuple[Tariff, ...] = ()
    loads: tuple[Load, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a category on a day of the year, in cents."""

    spent: int = 0              # since 1 January, estimated included
    promised: int = 0           # and not yet invoiced
    lately: int = 0             # spent in the last `trend_months` whole months


@dataclass(frozen=True, slots=True)
class Expected:
    """A category in the forecast: what was spent, what is still to come, and why so much."""

    category: str
    spent: int
    to_come: int
    because: str                # "tariffs", "promised", "trend"; empty for nothing to come

    @property
    def cents(self) -> int:
        """The year's."""
        return self.spent + self.to_come


@dataclass(frozen=True, slots=True)
class Forecast:
    """A year's cost as it will be if what is assumed is so."""

    assumptions: Assumptions
    expected: tuple[Expected, ...]

    @property
    def cents(self) -> int:
        """All of it."""
        return sum(each.cents for each in self.expected)

    @property
    def each(self) -> UnitCost | None:
        """Per patient; None without a record."""
        return unit_cost(self.cents, self.assumptions.records)

    @property
    def level(self) -> Level:
        """Where it stands under the ceiling."""
        return level_of(self.cents, self.assumptions.records)

    @property
    def percent(self) -> int:
        """How much of the ceiling it takes, rounded down: 100 is reached when it is, and not before."""
        ceiling = CEILING_CENTS * self.assumptions.records
        return 100 * self.cents // ceiling if ceiling else 0


def forecast(assumptions: Assumptions, known: Mapping[str, Known], *, day: date) -> Forecast:
    """The year's cost, on this day of it, by category (empty: the category is not said)."""
    tariffs = _by_tariffs(assumptions)
    left = _months_left(assumptions.year, day)
    names = sorted({*known, *([Category.HOSTING.value] if tariffs else [])})
    return Forecast(assumptions, tuple(
        _expected(name, known.get(name, Known()), assumptions,
                  left=left, tariffs=tariffs if name == Category.HOSTING.value else 0)
        for name in names))


def with_extension(before: Forecast, extension: Extension, category: Category = Category.HOSTING) -> Forecast:
    """The same forecast, were this contract signed: what of it falls in the year comes on top."""
    more = extension.by_year().get(before.assumptions.year, 0)
    names = [each.category for each in before.expected]
    found = before.expected if category.value in names else (*before.expected, Expected(category.value, 0, 0, ""))
    return Forecast(before.assumptions, tuple(
        replace(each, to_come=each.to_come + more, because="promised") if each.category == category.value else each
        for each in found))


def what_if(
    assumptions: Assumptions, *, records: int | None = None, documents: int | None = None,
    tariff_millionths: int | None = None,
) -> Assumptions:
    """The same with more or fewer records or documents, or other tariffs. Raises InvalidInput.

    What each host keeps follows: its records by the records, its bytes and acts by the documents.
    """
    new_records = assumptions.records if records is None else records
    new_documents = assumptions.documents if documents is None else documents
    changed = msgspec.structs.replace(
        assumptions, records=new_records, documents=new_documents,
        tariff_millionths=assumptions.tariff_millionths if tariff_millionths is None else tariff_millionths,
        loads=tuple(
            Load(
                host=load.host, records=_scaled(load.records, new_records, assumptions.records),
                **{name: _scaled(getattr(load, name), new_documents, assumptions.documents)
                   for name in ("stored_bytes", "deposits", "reads")})
            for load in assumptions.loads))
    check(changed)
    return changed


def _scaled(value: int, new: int, old: int) -> int:
    return value * new // old if old else value


def mean_of_year(year: int, known: Iterable[tuple[date, int]], *, day: date) -> int:
    """The mean number over the month ends of a year, of what was counted on days: what comes grows as the last ninety
    days did. Months before the first count are left out: nobody was served. 0 where nothing was counted.
    """
    days = sorted(each for each in known if each[0] <= day)
    if not days:
        return 0
    last_on, last = days[-1]
    early = [each for each in days if (last_on - each[0]).days >= 90]
    first_on, first = early[-1] if early else days[0]
    span = (last_on - first_on).days
    total, months = 0, 0
    for month in range(1, MONTHS + 1):
        end = (date(year, month, 1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        before = [count for on, count in days if on <= end]
        if not before:
            continue
        grown = (last - first) * (end - last_on).days // span if span and end > last_on else 0
        total, months = total + max(before[-1] + grown, 0), months + 1
    return total // months if months else 0


def check(assumptions: Assumptions) -> None:
    """Raise InvalidInput with everything that no forecast can assume."""
    issues = [
        Issue("value", f"is between {low} and {high}", name)
        for name, low, high in (
            ("year", 2000, 2999), ("records", 0, 10**9), ("documents", 0, 10**12), ("trend_months", 1, MONTHS),
            ("tariff_millionths", 0, 10**8), ("still_invoiced_millionths", 0, 10**6))
        if not low <= getattr(assumptions, name) <= high]
    if issues:
        raise InvalidInput(*issues)


def _expected(name: str, known: Known, assumptions: Assumptions, *, left: int, tariffs: int) -> Expected:
    candidates = {
        "tariffs": tariffs - known.spent,
        "promised": known.promised * assumptions.still_invoiced_millionths // WHOLE,
        "trend": known.lately * left // assumptions.trend_months,
    }
    because = max(candidates, key=lambda each: candidates[each])
    to_come = candidates[because]
    return Expected(name, known.spent, to_come, because) if to_come > 0 else Expected(name, known.spent, 0, "")


def _by_tariffs(assumptions: Assumptions) -> int:
    """What the price lists say of the year, for the loads that are assumed."""
    tariffs = {each.host: each for each in assumptions.tariffs}
    total = 0
    for load in assumptions.loads:
        tariff = tariffs.get(load.host)
        if tariff is None:
            continue
        gigabytes = UnitCost(load.stored_bytes * tariff.gigabyte_month_cents * MONTHS, 10**9).nearest
        acts = UnitCost(
            load.deposits * tariff.thousand_deposits_cents + load.reads * tariff.thousand_reads_cents, 1000).nearest
        total += load.records * tariff.record_year_cents + gigabytes + acts
    return UnitCost(total * assumptions.tariff_millionths, WHOLE).nearest


def _months_left(year: int, day: date) -> int:
    """The whole months of the year that follow that of this day, and this one."""
    if day.year != year:
        return MONTHS if day.year < year else 0
    return MONTHS - day.month + 1
