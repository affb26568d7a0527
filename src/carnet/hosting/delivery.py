"""Delivery: every entry reaches home and reference, with its bodies, and then leaves the outbox.

At once from memory after a commit; the worker reads the table for whatever did not go through. Appends are compared
and set (protocol.md, rule CAS), so that doing it twice, or by two ways, stores it once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from carnet.errors import CarnetError
from carnet.hosting.client import GATHER_SECONDS
from carnet.hosting.copies import Copies
from carnet.hosting.directory import Placement
from carnet.hosting.flights import Flights
from carnet.hosting.store import HostingStore, OutboxRow
from carnet.hosting.wire import EntryToAppend

log = logging.getLogger(__name__)


class Delivery:
    """Brings entries to both hosts right after their commit."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._done: Flights[tuple[UUID, int], None] = Flights(
            self._leave_outbox, most=256, gather_seconds=GATHER_SECONDS)
        self._store = store
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self, placement: Placement, row: OutboxRow) -> None:
        """Deliver this entry in the background. Whatever goes wrong is left to the worker."""
        task = asyncio.ensure_future(self._deliver(placement, row))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Wait for the deliveries under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _deliver(self, placement: Placement, row: OutboxRow) -> None:
        entry = entry_to_append(placement, row)
        are_whole = await asyncio.gather(*(self._is_whole_at(host, entry) for host in placement.both))
        if all(are_whole):
            await self._done((row.record, row.place))

    async def _is_whole_at(self, host: str, entry: EntryToAppend) -> bool:
        """Give the host its entry. A failure ends nothing: the call to the other host is under way as long as it is."""
        try:
            result = await self._copies.clients[host].append(entry)
        except CarnetError as error:
            log.info("delivery left to the worker: %s", error)
            return False
        return result.is_stored and not result.lacking

    async def _leave_outbox(self, rows: Sequence[tuple[UUID, int]]) -> Sequence[None]:
        await self._store.delivered(rows)
        return [None] * len(rows)


def entry_to_append(placement: Placement, row: OutboxRow) -> EntryToAppend:
    """An outbox row, for a host."""
    return EntryToAppend(
        row.record, placement.version, row.place, row.previous, row.entry.header, row.entry.sealed)
