"""SQL of imports: files in compressed parts, what was imported from them, versions of mappings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa

from carnet.errors import NotFound
from carnet.journal.database import Database
from carnet.ledger.fec.kept import Imported, MappingVersion
from carnet.ledger.store import Writing

_PART_BYTES = 4 * 1024 * 1024
_IMPORTED = (
    "batch", "books", "digest", "form", "fiscal_year", "mapping", "entries", "lines", "debit_cents", "imported_by")
_IMPORT = f"select {', '.join(_IMPORTED)}, imported_at from ledger_import"  # noqa: S608  our own names
_KNOWN = """
select wanted.line, wanted.number from unnest($3::text[], $4::text[], $5::bigint[]) as wanted (journal, number, line)
join ledger_entry e on e.books = $1 and e.fiscal_year = $2 and e.journal = wanted.journal and e.number = wanted.number
order by wanted.line
"""
_KEEP_MAPPING = """
insert into ledger_mapping (books, version, content, kept_by)
select $1, coalesce(max(version), 0) + 1, $2, $3 from ledger_mapping where books = $1
returning version
"""


class FileStore:
    """Imports and mappings in the portal's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_file(self, digest: bytes, path: Path, name: str) -> None:
        """Keep a file whose SHA-256 this is; one that is kept already stays as it is."""
        if await self._database.fetchval("select true from ledger_file where digest = $1", digest):
            return
        async with self._database.transaction() as connection:
            parts, size = 0, 0
            with path.open("rb") as file:       # a part is read in a millisecond: no other visitor waits for it
                while content := file.read(_PART_BYTES):
                    packed = pa.compress(content, codec="zstd", asbytes=True)
                    await connection.execute(
                        "insert into ledger_file_part values ($1, $2, $3, $4) on conflict do nothing",
                        digest, parts, len(content), packed)
                    parts, size = parts + 1, size + len(content)
            await connection.execute(
                "insert into ledger_file (digest, name, size, parts) values ($1, $2, $3, $4) on conflict do nothing",
                digest, name, size, parts)

    async def file_name(self, digest: bytes) -> str:
        """What a kept file was called. Raises NotFound."""
        name: str | None = await self._database.fetchval("select name from ledger_file where digest = $1", digest)
        if name is None:
            raise NotFound("there is no such file")
        return name

    async def content(self, digest: bytes) -> AsyncIterator[bytes]:
        """The bytes of a kept file, a few megabytes at a time."""
        part = 0
        query = "select size, content from ledger_file_part where digest = $1 and part = $2"
        while (row := await self._database.fetchrow(query, digest, part)) is not None:
            yield pa.decompress(row["content"], decompressed_size=row["size"], codec="zstd", asbytes=True)
            part += 1

    async def imported(self, books: str, digest: bytes) -> Imported | None:
        """What this file is in these books, if it is."""
        row = await self._database.fetchrow(f"{_IMPORT} where books = $1 and digest = $2", books, digest)
        return _import_of(row) if row is not None else None

    async def imports(self, books: str = "") -> list[Imported]:
        """What was imported, in these books or in all, the last one first."""
        rows = await self._database.fetch(f"{_IMPORT} where $1 in ('', books) order by imported_at desc", books)
        return [_import_of(row) for row in rows]

    async def note(self, writing: Writing, imported: Imported) -> None:
        """Note an import, in the transaction that enters it."""
        places = ", ".join(f"${place}" for place in range(1, len(_IMPORTED) + 1))
        await writing.connection.execute(
            f"insert into ledger_import ({', '.join(_IMPORTED)}) values ({places})",  # noqa: S608  our own names
            *(getattr(imported, name) for name in _IMPORTED))

    async def has_year(self, books: str, year: int) -> bool:
        """True when these books have entries of this fiscal year."""
        return bool(await self._database.fetchval(
            "select exists (select from ledger_entry where books = $1 and fiscal_year = $2)", books, year))

    async def known(
        self, books: str, year: int, journals: Sequence[str], numbers: Sequence[str], lines: Sequence[int],
    ) -> list[tuple[int, str]]:
        """Of these numbers of journals those that the books use in this year, with their lines."""
        rows = await self._database.fetch(_KNOWN, books, year, journals, numbers, lines)
        return [(row["line"], row["number"]) for row in rows]

    async def keep_mapping(self, books: str, content: str, by: str) -> int:
        """Keep a mapping of these books as its next version: which one. The same again is the version there is."""
        last = await self.mapping(books)
        if last is not None and last.content == content:
            return last.version
        version: int = await self._database.fetchval(_KEEP_MAPPING, books, content, by)
        return version

    async def mapping(self, books: str, version: int = 0) -> MappingVersion | None:
        """A version of the mapping of these books; 0: the last one."""
        row = await self._database.fetchrow(
            "select books, version, content, kept_by, kept_at from ledger_mapping"
            " where books = $1 and $2 in (0, version) order by version desc limit 1", books, version)
        return MappingVersion(*row) if row is not None else None


def _import_of(row: asyncpg.Record) -> Imported:
    values: dict[str, Any] = {**row, "debit_cents": int(row["debit_cents"])}
    return Imported(**values)
