"""Catch-up: compare heads, ship what is missing.

One record at a time: entries from the outbox, older ones from the other copy, then every body that is named and not
held. It is also how a host comes back that was away, restored from its own backup, or lost something.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import UUID

from carnet.errors import HostUnavailable, IntegrityError
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.delivery import entry_to_append
from carnet.hosting.directory import Placement
from carnet.hosting.store import HostingStore, OutboxRow
from carnet.hosting.wire import BodyAt, BodyToPut, EntryToAppend, HeadAnswer
from carnet.journal.chain import next_head

log = logging.getLogger(__name__)

TICKET_SECONDS = 600
_BATCH = 32


class CatchUp:
    """Makes both copies of a record equal to what the portal committed."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def settle(self, record: UUID) -> bool:
        """Bring home and reference to the portal's head, with every body. True when both now hold it all.

        Raises HostUnavailable when a host does not answer: what is due stays due.
        """
        began = await self._store.now()
        locked = await self._store.locked_head(record)
        if locked is None:
            return True
        placement, place, head = locked
        tail = [row for row in await self._store.tail(record) if row.place <= place]
        equal = True
        for host in placement.both:
            equal = await self._bring(host, placement, tail, end=(place, head)) and equal
        if equal:
            await self._store.delivered([(row.record, row.place) for row in tail])
            await self._store.caught_up(record, began)
        return equal

    async def _bring(
        self, host: str, placement: Placement, tail: list[OutboxRow], *, end: tuple[int, bytes],
    ) -> bool:
        client = self._copies.clients[host]
        there = await client.head(placement.record, placement.version)
        missing = _missing(tail, there, end=end[0])
        if missing is None:
            other = placement.reference if host == placement.home else placement.home
            there = await self._from_other(client, self._copies.clients[other], placement, there)
            missing = _missing(tail, there, end=end[0]) or []
        for batch in _batches([entry_to_append(placement, row) for row in missing]):
            await client.append_all(batch)
        there = await self._bring_bodies(client, placement, tail)
        if there.place == end[0] and there.head != end[1].hex():
            raise IntegrityError(f"host {host} holds another chain than the portal's")
        return there.place >= end[0] and not there.lacking

    async def _from_other(
        self, client: HostClient, other: HostClient, placement: Placement, there: HeadAnswer,
    ) -> HeadAnswer:
        place, previous = there.place, bytes.fromhex(there.head)
        while True:
            page = await other.journal(placement.record, placement.version, after=place)
            if page.head != previous:
                raise IntegrityError(f"hosts {client.host.id} and {other.host.id} hold different chains of one record")
            if not page.entries:
                return await client.head(placement.record, placement.version)
            entries = []
            for each in page.entries:
                entries.append(EntryToAppend(
                    placement.record, placement.version, each.place, previous, each.header, each.sealed))
                place, previous = each.place, next_head(previous, each.header, each.sealed)
            for batch in _batches(entries):
                await client.append_all(batch)

    async def _bring_bodies(self, client: HostClient, placement: Placement, tail: list[OutboxRow]) -> HeadAnswer:
        there = await client.head(placement.record, placement.version)
        if not there.lacking:
            return there
        holders = dict.fromkeys((*(holder for row in tail for holder in row.holders), *placement.both))
        sources = [self._copies.clients[holder] for holder in holders if holder != client.host.id]
        for name in there.lacking:
            await self._bring_body(client, sources, placement, bytes.fromhex(name))
        return await client.head(placement.record, placement.version)

    async def _bring_body(
        self, client: HostClient, sources: list[HostClient], placement: Placement, name: bytes,
    ) -> None:
        ticket_end = int((await self._store.now()).timestamp()) + TICKET_SECONDS
        for source in sources:
            try:
                sealed = await source.read(BodyAt(placement.record, placement.version, name))
            except HostUnavailable:
                continue        # another source may have it; when none does, the record stays due
            if sealed is not None:
                await client.put(BodyToPut(placement.record, placement.version, name, sealed, ticket_end))
                return
        log.error("a body that host %s lacks is at no host that answered", client.host.id)


def _missing(tail: list[OutboxRow], there: HeadAnswer, *, end: int) -> list[OutboxRow] | None:
    """The rows that follow the host's place; None when something older than the outbox is missing there."""
    if there.place >= end:
        return []
    following = [row for row in tail if row.place > there.place]
    return following if following and following[0].place == there.place + 1 else None


def _batches(entries: list[EntryToAppend]) -> Iterator[list[EntryToAppend]]:
    for start in range(0, len(entries), _BATCH):
        yield entries[start:start + _BATCH]
