"""Writing a FEC from books: UTF-8, tabs, CR and LF, in the order of the chain; parts of one line of a file are summed.

A file that was imported comes out as it went in, but for its encoding, delimiter, line ends and the way of writing its
first line and its amounts. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from msgspec.structs import replace

from carnet.ledger.entry import Entry, Line
from carnet.ledger.fec.columns import COLUMNS
from carnet.ledger.fec.fiscal_year import day_text
from carnet.ledger.money import euros_of

_NO_TEXT = str.maketrans(dict.fromkeys((*range(32), 127, 133, 8232, 8233), " "))
FIRST_LINE = "\t".join(COLUMNS) + "\r\n"


def lines_of(entries: Iterable[Entry]) -> Iterator[str]:
    """The lines of these entries, each with its end."""
    for entry in entries:
        for line in as_one(entry.lines):
            yield "\t".join(_cells(entry, line)) + "\r\n"


def as_one(lines: tuple[Line, ...]) -> Iterator[Line]:
    """An entry's lines as its file has them: parts of one line as one; what we put between them left out."""
    is_of_file = any(line.source_line for line in lines)
    for number, own in groupby(lines, key=lambda line: line.source_line):
        parts = list(own)
        if not is_of_file:
            yield from parts
        elif number and len(parts) == 1:
            yield parts[0]
        elif number:
            yield _sum(parts)


def _sum(parts: list[Line]) -> Line:
    return replace(
        parts[0], debit_cents=sum(part.debit_cents for part in parts),
        credit_cents=sum(part.credit_cents for part in parts))


def _cells(entry: Entry, line: Line) -> tuple[str, ...]:
    has_own = bool(line.piece) or line.piece_on is not None
    piece, piece_on = (line.piece, line.piece_on) if has_own else (entry.piece, entry.piece_on)
    return (
        _text(entry.journal), _text(entry.journal_label or entry.journal), _text(entry.number), day_text(entry.on),
        line.account, _text(line.account_label or line.account), _text(line.auxiliary), _text(line.auxiliary_label),
        _text(piece or entry.number), day_text(piece_on or entry.on), _text(line.label or entry.label or entry.number),
        euros_of(line.debit_cents), euros_of(line.credit_cents), _text(line.lettering), day_text(line.lettered_on),
        day_text(entry.valid_on or entry.on), line.currency_amount, line.currency)


def _text(text: str) -> str:
    """No character of a cell ends it, or its line."""
    return text if text.isprintable() else text.translate(_NO_TEXT)


def file_name(siren: str, until: date) -> str:
    """The name that the law gives the file of a fiscal year that ends on this day."""
    return f"{siren or '000000000'}FEC{day_text(until)}.txt"
