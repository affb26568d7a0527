"""The worker: the portal's deferred work, in a process of its own. Any number may run.

May import: every room.
"""

from __future__ import annotations

import asyncio
import logging

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.log.sequence import Sequencer
from carnet.errors import Unavailable
from carnet.hosting.moving.background import Background
from carnet.hosting.placing.count import count_again
from carnet.hosting.worker import Worker
from carnet.record.conformity.client import Checker
from carnet.record.due import act_on_due
from carnet.record.stores import Stores
from carnet.roles.conformity import check_documents
from carnet.roles.overseeing import AS_USUAL, Overseer, OversightRules
from carnet.roles.reminding import remind_daily
from carnet.roles.restoring import compare_when_restored

log = logging.getLogger(__name__)

DUE_SECONDS = 10.0


async def work(
    stores: Stores, audit_key: Ed25519PrivateKey, stop: asyncio.Event, *, rules: OversightRules = AS_USUAL,
    checker: Checker | None = None,
) -> None:
    """Deliver, catch up, compare, collect, act on what is due, oversee hosts, write the audit log, notice a restore,
    and with a checker hold documents to the national rules, until `stop` is set.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Worker(stores.copies, stores.hosting).run(stop))
        tasks.create_task(Sequencer(stores.audit.log, audit_key).run(stop))
        tasks.create_task(Overseer(stores, audit_key, rules).run(stop))
        tasks.create_task(act_on_what_is_due(stores, stop))
        tasks.create_task(Background(stores.copies, stores.hosting, stores.hosting.moves).run(stop))
        tasks.create_task(count_again(stores.placing.store, stop))
        tasks.create_task(remind_daily(stores.hosting.accreditation, stop))
        tasks.create_task(stores.guard.run(stop))
        tasks.create_task(compare_when_restored(stores, audit_key, stop))
        if checker is not None:
            tasks.create_task(check_documents(stores, checker, stop))


async def act_on_what_is_due(stores: Stores, stop: asyncio.Event) -> None:
    """Open, close and erase records whose time has come, until `stop` is set; a database that is away delays it."""
    while not stop.is_set():
        try:
            acted = await act_on_due(stores)
        except Unavailable as error:
            log.info("what is due waits: %s", error)
            acted = 0
        if acted:
            log.info("%d records were due", acted)
        else:
            await _pause(stop)


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(DUE_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
