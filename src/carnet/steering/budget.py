"""The year's forecast: gathers what the ledger, the counts, the price lists and the meters know, and has it decided.

What is assumed is what somebody of the authority wrote down last for the year; before that, what is counted today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from carnet.hosting.accreditation.file import Price
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.journal.database import Database
from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.counts.count import PLATFORM, Measure
from carnet.ledger.counts.store import CountStore
from carnet.ledger.figures import Asked, Span
from carnet.ledger.forecast import Assumptions, Forecast, Known, Load, Tariff, forecast, mean_of_year
from carnet.ledger.forecasts.store import AssumptionStore, Said
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.kept import Wanted
from carnet.ledger.sharing import DRIVERS
from carnet.ledger.store import LedgerStore
from carnet.steering.metering.store import MeterStore

_QUARTER = timedelta(days=90)
_QUARTERS = 4
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Budget:
    """A forecast on a day. `said` is the version of its assumptions; None while nobody wrote any down."""

    day: date
    forecast: Forecast
    known: Mapping[str, Known]
    versions: tuple[Said, ...]

    @property
    def said(self) -> Said | None:
        """The version in force."""
        return self.versions[0] if self.versions else None


class BudgetReader:
    """Reads everything that a forecast rests on, from the portal's database."""

    def __init__(self, database: Database) -> None:
        self._ledger, self._counts = LedgerStore(database), CountStore(database)
        self._accreditation, self._meters = AccreditationStore(database), MeterStore(database)
        self.assumptions = AssumptionStore(database)

    async def budget(self) -> Budget:
        """This year's."""
        day = await self._ledger.today()
        versions = await self.assumptions.all_of(day.year)
        supposed = versions[0].assumptions if versions else await self.supposed(day)
        known = await self._known(day, supposed.trend_months)
        return Budget(day, forecast(supposed, known, day=day), known, tuple(versions))

    async def supposed(self, day: date) -> Assumptions:
        """What is to be assumed of the year of this day, by what is counted, metered and priced on it."""
        counted = await self._records(day)
        records = mean_of_year(day.year, counted, day=day)
        now = counted[-1][1] if counted else 0
        documents = sum(each.count for each in await self._counts.on(day, PLATFORM)
                        if each.measure is Measure.DOCUMENTS)
        prices = {
            each.host: price for each in await self._accreditation.dossiers()
            if (price := each.file.price_on(day)) is not None}
        loads = [await self._load(host, day, records=records, now=now) for host in sorted(prices)]
        return Assumptions(
            year=day.year, records=records, documents=documents, loads=tuple(loads),
            tariffs=tuple(_tariff(host, price) for host, price in sorted(prices.items())))

    async def _records(self, day: date) -> list[tuple[date, int]]:
        for driver in DRIVERS:
            days = [each for each in await self._counts.growth(driver, PLATFORM) if each[0] <= day]
            if days:
                return days
        return []

    async def _load(self, host: str, day: date, *, records: int, now: int) -> Load:
        """What a host keeps and does in the year: what it kept last, and four times what it did in the last 90 days."""
        days = await self._meters.days_of(host, day - _QUARTER, day)
        if not days:
            return Load(host=host)
        month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        reads = sum(each.reads for each in await self._meters.quantities_of(month, host))
        last = days[-1]
        return Load(
            host=host, records=last.records * records // now if now else last.records, stored_bytes=last.size.bytes,
            deposits=_QUARTERS * sum(each.deposits for each in days), reads=_MONTHS * reads)

    async def _known(self, day: date, trend_months: int) -> dict[str, Known]:
        year = await self._costs(Asked(PROGRAMME, Span(day.year, day.year)).wanted)
        cumulated = await self._costs(Asked(PROGRAMME, Span(None, day.year)).wanted)
        first = _months_before(day, trend_months)
        last = _months_before(day, 1)
        lately = await self._costs(Wanted(first, last, {"books": (PROGRAMME,)}))
        return {
            name: Known(
                spent=_bought(year.get(name)), promised=max(cumulated[name].committed, 0),
                lately=max(_bought(lately.get(name)), 0))
            for name in cumulated}

    async def _costs(self, wanted: Wanted) -> dict[str, Cost]:
        costs = costs_of(await self._ledger.sums(by_axes("category"), wanted))
        return {str(value): cost for (value,), cost in costs.items()}


def _bought(cost: Cost | None) -> int:
    return cost.spent + cost.estimated if cost is not None else 0


def _tariff(host: str, price: Price) -> Tariff:
    return Tariff(
        host=host, version=price.version, record_year_cents=price.record_year_cents,
        gigabyte_month_cents=price.gigabyte_month_cents, thousand_deposits_cents=price.thousand_deposits_cents,
        thousand_reads_cents=price.thousand_reads_cents)


def _months_before(day: date, months: int) -> date:
    number = day.year * _MONTHS + day.month - 1 - months
    return date(number // _MONTHS, number % _MONTHS + 1, 1)

