"""The store: this host's PostgreSQL, and the epoch of the portal it obeys.

What a call answers was committed, and forced to disk, before. Each write is one statement where it can be, locks
record rows first and in the order of their ids, and holds the epoch's row so that a restored portal is never
overtaken by an order of its former life.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import asyncpg

from carnet.errors import Unauthenticated
from carnet.host.outside import Outside

_SETTINGS = {
    "application_name": "carnet host",
    "synchronous_commit": "on",
    # Planning one of our statements costs more than running it, so that plans are made once, maybe on empty tables.
    # They must still do when the tables are large: rows are only ever found by their key.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "work_mem": "64MB",         # A whole call of bodies, without a temporary file.
    "lock_timeout": "5s",
}

_RAISE_EPOCH = "UPDATE portal SET epoch = greatest(epoch, $1) RETURNING epoch"
_SAME_EPOCH = "SELECT epoch FROM portal WHERE epoch = $1 FOR SHARE"
LOCK = "SELECT version, place, head, erased_version FROM record WHERE record_id = $1 FOR UPDATE"
"""The first statement of a transaction on one record; `settle`, `bodies` and `verify` use it."""

_DAMAGED = "SELECT epoch, (SELECT count(*) FROM body WHERE damaged_at IS NOT NULL) AS damaged FROM portal"
_SIZE = "SELECT pg_database_size(current_database())"
_SIZE_SECONDS = 10.0


async def open_pool(url: str, *, size: int = 6) -> asyncpg.Pool:
    """Connections to a migrated database, set so that an answer means durable. Nothing of a session outlives a call."""
    return await asyncpg.create_pool(
        url, min_size=1, max_size=size, server_settings=_SETTINGS, reset=_no_reset, max_inactive_connection_lifetime=0
    )


class Store:
    """Statements for the other files of this room; the files named for what they do hold them."""

    def __init__(self, pool: asyncpg.Pool, outside: Outside | None = None) -> None:
        self.outside = outside or Outside(pool)
        self._pool = pool
        self._epoch = -1
        self._size = (0, float("-inf"))

    async def fetch(self, epoch: int, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Rows of one statement, which is its own transaction, and does and gives nothing unless `epoch`, $1, rules.

        Raises Unauthenticated when it gives none: the order is of a former life of the portal.
        """
        await self._admit(epoch)
        rows: list[asyncpg.Record] = await self._pool.fetch(statement, epoch, *values)
        if not rows:
            raise _older()
        return rows

    @asynccontextmanager
    async def transaction(self, epoch: int) -> AsyncIterator[asyncpg.Connection]:
        """For writes that must look again once they hold the lock. Raises Unauthenticated as `fetch` does."""
        await self._admit(epoch)
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_SAME_EPOCH, epoch) is None:
                raise _older()
            yield connection

    async def obey(self, epoch: int) -> None:
        """For what needs nothing else of the database. Raises Unauthenticated as `fetch` does."""
        async with self.transaction(epoch):
            pass

    async def health(self) -> tuple[int, int]:
        """The greatest epoch seen, and how many bodies are damaged."""
        return tuple(await self._pool.fetchrow(_DAMAGED))

    async def size_bytes(self) -> int:
        """What the database takes on disk, as it was at most ten seconds ago, and what the body store holds."""
        size, since = self._size
        if monotonic() - since > _SIZE_SECONDS:
            size = await self._pool.fetchval(_SIZE)
            self._size = (size, monotonic())
        return size + await self.outside.size_bytes()

    async def _admit(self, epoch: int) -> None:
        # What is remembered here only saves a statement: each statement compares with what the database remembers.
        if epoch > self._epoch:
            self._epoch = await self._pool.fetchval(_RAISE_EPOCH, epoch)
        if epoch < self._epoch:
            raise _older()


async def _no_reset(_connection: object) -> None:
    """The usual reset is a round trip after each statement; nothing here leaves session state behind."""


def _older() -> Unauthenticated:
    return Unauthenticated("the token is of an older epoch of the portal")
