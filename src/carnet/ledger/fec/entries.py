"""Entries of a FEC: from the lines of a file that was looked through and is without fault, as the ledger keeps them.

What a line of the file says is kept word for word, so that the file can be written again from the books. Pure, apart
from the file. Cells are cut by Python's own `split`: it makes text of them five times as fast as a column does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from carnet.errors import Conflict
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.fec.fiscal_year import FiscalYear, day_of
from carnet.ledger.fec.mapping import ELSEWHERE, LINK, Mapping
from carnet.ledger.fec.source import Source
from carnet.ledger.fec.split import split
from carnet.ledger.money import cents_of

_Own = tuple[int, list[str]]         # a line's number and cells


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file, as which batch, read with which mapping."""

    source: Source
    year: FiscalYear
    mapping: Mapping
    batch: UUID

    def entries(self) -> Iterator[Entry]:
        """All entries. Raises Conflict when the file changed after it was looked at."""
        try:
            header = self.source.header
            sides = _one_column if header is not None and "Sens" in header.columns else _two_columns
            yield from _Reading(self, sides).entries()
        except (ValueError, IndexError, KeyError) as error:
            raise Conflict("the file changed while it was read") from error


class _Days(dict[str, date | None]):
    """Days by how they are written, each read once."""

    def __missing__(self, text: str) -> date | None:
        day = self[text] = day_of(text)
        return day


@dataclass(slots=True)
class _Reading:
    """What goes on from line to line: how many entries there were, and the days that were read already."""

    origin: Origin
    sides: Callable[[list[str]], tuple[int, int]]
    made: int = 0
    days: _Days = field(default_factory=_Days)

    def entries(self) -> Iterator[Entry]:
        return map(self._entry, self._runs())

    def _runs(self) -> Iterator[list[_Own]]:
        own: list[_Own] = []
        journal = number = None
        for line in self.origin.source.cells():
            cells = line[1]
            if (cells[2] != number or cells[0] != journal) and own:
                yield own
                own = []
            journal, number = cells[0], cells[2]
            own.append(line)
        if own:
            yield own

    def _entry(self, own: Sequence[_Own]) -> Entry:
        first, origin = own[0][1], self.origin
        on, year = self.days[first[3]], origin.year.year
        if on is None:
            raise ValueError("an entry without a day")
        self.made += 1
        lines = self._lines(own, first)
        return Entry(
            # Entries of a batch are neighbours in every index.
            entry_id=UUID(int=origin.batch.int & ~0xFFFF_FFFF | self.made), journal=first[0], number=first[2], on=on,
            lines=lines, label=first[10], journal_label=first[1], piece=first[8], piece_on=self.days[first[9]],
            valid_on=self.days[first[15]], proof=origin.source.digest, year=0 if year == on.year else year)

    def _lines(self, own: Sequence[_Own], first: list[str]) -> tuple[Line, ...]:
        said = self._said(own)
        sets = {each for each in said if each is not None}
        if len(sets) <= 1:
            dimensions = sets.pop() if sets else ELSEWHERE
            line, sides = self._line, self.sides
            return tuple([line(each, first, dimensions, *sides(each[1])) for each in own])
        return self._split(own, first, said)

    def _said(self, own: Sequence[_Own]) -> list[Dimensions | None]:
        """What the charges are; in an entry without any, what rules say of its other lines, as those of a payment."""
        mapping = self.origin.mapping
        said = [mapping.dimensions_of(cells[4], cells[0], cells[6]) for _, cells in own]
        if not any(said):
            rules = [mapping.rule_of(cells[4], cells[0], cells[6]) for _, cells in own]
            said = [rule.dimensions if rule else None for rule in rules]
        return said

    def _split(
        self, own: Sequence[_Own], first: list[str], said: Sequence[Dimensions | None],
    ) -> tuple[Line, ...]:
        sides = [self.sides(cells) for _, cells in own]
        parts = split([debit - credit for debit, credit in sides], said)
        lines = [
            # A part stands on the side of its line, even below 0: parts sum to both sides of the line.
            self._line(line, first, dimensions, *((0, -cents) if credit else (cents, 0)))
            for line, (_, credit), its in zip(own, sides, parts.lines, strict=True) for dimensions, cents in its]
        links = [
            Line(account=LINK, debit_cents=max(cents, 0), credit_cents=max(-cents, 0), dimensions=dimensions,
                 label="Liaison")
            for dimensions, cents in parts.link]
        return (*lines, *links)

    def _line(self, line: _Own, first: list[str], dimensions: Dimensions, debit: int, credit: int) -> Line:
        number, cells = line
        is_of_entry = cells[8] == first[8] and cells[9] == first[9]
        return Line(
            account=cells[4], debit_cents=debit, credit_cents=credit, label=cells[10], dimensions=dimensions,
            account_label=cells[5], auxiliary=cells[6], auxiliary_label=cells[7], lettering=cells[13],
            lettered_on=self.days[cells[14]] if cells[14] else None, currency=cells[17], currency_amount=cells[16],
            source_line=number, piece="" if is_of_entry else cells[8],
            piece_on=None if is_of_entry else self.days[cells[9]])


def _two_columns(cells: list[str]) -> tuple[int, int]:
    """Debit and credit, each in its column."""
    return _cents(cells[11]), _cents(cells[12])


def _one_column(cells: list[str]) -> tuple[int, int]:
    """Debit and credit, of an amount and the side it is on."""
    cents = _cents(cells[11])
    return (cents, 0) if cells[12] in ("D", "+1") else (0, cents)


def _cents(text: str) -> int:
    if text == "0,00" or not text:
        return 0
    # As nearly every file writes it; what else looked acceptable is read more slowly.
    return int(text.replace(",", "")) if text[-3:-2] == "," else cents_of(text)
