"""SQL of the ledger. Entries of one books are appended one transaction at a time: each has its place in their chain."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence, Set
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from math import inf
from typing import NamedTuple
from uuid import UUID

import asyncpg

from carnet.errors import Conflict, InvalidInput, Issue, NotFound
from carnet.journal.database import Database
from carnet.ledger import sql
from carnet.ledger.chain import first_head, next_head, public_form, words_digest
from carnet.ledger.dimensions import AXES, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.kept import Books, KeptEntry, KeptLine, Sum, Wanted
from carnet.ledger.period import Period, last_day
from carnet.ledger.refusals import Refused, Rule, refusal
from carnet.ledger.rows import (
    books_of,
    dimensions_row,
    entry_of,
    entry_row,
    line_of,
    line_rows,
    period_of,
)
from carnet.ledger.search import Search, statement

_BATCH_LINES = 60_000       # what each batch costs beside its lines is a hundredth then
_TODAY = "(clock_timestamp() at time zone 'Europe/Paris')::date"


class LedgerStore:
    """The ledger's tables in the portal's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self) -> date:
        """The day it is, by the database's clock."""
        day: date = await self._database.fetchval(f"select {_TODAY}")
        return day

    async def open_books(self, books: str, name: str, siren: str = "") -> bool:
        """Have books of this name; False when there were already."""
        return bool(await self._database.fetchval(sql.OPEN_BOOKS, books, name, siren, first_head(books)))

    async def all_books(self) -> list[Books]:
        """The books there are."""
        return [books_of(row) for row in await self._database.fetch(f"{sql.BOOKS} order by books")]

    @asynccontextmanager
    async def writing(self, books: str, by: str, *, batch: UUID | None = None) -> AsyncIterator[Writing]:
        """These books, for this writer alone; all that was appended is there when the block ends, or nothing.

        Raises NotFound for books there are not; InvalidInput for what the database refuses; Conflict.
        """
        with _refusals():
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(sql.LOCK, books)
                if row is None:
                    raise NotFound(f"there are no books {books!r}")
                writing = Writing(connection, books_of(row), by, batch)
                yield writing
                await writing.finish()

    async def entry(self, entry_id: UUID) -> KeptEntry | None:
        """One entry, with its lines."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            return next(iter(await _entries(connection, sql.ENTRY, entry_id)), None)

    async def entries(self, books: str, *, after: int = 0, limit: int = 1000) -> list[KeptEntry]:
        """Entries of these books in the order of their chain, with their lines."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            return await _entries(connection, sql.ENTRIES, books, after, limit)

    async def find(self, search: Search, *, limit: int = 50) -> list[KeptEntry]:
        """Entries that one looks for, the newest first, with their lines."""
        query, values = statement(search)
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            return await _entries(connection, query, *values, limit)

    async def around(self, entry_id: UUID) -> tuple[KeptEntry | None, list[KeptEntry]]:
        """What took this entry back, if anything; and what settles it."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            reversal = next(iter(await _entries(connection, sql.REVERSAL, entry_id)), None)
            return reversal, await _entries(connection, sql.SETTLING, entry_id)

    async def lines(self, wanted: Wanted, *, after: tuple[str, int, int] = ("", 0, 0), limit: int = 100,
    ) -> list[KeptLine]:
        """The lines that figures are made of, by books, place and line."""
        where = {name: list(values) for name, values in wanted.where.items()}
        of_dimensions = {name: where.pop(name) for name in list(where) if name in AXES}
        # The sets of dimensions are looked up first: the database then knows how many lines are theirs, and whether to
        # read them or the books in order.
        if of_dimensions:
            known = await self._database.fetch(sql.dimensions_with(of_dimensions), *of_dimensions.values())
            where["dimensions"] = [row["dimensions_id"] for row in known]
        books = wanted.where.get("books", ())
        if len(books) == 1:
            [one] = where.pop("books")
            after = after if after[0] == one else (str(one), 0, 0)
        async with self._database.transaction(readonly=True) as connection:
            # A plan for any values would sort all lines of a host to show a hundred: each is planned for its own.
            await connection.execute("set local plan_cache_mode = force_custom_plan")
            rows = await connection.fetch(
                sql.lines(where, one_books=len(books) == 1), wanted.since, last_day(wanted.until), *after, limit,
                *where.values())
        return [line_of(row) for row in rows]

    async def sums(self, by: Sequence[str], wanted: Wanted | None = None) -> list[Sum]:
        """What lines come to, by these axes (`sql.OF_SUMS`). Raises KeyError for an axis there is not."""
        wanted = wanted or Wanted()
        rows = await self._database.fetch(
            sql.sums(by, wanted.where), wanted.since, wanted.until, *(list(each) for each in wanted.where.values()))
        size = len(by)
        return [Sum(tuple(row[:size]), *(int(each or 0) for each in row[size:])) for row in rows]

    async def keep_proof(self, digest: bytes, name: str, media_type: str, content: bytes) -> None:
        """Keep a document that entries name as their proof. `digest` is its SHA-256."""
        await self._database.execute(
            "insert into ledger_proof (digest, name, media_type, content) values ($1, $2, $3, $4)"
            " on conflict (digest) do nothing", digest, name, media_type, content)

    async def proof(self, digest: bytes) -> tuple[str, str, bytes] | None:
        """A proof's name, media type and bytes."""
        row = await self._database.fetchrow(
            "select name, media_type, content from ledger_proof where digest = $1", digest)
        return (row["name"], row["media_type"], row["content"]) if row is not None else None

    async def periods(self, books: str = "") -> list[Period]:
        """The closed months, of these books or of all."""
        rows = await self._database.fetch(
            f"{sql.PERIODS} where $1 in ('', books) order by books, month", books)
        return [period_of(row) for row in rows]

    async def sign_periods(self, sign: Callable[[bytes], bytes]) -> int:
        """Sign the closed months that nobody signed yet: how many."""
        rows = await self._database.fetch(f"{sql.PERIODS} where signature is null")
        for period in map(period_of, rows):
            await self._database.execute(sql.SIGN, period.books, period.month, sign(period.text.encode()))
        return len(rows)


