"""Flights: waiting items travel together.

An item leaves at once if a lane is idle, else it joins the next flight; there is no timer, so that one item alone
waits for nothing. Measured: a deposit costs a third when bodies, commits and audit events travel together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Flights(Generic[Item, Answer]):
    """Calls `fly` with the items that wait, and gives each its own answer.

    `fly` answers one value per item, in order. Two items with the same `key` never share a flight. A flight of
    several that raises is flown again one by one, so that an item only ever gets its own error: what `fly` does
    must therefore bear being done twice.
    """

    def __init__(
        self, fly: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *,
        key: Callable[[Item], Hashable] | None = None, most: int = 64, lanes: int = 1,
    ) -> None:
        self._fly = fly
        self._key = key
        self._most = most
        self._idle = lanes
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Answer:
        """This item's answer, or its error."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        self._take_off()
        return await answer

    def _take_off(self) -> None:
        while self._idle and self._waiting:
            self._idle -= 1
            task = asyncio.ensure_future(self._flight(self._board()))
            self._tasks.add(task)
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._idle += 1
        self._take_off()

    def _board(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        if self._key is None:
            boarding, self._waiting = self._waiting[:self._most], self._waiting[self._most:]
            return boarding
        boarding, left, keys = [], [], set()
        for waiting in self._waiting:
            key = self._key(waiting[0])
            if len(boarding) < self._most and key not in keys:
                keys.add(key)
                boarding.append(waiting)
            else:
                left.append(waiting)
                keys.add(key)       # a later item never overtakes an earlier one of the same key
        self._waiting = left
        return boarding

    async def _flight(self, boarding: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        [answers] = await asyncio.gather(self._fly([item for item, _ in boarding]), return_exceptions=True)
        if isinstance(answers, BaseException):
            await self._failed(boarding, answers)
            return
        for (_, future), answer in zip(boarding, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    async def _failed(self, boarding: list[tuple[Item, asyncio.Future[Answer]]], error: BaseException) -> None:
        if len(boarding) > 1:
            for each in boarding:
                await self._flight([each])
        elif not boarding[0][1].done():
            boarding[0][1].set_exception(error)
