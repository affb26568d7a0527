"""The columns of a line with its entry and its dimensions, as every table has them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from carnet.ledger.dimensions import WHOLE, Dimensions
from carnet.ledger.entry import Line
from carnet.ledger.kept import KeptEntry

Value = str | int | date | None
Row = tuple[Value, ...]


class Kind(StrEnum):
    """What the cells of a column are: amounts are whole cents in a row, and written as euros."""

    TEXT = "text"
    DAY = "day"
    EUROS = "euros"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """Its name, and what its cells are. `is_read`: it may be in a file that is imported."""

    name: str
    kind: Kind = Kind.TEXT
    is_read: bool = True


_DAYS = ("piece_on", "valid_on", "committed_on", "invoiced_on", "paid_on", "accrued_on")
_DIMENSIONS = tuple(
    "share_percent" if name == "share_millionths" else name for name in Dimensions.__struct_fields__)
COLUMNS = (
    Column("books", is_read=False), Column("entry", Kind.NUMBER), Column("line", Kind.NUMBER, is_read=False),
    Column("journal"), Column("journal_label"), Column("number"), Column("on", Kind.DAY), Column("label"),
    Column("piece"), *(Column(name, Kind.DAY) for name in _DAYS), Column("account"), Column("account_label"),
    Column("auxiliary"), Column("auxiliary_label"), Column("debit", Kind.EUROS), Column("credit", Kind.EUROS),
    Column("line_label"), Column("lettering"), Column("lettered_on", Kind.DAY), Column("currency"),
    Column("currency_amount"), *(Column(name) for name in _DIMENSIONS), Column("entry_id", is_read=False),
    Column("proof", is_read=False), Column("reverses", is_read=False), Column("settles", is_read=False))
NAMES = tuple(column.name for column in COLUMNS)


def rows_of(kept: KeptEntry) -> Iterator[Row]:
    """The lines of an entry."""
    entry = kept.entry
    for number, line in enumerate(entry.lines, start=1):
        yield (
            kept.books, kept.place, number, entry.journal, entry.journal_label, entry.number, entry.on, entry.label,
            line.piece or entry.piece, line.piece_on or entry.piece_on, entry.valid_on, entry.committed_on,
            entry.invoiced_on, entry.paid_on, entry.accrued_on, *_of_line(line), *_of_dimensions(line.dimensions),
            str(entry.entry_id), entry.proof.hex() if entry.proof else "", str(entry.reverses or ""),
            str(entry.settles or ""))


def _of_line(line: Line) -> Row:
    return (
        line.account, line.account_label, line.auxiliary, line.auxiliary_label, line.debit_cents, line.credit_cents,
        line.label, line.lettering, line.lettered_on, line.currency, line.currency_amount)


def _of_dimensions(said: Dimensions) -> Iterator[str]:
    for name in Dimensions.__struct_fields__:
        value = getattr(said, name)
        yield percent_of(value) if name == "share_millionths" else str(value or "")


def percent_of(millionths: int) -> str:
    """A share as people write it: `12,5`."""
    whole, rest = divmod(millionths, WHOLE // 100)
    return f"{whole},{rest:04}".rstrip("0").rstrip(",") if rest else str(whole)
