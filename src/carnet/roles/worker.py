"""The worker: the portal's deferred work, in a process of its own. Any number may run.

May import: every room.
"""

from __future__ import annotations

import asyncio

from carnet.hosting.worker import Worker
from carnet.record.stores import Stores


async def work(stores: Stores, stop: asyncio.Event) -> None:
    """Deliver, catch up, compare and collect until `stop` is set."""
    await Worker(stores.copies, stores.hosting).run(stop)
