"""Entries of a FEC: from the lines of a file that was looked through and is without fault, as the ledger keeps them.

What a line of the file says is kept word for word, so that the file can be written again from the books. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa

from carnet.ledger.dimensions import Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.fec.cells import Cells, Read
from carnet.ledger.fec.faults import Faults
from carnet.ledger.fec.fiscal_year import FiscalYear
from carnet.ledger.fec.mapping import ELSEWHERE, LINK, Mapping
from carnet.ledger.fec.runs import runs_of, whole_entries
from carnet.ledger.fec.source import Source
from carnet.ledger.fec.split import split

_TEXTS = (
    "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib", "PieceRef", "EcritureLib", "EcritureLet", "Montantdevise",
    "Idevise", "line")


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file, as which batch, read with which mapping."""

    source: Source
    year: FiscalYear
    mapping: Mapping
    batch: UUID

    def batches(self, faults: Faults) -> Iterator[list[Entry]]:
        """All entries, some thousands at a time. `faults` stays empty, unless the file changed meanwhile."""
        cells, made = Cells(self.year, faults), 0
        for table in whole_entries(self.source.tables(faults), faults):
            entries = list(_entries(cells.read(table), self, made))
            made += len(entries)
            yield entries


def _entries(read: Read, origin: Origin, made: int) -> Iterator[Entry]:
    table, runs = read.table, runs_of(read.table)
    lines = _lines(read, origin.mapping)
    firsts = pa.array(runs.starts)
    of_entries = zip(
        runs.starts, runs.ends,
        *(table[name].take(firsts).to_pylist() for name in ("JournalCode", "JournalLib", "EcritureNum")),
        *(read.days[name].take(firsts).to_pylist() for name in ("EcritureDate", "PieceDate", "ValidDate")), strict=True)
    digest, year = origin.source.digest, origin.year.year
    base = origin.batch.int & ~0xFFFF_FFFF      # entries of a batch are neighbours in every index
    for place, (start, end, journal, label, number, on, piece_on, valid_on) in enumerate(of_entries, made + 1):
        own = lines.entry(start, end, journal)
        yield Entry(
            entry_id=UUID(int=base | place), journal=journal, number=number, on=on, lines=own, label=own[0].label,
            journal_label=label, piece=lines.pieces[start], piece_on=piece_on, valid_on=valid_on, proof=digest,
            year=0 if year == on.year else year)


def _lines(read: Read, mapping: Mapping) -> _Lines:
    columns = [*(read.table[name] for name in _TEXTS), read.days["PieceDate"], read.days["DateLet"], read.debits,
               read.credits]
    return _Lines(mapping, *(column.to_pylist() for column in columns))


@dataclass(frozen=True, slots=True)
class _Lines:
    """The columns of a block, as lists: what is read of one line is at its place in each."""

    mapping: Mapping
    accounts: list[str]
    account_labels: list[str]
    auxiliaries: list[str]
    auxiliary_labels: list[str]
    pieces: list[str]
    labels: list[str]
    letterings: list[str]
    currency_amounts: list[str]
    currencies: list[str]
    numbers: list[int]
    pieces_on: list[Any]
    lettered_on: list[Any]
    debits: list[int]
    credits: list[int]

    def entry(self, start: int, end: int, journal: str) -> tuple[Line, ...]:
        """The lines of one entry, each in its set of dimensions."""
        said = self._said(start, end, journal)
        sets = {each for each in said if each is not None}
        if len(sets) <= 1:
            dimensions = sets.pop() if sets else ELSEWHERE
            return tuple([self._line(place, start, dimensions) for place in range(start, end)])
        return self._split(start, end, said)

    def _said(self, start: int, end: int, journal: str) -> list[Dimensions | None]:
        """What the charges are; in an entry without any, what rules say of its other lines, as those of a payment."""
        mapping = self.mapping
        cells = list(zip(self.accounts[start:end], self.auxiliaries[start:end], strict=True))
        said = [mapping.dimensions_of(account, journal, auxiliary) for account, auxiliary in cells]
        if not any(said):
            rules = [mapping.rule_of(account, journal, auxiliary) for account, auxiliary in cells]
            said = [rule.dimensions if rule else None for rule in rules]
        return said

    def _split(self, start: int, end: int, said: Sequence[Dimensions | None]) -> tuple[Line, ...]:
        parts = split([self.debits[place] - self.credits[place] for place in range(start, end)], said)
        lines = [
            self._part(place, start, dimensions, cents)
            for place, own in zip(range(start, end), parts.lines, strict=True) for dimensions, cents in own]
        links = [
            Line(account=LINK, debit_cents=max(cents, 0), credit_cents=max(-cents, 0), dimensions=dimensions,
                 label="Liaison")
            for dimensions, cents in parts.link]
        return (*lines, *links)

    def _part(self, place: int, start: int, dimensions: Dimensions, cents: int) -> Line:
        """A part stands on the side of its line, even below 0: parts sum to both sides of the line."""
        is_credit = self.credits[place] != 0
        debit, credit = (0, -cents) if is_credit else (cents, 0)
        return self._line(place, start, dimensions, debit, credit)

    def _line(
        self, place: int, start: int, dimensions: Dimensions, debit: int | None = None, credit: int | None = None,
    ) -> Line:
        piece, piece_on = self.pieces[place], self.pieces_on[place]
        is_of_entry = piece == self.pieces[start] and piece_on == self.pieces_on[start]
        return Line(
            account=self.accounts[place], debit_cents=self.debits[place] if debit is None else debit,
            credit_cents=self.credits[place] if credit is None else credit, label=self.labels[place],
            dimensions=dimensions, account_label=self.account_labels[place], auxiliary=self.auxiliaries[place],
            auxiliary_label=self.auxiliary_labels[place], lettering=self.letterings[place],
            lettered_on=self.lettered_on[place], currency=self.currencies[place],
            currency_amount=self.currency_amounts[place], source_line=self.numbers[place],
            piece="" if is_of_entry else piece, piece_on=None if is_of_entry else piece_on)