class _Rows(NamedTuple):
    """Entries and their lines, as the tables want them."""

    entries: list[tuple[object, ...]]
    lines: list[tuple[object, ...]]


class Writing:
    """Books that are being written to: what is appended has its place, and is there when the transaction ends."""

    def __init__(self, connection: asyncpg.Connection, books: Books, by: str, batch: UUID | None) -> None:
        self.connection = connection
        self.books = books
        self.place, self.head = books.entries, books.head
        self._by, self._batch = by, batch
        self._dimensions_ids: dict[Dimensions, int] = {}
        self._digests: dict[Dimensions, str] = {}

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these entries, in this order. What is wrong with them the database refuses, without many words."""
        await self.intern({line.dimensions for entry in entries for line in entry.lines})
        await self._copy(self._rows(entries))

    async def append_each(self, entries: Iterator[Entry], tell: Callable[[int], None]) -> int:
        """Write entry after entry, and tell now and then how many there are by then; how many in the end.

        Some thousands are made ready in a thread while the database writes those before: their dimensions are known
        (`intern`).
        """
        written, ready = 0, asyncio.ensure_future(asyncio.to_thread(self._rows, entries, _BATCH_LINES))
        try:
            while (rows := await ready).entries:
                ready = asyncio.ensure_future(asyncio.to_thread(self._rows, entries, _BATCH_LINES))
                await self._copy(rows)
                written += len(rows.entries)
                tell(written)
        finally:
            await asyncio.wait([ready])         # the thread reads a file that somebody may delete now
        return written

    def _rows(self, entries: Iterable[Entry], most_lines: float = inf) -> _Rows:
        """The rows of the next of these entries: of all of them, or those that come to about so many lines.

        None is kept once its rows are there: the same memory is written again and again, and stays near.
        """
        rows, books = _Rows([], []), self.books.books
        for entry in entries:
            salt = secrets.token_bytes(16)
            self.place += 1
            self.head = next_head(self.head, public_form(entry, words_digest(entry, salt), self._digests))
            rows.entries.append(entry_row(books, self.place, entry, self._by, self._batch, salt, self.head))
            rows.lines.extend(line_rows(books, self.place, entry, self._dimensions_ids))
            if len(rows.lines) >= most_lines:
                break
        return rows

    async def _copy(self, rows: _Rows) -> None:
        copy = self.connection.copy_records_to_table
        await copy("ledger_entry", records=rows.entries, columns=sql.ENTRY_COLUMNS)
        await copy("ledger_line", records=rows.lines, columns=sql.LINE_COLUMNS)

    async def entry(self, entry_id: UUID) -> KeptEntry | None:
        """An entry as it is now."""
        return next(iter(await _entries(self.connection, sql.ENTRY, entry_id)), None)

    async def settling(self, entry_id: UUID) -> list[KeptEntry]:
        """The entries that settle this one and were not taken back."""
        return await _entries(self.connection, sql.SETTLING, entry_id)

    async def reversal(self, entry_id: UUID) -> KeptEntry | None:
        """The entry that takes this one back."""
        return next(iter(await _entries(self.connection, sql.REVERSAL, entry_id)), None)

    async def next_number(self, journal: str, year: int) -> str:
        """The number after the last one of this journal and year that is a number."""
        number: int = await self.connection.fetchval(
            "select coalesce(max(number::bigint), 0) + 1 from ledger_entry"
            " where books = $1 and journal = $2 and fiscal_year = $3 and number ~ '^[0-9]{1,12}$'",
            self.books.books, journal, year)
        return str(number)

    async def close(self, month: date) -> Period | None:
        """Close these books through this month; None when they are closed that far."""
        row = await self.connection.fetchrow(sql.CLOSE, self.books.books, month, last_day(month), self._by)
        return period_of(row) if row is not None else None

    async def finish(self) -> None:
        """Note how far the chain has come."""
        if self.place > self.books.entries:
            await self.connection.execute(sql.MOVE, self.books.books, self.place, self.head)

    async def intern(self, wanted: Set[Dimensions]) -> None:
        """Have these sets of dimensions, so that lines can name them."""
        for dimensions in wanted - self._dimensions_ids.keys():
            digest = dimensions.digest
            found = await self.connection.fetchval(sql.KEEP_DIMENSIONS, digest, *dimensions_row(dimensions))
            if found is None:
                [row] = await self.connection.fetch(sql.KNOWN_DIMENSIONS, [digest])
                found = row["dimensions_id"]
            self._dimensions_ids[dimensions] = found


async def _entries(connection: asyncpg.Connection, query: str, *values: object) -> list[KeptEntry]:
    rows = await connection.fetch(query, *values)
    lines: defaultdict[tuple[str, int], list[Line]] = defaultdict(list)
    for books, places in _by_books(rows):
        for row in await connection.fetch(sql.LINES_AT, books, places):
            lines[books, row["place"]].append(line_of(row).content)
    return [entry_of(row, lines[row["books"], row["place"]]) for row in rows]


def _by_books(rows: Iterable[asyncpg.Record]) -> Iterator[tuple[str, list[int]]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row["books"]].append(row["place"])
    return iter(found.items())


@contextmanager
def _refusals() -> Iterator[None]:
    """What the database refuses of the ledger, in our words."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "ledger_entry_reverses_key":
            raise Refused(refusal(Rule.ALREADY_TAKEN_BACK, "this entry was taken back meanwhile", "entry")) from error
        raise Conflict("this number is used in this journal and year, or the entry is there already") from error
    except asyncpg.CheckViolationError as error:
        words = {
            "ledger_period_open": f"the period is closed: {error.args[0]}",
            "ledger_balanced": "debits and credits differ, in an entry or in a set of dimensions of it",
        }.get(error.constraint_name or "", "breaks a rule of the ledger's tables")
        raise InvalidInput(Issue("business-rule", words)) from error
