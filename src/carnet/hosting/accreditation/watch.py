"""Keeps the directory of a process in step with the table of standings.

What is at hand may be a few seconds old, and is never enough alone: the statements that give a host a record look
again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from carnet.errors import Unavailable
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.hosting.directory import Directory

log = logging.getLogger(__name__)

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
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        # A database that is away changes nothing of what was learnt.
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.refresh()
            except Unavailable as error:
                log.info("standings of hosts are read later: %s", error)
