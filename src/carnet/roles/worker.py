"""The worker: the portal's deferred work, in a process of its own. Any number may run.

May import: every room.
"""

from __future__ import annotations

import asyncio

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.log.sequence import Sequencer
from carnet.hosting.worker import Worker
from carnet.record.stores import Stores


async def work(stores: Stores, audit_key: Ed25519PrivateKey, stop: asyncio.Event) -> None:
    """Deliver, catch up, compare, collect, and write the audit log, until `stop` is set."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Worker(stores.copies, stores.hosting).run(stop))
        tasks.create_task(Sequencer(stores.audit.log, audit_key).run(stop))
