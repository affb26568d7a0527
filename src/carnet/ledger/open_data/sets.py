"""The data sets that are published of books: what each is called, its columns, and how its rows are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from carnet.ledger.counts.count import PLATFORM, Count
from carnet.ledger.counts.store import CountStore
from carnet.ledger.figures import COUNTED, PUBLIC_BOOKS, Figures
from carnet.ledger.open_data import lines, unit_costs
from carnet.ledger.open_data.files import Columns, Rows
from carnet.ledger.open_data.lines import Cell
from carnet.ledger.sharing import SHARED_AXES
from carnet.ledger.store import LedgerStore

_ENTRIES = 200      # at once: what is computed of them holds up a process for some milliseconds


@dataclass(frozen=True, slots=True)
class Published:
    """Where the data sets of some books are read."""

    books: str
    ledger: LedgerStore
    counts: CountStore


@dataclass(frozen=True, slots=True)
class DataSet:
    """One of them."""

    columns: Columns
    rows: Callable[[Published], Rows]


async def _lines(of: Published) -> AsyncIterator[list[tuple[Cell, ...]]]:
    last = next(each.entries for each in await of.ledger.all_books() if each.books == of.books)
    place = 0
    while place < last:
        entries = await of.ledger.entries(of.books, after=place, limit=min(_ENTRIES, last - place))
        if not entries:
            return
        place = entries[-1].place
        yield [row for entry in entries for row in lines.rows_of(entry)]


async def _counts(of: Published) -> AsyncIterator[list[tuple[Cell, ...]]]:
    data_set = PUBLIC_BOOKS.get(of.books, PLATFORM)
    for year in await of.counts.years(data_set):
        counted = await of.counts.of_year(year, data_set, COUNTED)
        for axis in ("", *SHARED_AXES):
            yield _by_axis(axis, counted)


def _by_axis(axis: str, counted: list[Count]) -> list[tuple[Cell, ...]]:
    found: dict[tuple[str, str, str], int] = {}
    for each in counted:
        key = each.on.isoformat(), each.measure.value, str(getattr(each, axis)) if axis else ""
        found[key] = found.get(key, 0) + each.count
    return [(on, measure, axis, place, count) for (on, measure, place), count in found.items()]


async def _unit_costs(of: Published) -> AsyncIterator[list[tuple[Cell, ...]]]:
    async for rows in unit_costs.published_unit_costs(Figures(of.ledger, of.counts), of.books):
        yield rows


async def _periods(of: Published) -> AsyncIterator[list[tuple[Cell, ...]]]:
    periods = await of.ledger.periods(of.books)
    yield [
        (each.books, f"{each.month:%Y-%m}", each.entries, each.head.hex(), each.debit_cents, each.credit_cents,
         (each.signature or b"").hex(), each.text)
        for each in periods]


SETS: Mapping[str, DataSet] = {
    "lines": DataSet(Columns(lines.COLUMNS, lines.NUMBERS), _lines),
    "counts": DataSet(Columns(("on", "measure", "axis", "place", "count"), frozenset({"count"})), _counts),
    "unit-costs": DataSet(Columns(unit_costs.COLUMNS, unit_costs.NUMBERS), _unit_costs),
    "periods": DataSet(
        Columns(("books", "month", "entries", "head", "debit_cents", "credit_cents", "signature", "note"),
                frozenset({"entries", "debit_cents", "credit_cents"})), _periods),
}
