"""Counts: how many bodies this host read and took on each day (UTC), and how much it refused.

They are the operator's own word, signed: the portal compares them with what it asked. What is counted is on disk within
a second. Reads the clock.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import asyncpg

log = logging.getLogger("carnet.host")

NAMES = ("bodies_read", "bytes_read", "bodies_put", "entries_appended", "refused", "exported", "challenged")
FLUSH_SECONDS = 1.0

_ADD = """
INSERT INTO daily_count AS kept (
    day, bodies_read, bytes_read, bodies_put, entries_appended, refused, exported, challenged)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (day) DO UPDATE SET
    bodies_read = kept.bodies_read + excluded.bodies_read, bytes_read = kept.bytes_read + excluded.bytes_read,
    bodies_put = kept.bodies_put + excluded.bodies_put, refused = kept.refused + excluded.refused,
    entries_appended = kept.entries_appended + excluded.entries_appended,
    exported = kept.exported + excluded.exported, challenged = kept.challenged + excluded.challenged
"""
_OF_DAY = """
SELECT bodies_read, bytes_read, bodies_put, entries_appended, refused, exported, challenged FROM daily_count
WHERE day = $1
"""


class Counts:
    """Counts in memory what is then added to the database; any number of processes may."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._new: dict[date, Counter[str]] = defaultdict(Counter)
        self._writing = asyncio.Lock()

    def add(self, **counts: int) -> None:
        """Count this today. `counts` are by `NAMES`."""
        self._new[today()].update(counts)

    async def flush(self) -> None:
        """Add to the database what is new; it stays new when the database does not answer, and that is raised."""
        async with self._writing:
            while self._new:
                day, counts = next(iter(self._new.items()))
                added = Counter(counts)
                await self._pool.execute(_ADD, day, *(added[name] for name in NAMES))
                counts.subtract(added)
                if not any(counts.values()):
                    del self._new[day]

    async def of(self, day: date) -> dict[str, int]:
        """All that was counted on that day, by every process of this host whose last second is over."""
        await self.flush()
        row = await self._pool.fetchrow(_OF_DAY, day)
        return dict(zip(NAMES, row or [0] * len(NAMES), strict=True))

    async def keep(self) -> None:
        """Flush again and again, until cancelled; then once more."""
        try:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self._try_flush()
        finally:
            await self._try_flush()

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("counts are kept in memory for now: %s", type(error).__name__)


def today() -> date:
    """The day it is (UTC), by this machine's clock."""
    return datetime.fromtimestamp(time.time(), UTC).date()
