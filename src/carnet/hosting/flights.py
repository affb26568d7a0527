"""Flights: waiting items travel together.

An item leaves at once if a lane is idle, else it joins the next flight; there is no timer, so that one item alone
waits for nothing. Measured: a deposit costs a third when bodies, commits and audit events travel together.
Only what nobody waits for gathers for a moment first: deliveries, whose cost is the call and not the entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Flights(Generic[Item, Answer]):
    """Calls `fly` with the items that wait, and gives each its own answer.

    `fly` answers one value per item, in order; one that is an exception is raised to its waiter. Two items with the
    same `key` are never in the air at once, and keep their order. A flight of several that raises is flown again one
    by one, so that an item only ever gets its own error: what `fly` does must therefore bear being done twice.
    `most` bounds a flight: the sum of its items' `weight`, which is 1 unless given. `gather_seconds` is how long items
    wait for others before a flight leaves.
    """

    def __init__(
        self, fly: Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]], *,
        key: Callable[[Item], Hashable] | None = None, weight: Callable[[Item], int] | None = None, most: int = 64,
        lanes: int = 1, gather_seconds: float = 0.0,
    ) -> None:
        self._fly = fly
        self._key = key
        self._weight = weight
        self._most = most
        self._idle = lanes
        self._gather_seconds = gather_seconds
        self._leaves_at: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._in_the_air: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Answer:
        """This item's answer, or its error. Whoever stops waiting before its flight leaves takes the item along."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        self._call_aboard()
        return await answer

    def _call_aboard(self) -> None:
        if not self._gather_seconds:
            self._take_off()
        elif self._waiting and self._leaves_at is None:
            self._leaves_at = asyncio.get_running_loop().call_later(self._gather_seconds, self._take_off)

    def _take_off(self) -> None:
        self._leaves_at = None
        while self._idle and (boarding := self._board()):
            self._idle -= 1
            keys = {self._key(item) for item, _ in boarding} if self._key is not None else set()
            self._in_the_air |= keys
            task = asyncio.ensure_future(self._flight(boarding))
            self._tasks.add(task)
            task.add_done_callback(partial(self._landed, keys))

    def _landed(self, keys: set[Hashable], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._in_the_air -= keys
        self._idle += 1
        self._call_aboard()

    def _board(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        """Take the next flight's items from those that wait; an item's waiter may have left meanwhile."""
        boarding: list[tuple[Item, asyncio.Future[Answer]]] = []
        left: list[tuple[Item, asyncio.Future[Answer]]] = []
        keys, weight = set(self._in_the_air), 0
        for number, (item, answer) in enumerate(self._waiting):
            if answer.done():
                continue
            key = self._key(item) if self._key is not None else number
            weighs = self._weight(item) if self._weight is not None else 1
            if key not in keys and (not boarding or weight + weighs <= self._most):
                weight += weighs
                boarding.append((item, answer))
            else:
                left.append((item, answer))
            keys.add(key)       # a later item never overtakes an earlier one of the same key
        self._waiting = left
        return boarding

    async def _flight(self, boarding: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        [answers] = await asyncio.gather(self._fly([item for item, _ in boarding]), return_exceptions=True)
        if isinstance(answers, BaseException):
            await self._failed(boarding, answers)
            return
        if len(answers) != len(boarding):       # a fault of `fly`: nobody may wait for ever because of it
            answers = [RuntimeError(f"{len(answers)} answers to {len(boarding)} items")] * len(boarding)
        for (_, future), answer in zip(boarding, answers, strict=True):
            _give(future, answer)

    async def _failed(
        self, boarding: Sequence[tuple[Item, asyncio.Future[Answer]]], error: BaseException,
    ) -> None:
        if len(boarding) > 1:
            for each in boarding:
                await self._flight([each])
        elif not boarding[0][1].done():
            boarding[0][1].set_exception(error)


def _give(future: asyncio.Future[Answer], answer: Answer | Exception) -> None:
    if future.done():
        return      # its waiter left meanwhile
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
