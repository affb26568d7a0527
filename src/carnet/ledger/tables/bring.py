"""Bringing a table of lines into books: looked at whole, then entered in one transaction, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid4

from carnet.errors import Conflict, InvalidInput
from carnet.ledger.fec.bring import Sent
from carnet.ledger.fec.faults import Faults
from carnet.ledger.fec.kept import Imported
from carnet.ledger.fec.store import FileStore
from carnet.ledger.keep import append
from carnet.ledger.store import LedgerStore
from carnet.ledger.tables.read import Table, read
from carnet.ledger.tables.sheets import rows_of_file


@dataclass(frozen=True, slots=True)
class SeenTable:
    """A table that was looked at: as which batch it would be entered, and whether it was before."""

    table: Table
    batch: UUID
    digest: bytes
    before: Imported | None


class BringingTables:
    """Looks at tables of lines, and brings them in."""

    def __init__(self, ledger: LedgerStore, files: FileStore) -> None:
        self._ledger, self._files = ledger, files

    async def look(self, sent: Sent) -> SeenTable:
        """Look at a file; nothing is entered."""
        batch = uuid4()
        digest, table = await asyncio.to_thread(_read, sent, batch)
        return SeenTable(table, batch, digest, await self._files.imported(sent.books, digest))

    async def bring(self, sent: Sent, seen: SeenTable) -> Imported:
        """Enter what was looked at. Raises InvalidInput with its faults, Conflict when it is in the books, NotFound."""
        table = seen.table
        if seen.before is not None:
            raise Conflict(seen.before.told)
        if table.faults:
            raise InvalidInput(*(fault.issue for fault in table.faults.listed))
        await self._files.keep_file(seen.digest, sent.path, sent.name)
        imported = Imported(
            seen.batch, sent.books, seen.digest, "lines", table.entries[0].fiscal_year, 0, len(table.entries),
            table.lines, table.debit_cents, sent.by)
        async with self._ledger.writing(sent.books, sent.by, batch=seen.batch) as writing:
            await append(writing, table.entries)
            await self._files.note(writing, imported)
        return imported


def _read(sent: Sent, batch: UUID) -> tuple[bytes, Table]:
    faults = Faults()
    with sent.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return digest, read(rows_of_file(sent.path, faults), faults, batch=batch, proof=digest)
