"""What all examples of a machine share: hosts, databases, an event loop, and two processes of the portal."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from carnet.hosting.worker import Worker
from carnet.record.stores import Stores
from carnet.roles.wiring import assembled
from tests.hosting.ground import Ground

T = TypeVar("T")


class World:
    """The world of one test. `failure` is the first there was: what comes after it says nothing more."""

    def __init__(self, runner: asyncio.Runner, ground: Ground) -> None:
        self.runner = runner
        self.ground = ground
        self.portals: list[Stores] = [ground.stores, ground.stores]
        self.failure: Exception | None = None
        self._stacks = [AsyncExitStack(), AsyncExitStack()]

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    async def new_portal(self, which: int) -> None:
        """This process dies with all it had in memory, deliveries under way included, and another starts."""
        for task in tuple(self.portals[which].delivery._under_way):
            task.cancel()
        await asyncio.gather(*self.portals[which].delivery._under_way, return_exceptions=True)
        await self._stacks[which].aclose()
        self._stacks[which] = AsyncExitStack()
        platform = self.ground.platform
        self.portals[which] = await self._stacks[which].enter_async_context(
            assembled(platform.parts, platform.portal, platform.keys))
        platform.stores = self.portals[which]
        platform.worker = Worker(self.portals[0].copies, self.portals[0].hosting)

    async def close(self) -> None:
        for stack in self._stacks:
            await stack.aclose()
