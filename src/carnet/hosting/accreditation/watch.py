"""Keeps the directory of a process in step with the table of standings.

What is at hand may be a few seconds old, and is never enough alone: the statements that give a host a record look
again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.directory import Directory
from carnet.hosting.repeating import repeating

EVERY_SECONDS = 2.0


class StandingsWatch:
    """Reads the standings again and again."""

    def __init__(self, directory: Directory, store: AccreditationStore) -> None:
        self._directory = directory
        self._store = store

    async def refresh(self) -> None:
        """Learn the standings as they are now. Raises Unavailable."""
        self._directory.learn(await self._store.standings())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Learn them now, then every few seconds, until the block ends. Raises Unavailable."""
        await self.refresh()
        # A database that is away changes nothing of what was learnt.
        async with repeating(self.refresh, EVERY_SECONDS, what="standings of hosts are read"):
            yield
