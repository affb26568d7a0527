"""What a worker does for figures: count what came, sum up how full records are, count again what a restore mixed up.

Each step takes only what is marked to be counted: its cost is that of what came, never of what there is. Only the sum
over all records reads all of them; it is a hundredth of the time at most.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from carnet.errors import CarnetError, Gone, NotFound, Unavailable
from carnet.record.stores import Stores
from carnet.steering.fill import in_force
from carnet.steering.silence import Watched
from carnet.steering.store import FigureStore

log = logging.getLogger(__name__)

BATCH = 1000
_RECOUNTED_AT_ONCE = 50     # keys are unwrapped for them, and there is a ceiling to that
_TRIES = 5


async def count_what_came(store: FigureStore) -> int:
    """Count all that is to be counted; how much it was. Raises Unavailable."""
    counted = 0
    while batch := await store.count(BATCH):
        counted += batch
    return counted


async def keep_figures(store: FigureStore, stores: Stores, watched: Sequence[Watched], months: int) -> None:
    """One look of a worker at all of this. Raises Unavailable."""
    await store.note_partners([each.partner for each in watched])
    await count_what_came(store)
    await recount_some(store, stores, _RECOUNTED_AT_ONCE)
    if await store.take_turn():
        await store.sum_up_fill(months)


async def recount_some(store: FigureStore, stores: Stores, limit: int) -> int:
    """Count the fill of at most so many records anew, of those that wait; how many were looked at. Raises Unavailable.
    """
    records = await store.to_recount(limit)
    for record in records:
        try:
            await recount(record, store, stores)
        except Unavailable as error:
            await store.put_off_recount(record)
            log.info("the fill of a record is counted later: %s", error)
        except (Gone, NotFound):
            await store.forget_recount(record)
        except CarnetError as error:
            await store.put_off_recount(record)
            log.warning("the fill of a record cannot be counted: %s", type(error).__name__)
    return len(records)


async def recount(record: UUID, store: FigureStore, stores: Stores) -> None:
    """Count the fill of one record from its journal. Raises Gone for one that is erased, Unavailable."""
    for _ in range(_TRIES):
        known = await stores.known(record, fresh=True)
        view = await stores.views.at(known, await stores.keys.keys_of(record))
        if await store.refill(record, known.head, in_force(view)):
            return
    raise Unavailable("the record changes too fast to be counted", retry_after_seconds=60)
