"""Rows of the ledger's tables, from values and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from carnet.ledger.category import Category
from carnet.ledger.dimensions import Certainty, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.kept import Books, KeptEntry, KeptLine
from carnet.ledger.period import Period
from carnet.ledger.sql import DIMENSIONS


def dimensions_row(dimensions: Dimensions) -> list[Any]:
    """The columns of a set of dimensions."""
    return ["" if value is None else value for value in (getattr(dimensions, name) for name in DIMENSIONS)]


def dimensions_of(row: Mapping[str, Any]) -> Dimensions:
    """The dimensions in these columns."""
    said = {name: row[name] for name in DIMENSIONS}
    category, certainty = said.pop("category"), said.pop("certainty")
    return Dimensions(category=Category(category) if category else None, certainty=Certainty(certainty), **said)


def entry_row(books: str, place: int, entry: Entry, *rest: Any) -> tuple[Any, ...]:
    """The columns of an entry. `rest` is who, batch, salt and head."""
    return (
        books, place, entry.entry_id, entry.journal, entry.journal_label, entry.number, entry.fiscal_year, entry.on,
        entry.label, entry.piece, entry.piece_on, entry.valid_on, entry.committed_on, entry.invoiced_on, entry.paid_on,
        entry.accrued_on, entry.proof, entry.reverses, entry.settles, *rest)


def line_rows(
    books: str, place: int, entry: Entry, dimensions_ids: Mapping[Dimensions, int],
) -> list[tuple[Any, ...]]:
    """The columns of an entry's lines."""
    on = entry.on
    return [
        (books, place, number, on, dimensions_ids[line.dimensions], line.dimensions.share_millionths, line.account,
         line.debit_cents, line.credit_cents, line.label, line.account_label, line.auxiliary, line.auxiliary_label,
         line.lettering, line.lettered_on, line.currency, line.currency_amount, line.source_line, line.piece,
         line.piece_on)
        for number, line in enumerate(entry.lines, start=1)]


def books_of(row: Mapping[str, Any]) -> Books:
    """A row of `ledger_books`."""
    return Books(row["books"], row["name"], row["siren"], row["entries"], row["head"], row["closed_through"])


def period_of(row: Mapping[str, Any]) -> Period:
    """A row of `ledger_period`."""
    return Period(
        row["books"], row["month"], row["entries"], row["head"], int(row["debit_cents"]), int(row["credit_cents"]),
        row["closed_by"], row["signature"])


def line_of(row: Mapping[str, Any]) -> KeptLine:
    """A row of `ledger_line`, with its dimensions."""
    line = Line(dimensions=dimensions_of(row), **{
        name: row[name] for name in Line.__struct_fields__ if name != "dimensions"})
    return KeptLine(row["books"], row["place"], row["line"], row["dated"], row["attributable_cents"], line)


def entry_of(row: Mapping[str, Any], lines: Sequence[Line]) -> KeptEntry:
    """A row of `ledger_entry`, with its lines."""
    named = {
        name: row[name] for name in Entry.__struct_fields__ if name not in ("on", "lines", "year")}
    entry = Entry(on=row["dated"], lines=tuple(lines), year=row["fiscal_year"], **named)
    entry = msgspec.structs.replace(entry, year=0) if entry.year == entry.on.year else entry
    batch: UUID | None = row["batch"]
    return KeptEntry(
        row["books"], row["place"], entry, row["entered_by"], row["entered_at"], batch, row["salt"], row["head"])
