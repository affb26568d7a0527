"""A PostgreSQL database as the stores use it: one pool, and its failures in our words.

May import: errors.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from carnet.errors import Unavailable

# A server that takes no writes was the primary a moment ago: another one is, or will be.
_AWAY = (
    asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError, asyncpg.OperatorInterventionError, asyncpg.ReadOnlySQLTransactionError,
    OSError, TimeoutError,
)


class Database:
    """Queries on a pool of connections. Raises Unavailable when the server is away, stops, or is primary no more.

    A write that raised Unavailable may have been committed all the same: whoever sends it again must bear that.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """The rows of one statement, committed when this returns."""
        with in_our_words():
            rows: list[asyncpg.Record] = await self._pool.fetch(sql, *values)
            return rows

    async def fetchrow(self, sql: str, *values: Any) -> asyncpg.Record | None:
        """The first row, if any."""
        with in_our_words():
            return await self._pool.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        """The first value of the first row."""
        with in_our_words():
            return await self._pool.fetchval(sql, *values)

    async def execute(self, sql: str, *values: Any) -> str:
        """One statement, committed when this returns."""
        with in_our_words():
            status: str = await self._pool.execute(sql, *values)
            return status

    @asynccontextmanager
    async def transaction(
        self, *, isolation: str = "read_committed", readonly: bool = False,
    ) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction, committed at the end of the block, rolled back by any error."""
        with in_our_words():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation=isolation, readonly=readonly),
            ):
                yield connection


@contextmanager
def in_our_words() -> Iterator[None]:
    """What the server is asked inside this block raises Unavailable when the server is away."""
    try:
        yield
    except _AWAY as error:
        raise Unavailable("the platform's database does not answer", retry_after_seconds=2) from error
