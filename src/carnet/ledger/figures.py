"""Figures: what pages, files and the open data ask of the ledger and of the counts. Reads sums, never lines."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from carnet.ledger.costs import Cost, by_axes, costs_of
from carnet.ledger.counts.count import PLATFORM, Count
from carnet.ledger.counts.store import CountStore
from carnet.ledger.dimensions import Certainty
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.kept import FIRST_MONTH, LAST_MONTH, Wanted
from carnet.ledger.parts import Part, counted, is_made_of
from carnet.ledger.sharing import DRIVERS
from carnet.ledger.store import LedgerStore
from carnet.ledger.unit_costs import UNITS, Table, table_of

HISTORY = "history"
# Books that are published, and the data set of counts that their costs are divided by. Operators' own are theirs.
PUBLIC_BOOKS = {PROGRAMME: PLATFORM, HISTORY: HISTORY}
COUNTED = tuple(dict.fromkeys((*UNITS, *DRIVERS)))
AXES = ("category", "host", "consortium", "region", "phase", "funding_line", "beneficiary")


@dataclass(frozen=True, slots=True)
class Span:
    """Years, both included: one, or all up to one. Without a last year: all there is."""

    first: int | None = None
    last: int | None = None

    @property
    def is_a_year(self) -> bool:
        """True for one year alone."""
        return self.first is not None

    @property
    def before(self) -> date | None:
        """The last day before it."""
        return date(self.first, 1, 1) - timedelta(days=1) if self.first is not None else None

    @property
    def wanted(self) -> Wanted:
        """Its months."""
        return Wanted(
            date(self.first, 1, 1) if self.first is not None else FIRST_MONTH,
            date(self.last, 12, 1) if self.last is not None else LAST_MONTH)

    def last_day(self, today: date) -> date:
        """The day on which what costs are divided by is counted."""
        return date(self.last, 12, 31) if self.last is not None else today


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines: of these books, in this span, with these values of axes."""

    books: str
    span: Span = Span()
    where: dict[str, tuple[object, ...]] = field(default_factory=dict)

    @property
    def wanted(self) -> Wanted:
        """The same, for the store."""
        return replace(self.span.wanted, where={"books": (self.books,), **self.where})


@dataclass(frozen=True, slots=True)
class Made:
    """A figure and what it is made of: its cents, how many lines, and how to ask for them."""

    cents: int
    lines: int
    wanted: Wanted


class Figures:
    """Reads the two stores that figures come from."""

    def __init__(self, ledger: LedgerStore, counts: CountStore) -> None:
        self._ledger, self._counts = ledger, counts

    async def table(self, asked: Asked, axis: str) -> Table:
        """The costs by this axis, and what they are divided by. Raises KeyError for an axis there is not."""
        costs = costs_of(await self._ledger.sums(by_axes(axis), asked.wanted))
        return table_of(axis, {str(value): cost for (value,), cost in costs.items()}, *await self.counted(asked))

    async def counted(self, asked: Asked) -> tuple[list[Count], list[Count]]:
        """What was counted on the last day of the span, and on the day before it."""
        data_set = PUBLIC_BOOKS.get(asked.books, PLATFORM)
        last = asked.span.last_day(await self._ledger.today())
        before = asked.span.before
        return (
            await self._counts.by_place(last, data_set, COUNTED),
            await self._counts.by_place(before, data_set, COUNTED) if before is not None else [])

    async def by_year(self, books: str) -> dict[int, Cost]:
        """What each year's lines come to, in order."""
        sums = await self._ledger.sums(by_axes("year"), Asked(books).wanted)
        return {int(str(year)): cost for (year,), cost in sorted(costs_of(sums).items(), key=str)}

    async def made_of(self, asked: Asked, part: Part) -> Made:
        """This part of what is asked for, and the lines that make it."""
        sums = [
            (Certainty(str(each.values[0])), str(each.values[1]), each)
            for each in await self._ledger.sums(("certainty", "account"), asked.wanted)]
        certainties = {certainty for certainty, account, _ in sums if is_made_of(part, certainty, account)}
        accounts = {account for certainty, account, _ in sums if is_made_of(part, certainty, account)}
        listed = [each for each in sums if each[0] in certainties and each[1] in accounts]
        where = {**asked.wanted.where, "certainty": tuple(sorted(certainties)), "account": tuple(sorted(accounts))}
        return Made(
            sum(counted(part, certainty, account, each.attributable_cents) for certainty, account, each in listed),
            sum(each.lines for _, _, each in listed), replace(asked.wanted, where=where))
