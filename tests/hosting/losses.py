"""What a host can lose of a record, silently: done in its own database, as a bad disk or an old backup would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg

from carnet.journal.chain import Header, genesis


@asynccontextmanager
async def _at_once(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A loss is of one moment: it never falls into the middle of what the host is doing."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table record in access exclusive mode")
        yield connection


async def lose_all(pool: asyncpg.Pool, record: UUID) -> None:
    """Everything of the record, as if it had never been there."""
    async with _at_once(pool) as connection:
        for table in ("entry", "named_body", "body", "ticket", "record"):
            await connection.execute(f"delete from {table} where record_id = $1", record)


async def lose_body(pool: asyncpg.Pool, record: UUID) -> None:
    """One body, named or not."""
    await pool.execute(
        "delete from body where (record_id, body_id) in"
        " (select record_id, body_id from body where record_id = $1 order by body_id limit 1)", record)


async def lose_last_entry(pool: asyncpg.Pool, record: UUID) -> None:
    """The last entry, as a host restored from a backup of just before: the bodies it names wait with ended tickets."""
    place = await pool.fetchval("select place from record where record_id = $1", record)
    if place:
        await back_to(pool, record, place=place - 1)


async def back_to(pool: asyncpg.Pool, record: UUID, *, place: int) -> None:
    """All entries after `place`. The bodies they name are held under tickets that ended long ago."""
    async with _at_once(pool) as connection:
        await connection.execute("delete from entry where record_id = $1 and place > $2", record, place)
        left = await connection.fetch("select header from entry where record_id = $1", record)
        names = [body.id for row in left for body in Header.parse(row[0]).bodies]
        await connection.execute("delete from named_body where record_id = $1 and body_id <> all($2)", record, names)
        await connection.execute(
            "insert into ticket (record_id, body_id, ends) select record_id, body_id, 1 from body"
            " where record_id = $1 and body_id <> all($2) on conflict do nothing", record, names)
        await connection.execute(
            "update record set place = $2, head = coalesce("
            " (select head from entry where record_id = $1 and place = $2), $3) where record_id = $1",
            record, place, genesis(record))
