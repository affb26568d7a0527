"""For machines of hypothesis, which are not asynchronous: something that stays open between the steps they run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def kept_open(runner: asyncio.Runner, what: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What this context gives, open in the runner's loop until the block ends."""
    given: list[T] = []
    ready, done = asyncio.Event(), asyncio.Event()

    async def held() -> None:
        async with what as value:
            given.append(value)
            ready.set()
            await done.wait()

    async def started() -> asyncio.Task[None]:
        task = asyncio.ensure_future(held())
        await asyncio.wait([task, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()       # it could not be opened: says why
        return task

    async def stopped(task: asyncio.Task[None]) -> None:
        done.set()
        await task

    task = runner.run(started())
    try:
        yield given[0]
    finally:
        runner.run(stopped(task))
