"""Entries of a FEC: from the lines of a file that was looked through and is without fault, as the ledger keeps them.

What a line of the file says is kept word for word, so that the file can be written again from the books. Pure, apart
from the file. Cells are cut by Python's own `split`: it makes text of them five times as fast as a column does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

_BATCH_LINES = 20_000
_Own = tuple[int, list[str]]         # a line's number and cells


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file, as which batch, read with which mapping."""

    source: Source
    year: FiscalYear
    mapping: Mapping
    batch: UUID

    def batches(self) -> Iterator[list[Entry]]:
        """All entries, some thousands at a time. Raises Conflict when the file changed after it was looked at."""
        try:
            header = self.source.header
            yield from _Reading(self, header is not None and "Sens" in header.columns).batches()
        except (ValueError, IndexError, KeyError) as error:
            raise Conflict("the file changed while it was read") from error


@dataclass(slots=True)
class _Reading:
    """What goes on from line to line: how many entries there were, and the days that were read already."""

    origin: Origin
    has_side: bool
    made: int = 0
    days: dict[str, date | None] = field(default_factory=dict)

    def batches(self) -> Iterator[list[Entry]]:
        entries: list[Entry] = []
        lines = 0
        for own in self._runs():
            entries.append(self._entry(own))
            lines += len(own)
            if lines >= _BATCH_LINES:
                yield entries
                entries, lines = [], 0
        if entries:
            yield entries

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
        on, year = self._day(first[3]), origin.year.year
        if on is None:
            raise ValueError("an entry without a day")
        self.made += 1
        lines = self._lines(own, first)
        return Entry(
            # Entries of a batch are neighbours in every index.
            entry_id=UUID(int=origin.batch.int & ~0xFFFF_FFFF | self.made), journal=first[0], number=first[2], on=on,
            lines=lines, label=first[10], journal_label=first[1], piece=first[8], piece_on=self._day(first[9]),
            valid_on=self._day(first[15]), proof=origin.source.digest, year=0 if year == on.year else year)

    def _lines(self, own: Sequence[_Own], first: list[str]) -> tuple[Line, ...]:
        said = self._said(own)
        sets = {each for each in said if each is not None}
        if len(sets) <= 1:
            dimensions = sets.pop() if sets else ELSEWHERE
            line, has_side = self._line, self.has_side
            return tuple([line(each, first, dimensions, *_sides(each[1], has_side=has_side)) for each in own])
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
        sides = [_sides(cells, has_side=self.has_side) for _, cells in own]
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
            lettered_on=self._day(cells[14]) if cells[14] else None, currency=cells[17], currency_amount=cells[16],
            source_line=number, piece="" if is_of_entry else cells[8],
            piece_on=None if is_of_entry else self._day(cells[9]))

    def _day(self, text: str) -> date | None:
        if text not in self.days:
            self.days[text] = day_of(text)
        return self.days[text]


def _sides(cells: list[str], *, has_side: bool) -> tuple[int, int]:
    if not has_side:
        return _cents(cells[11]), _cents(cells[12])
    cents = _cents(cells[11])
    return (cents, 0) if cells[12] in ("D", "+1") else (0, cents)


def _cents(text: str) -> int:
    if text == "0,00" or not text:
        return 0
    # As nearly every file writes it; what else looked acceptable is read more slowly.
    euros, comma, cents = text[:-3], text[-3:-2], text[-2:]
    return int(euros + cents) if comma == "," else cents_of(text)
