"""What a process does again and again beside its work, while the portal's database answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from carnet.errors import Unavailable

log = logging.getLogger(__name__)


@asynccontextmanager
async def repeating(step: Callable[[], Awaitable[None]], every_seconds: float, *, what: str) -> AsyncIterator[None]:
    """Do the step every so many seconds until the block ends. A database that is away delays it, and is logged."""
    task = asyncio.create_task(_repeat(step, every_seconds, what))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(step: Callable[[], Awaitable[None]], every_seconds: float, what: str) -> None:
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await step()
        except Unavailable as error:
            log.info("%s: later, for %s", what, error)
