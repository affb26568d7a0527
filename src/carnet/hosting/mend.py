"""Mend: what a host holds damaged, without knowing it or with a right head all the same, is written again.

Heads and inventories compare what hosts note of what they hold. When something was wrong with the bytes themselves (a
challenge, a body or a journal that did not verify), the host reads again all that it has of the record, and the entries
that it then finds damaged come from the other copy. Bodies found damaged are lacking from then on: catch-up brings
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from carnet.hosting.copies import Copies
from carnet.hosting.store import HostingStore
from carnet.hosting.suffix import ChainEnd, suffix_from
from carnet.hosting.wire import EntryToAppend
from carnet.journal.chain import next_head

_AT_ONCE = 32


class Mend:
    """Has hosts look at their bytes, and repairs entries from the other copy."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def mend(self, record: UUID, host: str) -> int:
        """Have this host verify what it has of the record; how many entries were written again.

        Raises HostUnavailable, IntegrityError when the other copy does not lead to the portal's head either.
        """
        locked = await self._store.locked_head(record)
        if locked is None or host not in locked[0].both:
            return 0
        placement, place, head = locked
        there = await self._copies.clients[host].head(record, placement.version, verify=True)
        damaged = [each for each in there.damaged if 0 < each <= place]
        if not damaged:
            return 0
        home, reference = placement.both
        waiting = await self._store.tail(record)
        end = ChainEnd(record, placement.version, place, head)
        if waiting:     # no host need have what waits in the outbox
            end = ChainEnd(record, placement.version, waiting[0].place - 1, waiting[0].previous)
        entries = await self._good(reference if host == home else home, end, [p for p in damaged if p <= end.place])
        for start in range(0, len(entries), _AT_ONCE):
            await self._copies.clients[host].append_all(entries[start:start + _AT_ONCE])
        return len(entries)

    async def _good(self, other: str, end: ChainEnd, places: Sequence[int]) -> list[EntryToAppend]:
        """The entries at these places as the other copy has them."""
        if not places:
            return []
        reached, entries = await suffix_from(self._copies.clients[other], end, min(places))
        found = []
        for place, entry in enumerate(entries, min(places)):
            if place in places:
                found.append(EntryToAppend(end.record, end.version, place, reached, entry.header, entry.sealed))
            reached = next_head(reached, entry.header, entry.sealed)
        return found
