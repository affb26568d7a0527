"""What a worker does for meters: fold what happened, and count some records from their journal.

Each step takes only what is marked: its cost is that of what happened, never of what there is.
"""

from __future__ import annotations

import logging
from uuid import UUID

from carnet.errors import CarnetError, HostUnavailable, IntegrityError, NotFound
from carnet.hosting.client import SLOW_SECONDS, HostClient
from carnet.hosting.directory import Placement
from carnet.journal.chain import SealedEntry, genesis, verify_suffix
from carnet.record.stores import Stores
from carnet.steering.metering.holding import Recounted, Size, size_of
from carnet.steering.metering.store import MeterStore

log = logging.getLogger(__name__)

METER_SECONDS = 60.0     # a record that was fed ten times meanwhile costs no more than one that was fed once
BATCH = 2000
_RECOUNTED_AT_ONCE = 50


async def meter_what_happened(store: MeterStore) -> int:
    """Meter all that is to be metered; how many records it was of. Raises Unavailable."""
    metered = 0
    while batch := await store.meter(BATCH):
        metered += batch
    return metered


async def keep_meters(store: MeterStore, stores: Stores) -> None:
    """One look of a worker at all of this. Raises Unavailable."""
    await meter_what_happened(store)
    await recount_some(store, stores, _RECOUNTED_AT_ONCE)


async def recount_some(store: MeterStore, stores: Stores, limit: int) -> int:
    """Count at most so many records from their journals, of those that wait; how many. Raises Unavailable."""
    records = await store.to_recount(limit)
    for record in records:
        try:
            is_counted = await store.recounted(record, await _counted(record, store, stores))
        except CarnetError as error:        # a host does not answer, or not rightly: another time
            is_counted = False
            log.info("the size of a record is counted later: %s", type(error).__name__)
        if not is_counted:
            await store.put_off_recount(record)
    return len(records)


async def _counted(record: UUID, store: MeterStore, stores: Stores) -> Recounted:
    """What the journal of this record says, up to the place that is committed now. Needs no key of the record."""
    locked = await stores.hosting.locked_head(record)
    if locked is None:
        raise NotFound("there is no such record")
    placement, place, head = locked
    waiting = {row.place: row.entry for row in await stores.hosting.tail(record) if row.place <= place}
    delivered = min(waiting, default=place + 1) - 1
    entries = [*await _delivered(stores, placement, delivered), *(waiting[each] for each in sorted(waiting))]
    verify_suffix(record, genesis(record), entries, head=head)      # bytes that a host is paid for are those committed
    size = sum((size_of(each.header, len(each.sealed)) for each in entries), Size())
    return Recounted(place, size, await store.today())


async def _delivered(stores: Stores, placement: Placement, upto: int) -> list[SealedEntry]:
    """The first entries of a record, from home, else from reference."""
    try:
        return await _journal(stores.copies.clients[placement.home], placement, upto)
    except (HostUnavailable, IntegrityError):
        return await _journal(stores.copies.clients[placement.reference], placement, upto)


async def _journal(client: HostClient, placement: Placement, upto: int) -> list[SealedEntry]:
    entries: list[SealedEntry] = []
    while len(entries) < upto:
        page = await client.journal(
            placement.record, placement.version, after=len(entries), seconds=SLOW_SECONDS)
        if not page.entries:
            raise IntegrityError(f"host {client.host.id} does not have all of a record's journal")
        entries += [SealedEntry(each.header, each.sealed) for each in page.entries]
    return entries[:upto]
