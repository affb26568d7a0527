"""What a process does again and again beside its work, whatever goes wrong with it: this is its last handler.

A step that fails is logged and done again, each time later: what serves people beside it goes on, and nothing that was
to be repeated ends in silence.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from carnet.errors import Unavailable

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 60.0


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
    pause = every_seconds
    while True:
        await asyncio.sleep(pause)
        try:
            await step()
        except Unavailable as error:
            log.info("%s: later, for %s", what, error)
        except Exception as error:      # noqa: BLE001  The last handler of what is repeated.
            pause = max(every_seconds, min(pause * 2, LONGEST_PAUSE_SECONDS))
            log.error("%s failed, again in %.0f s: %s", what, pause, _where(error))
        else:
            pause = every_seconds


def _where(error: BaseException) -> str:
    """An error without its words, which may hold a patient's data: its class and the places it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"
