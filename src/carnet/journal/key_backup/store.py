"""SQL of backups: all rows of the key store as they were at one moment, and rows brought back where there are none.

A row that is here is never replaced: a destroyed key stays destroyed, whatever a backup says.
May import: errors, `database`, `format`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from carnet.journal.database import Database
from carnet.journal.key_backup.format import BackedUpKey, BackedUpVersion, Head

_BATCH = 1000

_ROWS = (
    "select record_id, version, platform_key, wrapped, created_at, destroyed_at from wrapped_key"
    " order by record_id, version")

_BRING_BACK = """
with here as (
  insert into wrapped_key (record_id, version, platform_key, wrapped, created_at, destroyed_at)
  select * from unnest($1::uuid[], $2::int[], $3::int[], $4::bytea[], $5::timestamptz[], $6::timestamptz[])
  on conflict (record_id, version) do nothing returning wrapped)
select count(wrapped) as living, count(*) as inserted from here
"""

_DESTROY = (
    "update wrapped_key set wrapped = null, destroyed_at = clock_timestamp()"
    " where record_id = any($1::uuid[]) and wrapped is not null")


class BackupStore:
    """The key store, whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> datetime:
        """The key store's clock."""
        now: datetime = await self._database.fetchval("select clock_timestamp()")
        return now

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[tuple[Head, AsyncIterator[BackedUpKey]]]:
        """The store as it is at this moment: what is made or destroyed meanwhile is not seen."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            taken_at, count = await connection.fetchrow("select clock_timestamp(), count(*) from wrapped_key")
            rows = await connection.fetch(
                "select version, proof, in_force_at is not null and retired_at is null from platform_key"
                " order by version")
            head = Head(1, taken_at, count, tuple(BackedUpVersion(*row) for row in rows))
            yield head, _rows(connection)

    async def bring_back_versions(self, versions: Sequence[BackedUpVersion]) -> None:
        """Know these versions of the platform key, where none of that number is known."""
        for each in versions:
            await self._database.execute(
                "insert into platform_key (version, proof, in_force_at)"
                " values ($1, $2, case when $3 then clock_timestamp() end) on conflict do nothing",
                each.number, each.proof, each.is_in_force)

    async def bring_back(self, keys: Sequence[BackedUpKey]) -> tuple[int, int]:
        """Insert these rows where there are none: how many with a key, and how many in all."""
        columns = [
            [each.record for each in keys], [each.version for each in keys], [each.platform_key for each in keys],
            [each.wrapped for each in keys], [each.created_at for each in keys], [each.destroyed_at for each in keys]]
        [row] = await self._database.fetch(_BRING_BACK, *columns)
        return row["living"], row["inserted"]

    async def destroy(self, records: Collection[UUID]) -> int:
        """Destroy the keys of these records; how many there were."""
        status = await self._database.execute(_DESTROY, list(records))
        return int(status.rpartition(" ")[2])


async def _rows(connection: asyncpg.Connection) -> AsyncIterator[BackedUpKey]:
    async for row in connection.cursor(_ROWS, prefetch=_BATCH):
        yield BackedUpKey(*row)
