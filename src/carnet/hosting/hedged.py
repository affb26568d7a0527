"""Hedged calls: a host that is late is waited for no longer alone, the next is asked too, and the first answer wins.

A read that waits for a dying host would take its whole budget; so asked, it takes a third of a second more than usual.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, TypeVar

from carnet.errors import CarnetError

log = logging.getLogger(__name__)

T = TypeVar("T")


class Hedged:
    """Asks one after the other, the next as soon as one failed, or after `late_after_seconds`."""

    def __init__(self, late_after_seconds: float) -> None:
        self._late_after_seconds = late_after_seconds
        self._stragglers: set[asyncio.Task[Any]] = set()

    async def first(self, asks: AsyncIterator[Coroutine[Any, Any, T]]) -> T | None:
        """The first answer; None when all were asked and each failed with an error of ours. Other errors are raised."""
        pending: set[asyncio.Task[T]] = set()
        try:
            async for ask in asks:
                pending.add(asyncio.ensure_future(ask))
                answer = await _first_of(pending, seconds=self._late_after_seconds)
                if answer is not None:
                    return answer
            while pending:
                answer = await _first_of(pending, seconds=None)
                if answer is not None:
                    return answer
        finally:
            self.let_finish(pending)
        return None

    def let_finish(self, pending: Iterable[asyncio.Task[Any]]) -> None:
        """Calls that nobody waits for any more go on: they are never cut in the middle of what a host does."""
        for task in pending:
            self._stragglers.add(task)
            task.add_done_callback(self._finished)

    async def settle(self) -> None:
        """Wait for the calls that went on."""
        while self._stragglers:
            await asyncio.wait(self._stragglers)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._stragglers.discard(task)
        if not task.cancelled():
            task.exception()        # read, so that it is not reported as forgotten


async def _first_of(pending: set[asyncio.Task[T]], *, seconds: float | None) -> T | None:
    """The first answer within this time; None when there is none, or one failed. What is done leaves `pending`."""
    done, _ = await asyncio.wait(pending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    pending -= done
    answer = None
    for task in done:
        error = task.exception()
        if error is None:
            answer = task.result()
        elif isinstance(error, CarnetError):
            log.info("asked from another host: %s", error)
        else:
            raise error
    return answer
