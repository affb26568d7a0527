"""The published unit costs: every part of every axis, for each year and for all up to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from carnet.ledger.figures import Asked, Figures, Span
from carnet.ledger.open_data.lines import Cell
from carnet.ledger.parts import APART, Part, cents_of
from carnet.ledger.unit_costs import UNITS, Row, unit_cost

AXES = ("category", "host", "consortium", "region", "phase")
COLUMNS = (
    "books", "span", "axis", "value", "part", "own_cents", "shared_cents", "cents", "unit", "units", "each_cents",
    "one_cent_more")
NUMBERS = frozenset({"own_cents", "shared_cents", "cents", "units", "each_cents", "one_cent_more"})


async def published_unit_costs(figures: Figures, books: str) -> AsyncIterator[list[tuple[Cell, ...]]]:
    """The rows of these books, a span at a time. `span` is `2026`, or `..2026` for all up to it."""
    for year in await figures.by_year(books):
        for name, span in ((f"{year}", Span(year, year)), (f"..{year}", Span(None, year))):
            tables = [await figures.table(Asked(books, span), axis) for axis in AXES]
            rows = list(_rows((books, name, ""), tables[0].whole))
            for table in tables:
                for row in table.rows:
                    rows += _rows((books, name, table.axis), row)
            yield rows


def _rows(before: tuple[str, str, str], row: Row) -> Iterator[tuple[Cell, ...]]:
    for part in APART:
        cents = cents_of(row.cost, part)
        if cents:
            yield from _of_part(before, row, part, cents)


def _of_part(before: tuple[str, str, str], row: Row, part: Part, cents: int) -> Iterator[tuple[Cell, ...]]:
    figure = (*before, row.value, part.value, cents_of(row.own, part), cents_of(row.shared, part), cents)
    yield (*figure, "", 0, 0, 0)
    for unit in UNITS:
        each = unit_cost(cents, row.units.get(unit))
        if each is not None:
            yield (*figure, unit.value, each.units, each.each, each.more)
