"""Snapshots: from time to time an entry says the whole view, so that nobody needs to fold what came before it.

Taken in the background by the process that just committed; one that does not go through is taken after a later deposit.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from carnet.audit.events import Event
from carnet.errors import CarnetError
from carnet.journal.content import Actor
from carnet.record.change import after_commit, at_second, sealed_commit
from carnet.record.known import Known
from carnet.record.stores import Stores

log = logging.getLogger(__name__)

ENTRIES_BETWEEN = 128
_under_way: dict[UUID, asyncio.Task[None]] = {}


def snapshot_if_due(record: UUID, stores: Stores) -> None:
    """Start a snapshot in the background when one is due and none is under way."""
    known = stores.last_known.get(record)
    if known is not None and record not in _under_way and is_due(known):
        task = asyncio.ensure_future(_take(record, stores))
        _under_way[record] = task
        task.add_done_callback(lambda _: _under_way.pop(record, None))


def is_due(known: Known) -> bool:
    """True when as many entries came since the last snapshot as were before it, and at least 128.

    All snapshots together then weigh about twice the last one, however long a record grows.
    """
    return known.place - known.snapshot_place >= max(ENTRIES_BETWEEN, known.snapshot_place)


async def _take(record: UUID, stores: Stores) -> None:
    try:
        await take_snapshot(record, stores)
    except CarnetError as error:
        log.info("a snapshot was left for later: %s", error)


async def take_snapshot(record: UUID, stores: Stores) -> bool:
    """Commit a snapshot of the record as it is now; False when the record moved meanwhile."""
    known = await stores.known(record, fresh=True)
    keys = await stores.keys.keys_of(record)
    view = await stores.views.at(known, keys)
    snapshot = view.snapshot(at_second(stores.clock.now()), known.rights)
    commit = sealed_commit(known, keys, snapshot, is_snapshot=True)
    event = Event(record, "snapshot", "done", "platform", "", Actor("system", "", "Carnet"))
    committed = await stores.records.commit((commit, event))
    if committed is None:
        return False
    after_commit(stores, commit, committed, snapshot)
    return True
