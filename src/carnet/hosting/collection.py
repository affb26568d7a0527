"""Collection: bodies that no entry names go, by order only (protocol.md, rule FENCE).

A host never collects by itself. The order says a time that has passed, so that no ticket up to it can commit any more,
and a head read after that time; the host obeys only if its own head is that one, so that it knows every entry that
could name a body. A stand-in gives back what both copies hold.
"""

from __future__ import annotations

import logging
from uuid import UUID

from carnet.errors import CarnetError
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.directory import Placement
from carnet.hosting.store import HostingStore
from carnet.journal.chain import genesis

log = logging.getLogger(__name__)


class Collection:
    """Orders hosts to collect."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def collect(self, host: str) -> int:
        """Have this host collect what it may; the number of bodies that went."""
        client = self._copies.clients[host]
        if await self._store.is_reconciling():      # what is named is not known yet
            return 0
        until = int((await self._store.now()).timestamp()) - 1
        collected = 0
        for record in await client.unnamed(before=until):
            try:
                collected += await self._collect(client, record, until)
            except CarnetError as error:
                log.info("collection at host %s left for later: %s", host, error)
        return collected

    async def _collect(self, client: HostClient, record: UUID, until: int) -> int:
        locked = await self._store.locked_head(record)
        if locked is None or await self._store.keeps_unnamed(record):
            return 0        # a record the portal does not know: only an officer decides about it
        placement, place, head = locked
        if client.host.id not in placement.both:
            if not await self._both_hold(placement, place):
                return 0    # the stand-in may hold one of the only two copies
            head = genesis(record)
        answer = await client.collect(record, placement.version, head=head, until=until)
        return 0 if answer is None else len(answer.collected)

    async def _both_hold(self, placement: Placement, place: int) -> bool:
        """Do home and reference hold all that is committed, bodies too? An empty outbox only says that they did."""
        for host in placement.both:
            there = await self._copies.clients[host].head(placement.record, placement.version)
            if there.place < place or there.lacking:
                await self._store.note_lack(placement.record, host, "found before a stand-in gave back")
                return False
        return True
