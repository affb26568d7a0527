"""Bringing a file into the books of an operator: looked through whole, then entered in one transaction, or not at all.

The file is kept as it came: its digest is the proof of each entry. The same file again is told, and not entered twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.ledger.fec.entries import Origin
from carnet.ledger.fec.fiscal_year import FiscalYear
from carnet.ledger.fec.kept import Imported
from carnet.ledger.fec.look import Keys, Look, Looked, Use, Used
from carnet.ledger.fec.mapping import Mapping, mapping_of
from carnet.ledger.fec.store import FileStore
from carnet.ledger.kept import Books
from carnet.ledger.store import LedgerStore

Tell = Callable[[str, int], None]


def tell_nobody(_step: str, _lines: int) -> None:
    """Where nobody waits to see how far it is."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody sent: where it is, what it is called, whose books, and its fiscal year where the name does
    not say all of it."""

    path: Path
    name: str
    books: str
    by: str
    year: FiscalYear | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file would be in the books, and the charges that no rule of the mapping is about."""

    looked: Looked
    before: Imported | None
    version: int
    mapping: Mapping
    unmapped: tuple[tuple[Use, Used], ...] = ()

    @property
    def is_good(self) -> bool:
        """True when it may be entered."""
        return not self.looked.faults and self.before is None


class Bringing:
    """Looks at files, and brings them in."""

    def __init__(self, ledger: LedgerStore, files: FileStore, tell: Tell = tell_nobody) -> None:
        self._ledger, self._files, self._tell = ledger, files, tell

    async def look(self, sent: Sent, mapping: Mapping | None = None) -> Seen:
        """Look through a file, by the last mapping kept or by this one; nothing is entered. Raises NotFound."""
        books = await self._books(sent.books)
        kept = await self._files.mapping(sent.books) if mapping is None else None
        mapping = mapping or (mapping_of(kept.content) if kept else Mapping())
        look = await asyncio.to_thread(Look, sent.path, sent.name, sent.year, closed=books.closed_through)
        looked = look.looked
        before = await self._files.imported(sent.books, looked.source.digest)
        if before is None:
            _compare(looked, books)
            await self._go_through(look, books)
        return Seen(looked, before, kept.version if kept else 0, mapping, tuple(_unmapped(looked, mapping)))

    async def bring(self, sent: Sent, seen: Seen) -> Imported:
        """Enter a file that was looked at. Raises InvalidInput with its faults, Conflict when it is in the books."""
        looked, year = seen.looked, seen.looked.year
        if seen.before is not None:
            raise Conflict(seen.before.told)
        if looked.faults or year is None:
            raise InvalidInput(*(fault.issue for fault in looked.faults.listed))
        await self._files.keep_file(looked.source.digest, sent.path, sent.name)
        imported = Imported(
            uuid4(), sent.books, looked.source.digest, "fec", year.year, seen.version, looked.entries, looked.lines,
            looked.debit_cents, sent.by)
        origin = Origin(looked.source, year, seen.mapping, imported.batch)
        async with self._ledger.writing(sent.books, sent.by, batch=imported.batch) as writing:
            await writing.intern(seen.mapping.all_dimensions)
            await writing.append_each(origin.entries(), partial(self._tell, "enter"))
            await self._files.note(writing, imported)
        return imported

    async def _books(self, name: str) -> Books:
        found = next((each for each in await self._ledger.all_books() if each.books == name), None)
        if found is None:
            raise NotFound(f"there are no books {name!r}")
        return found

    async def _go_through(self, look: Look, books: Books) -> None:
        looked, blocks = look.looked, look.blocks()
        year = looked.year.year if looked.year else 0
        is_again = await self._files.has_year(books.books, year)
        while (keys := await asyncio.to_thread(next, blocks, None)) is not None:
            self._tell("look", looked.lines)
            if is_again:
                await self._compare_numbers(keys, year, looked, books)

    async def _compare_numbers(self, keys: Keys, year: int, looked: Looked, books: Books) -> None:
        known = await self._files.known(books.books, year, keys.journals, keys.numbers, keys.lines)
        looked.faults.add("number_kept", "EcritureNum", [(line, number, "") for line, number in known])


def _compare(looked: Looked, books: Books) -> None:
    """The file's name with the books it is for."""
    said, faults = looked.name, looked.faults
    if said is not None and books.siren and said.siren != books.siren:
        faults.file("siren", said.siren, books.siren)
    if said is not None and not books.siren:
        faults.warn("no_siren", said.siren)


def _unmapped(looked: Looked, mapping: Mapping) -> list[tuple[Use, Used]]:
    found = [
        (use, used) for use, used in looked.uses.items()
        if mapping.is_unmapped(use.account, use.journal, use.auxiliary)]
    return sorted(found, key=lambda each: -abs(each[1].debit_cents - each[1].credit_cents))
