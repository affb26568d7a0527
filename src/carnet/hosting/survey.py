"""Survey: a host's whole inventory against what the portal committed.

Done for a host that restarted (its boot id changed) and from time to time: a host that silently lost a record nobody
touches would otherwise be found out only on the day the other copy is lost.
"""

from __future__ import annotations

from uuid import UUID

from carnet.errors import IntegrityError
from carnet.hosting.client import HostClient
from carnet.hosting.store import HostingStore
from carnet.hosting.wire import InventoryLine

_PAGE = 1000
_FIRST = UUID(int=0)


class Survey:
    """Compares hosts with the portal and notes what they lack; catch-up brings it."""

    def __init__(self, store: HostingStore) -> None:
        self._store = store

    async def compare(self, client: HostClient, boot: str) -> int:
        """Note every record of which this host, since `boot`, lacks an entry or a body; how many there are."""
        lacking, after = 0, _FIRST
        while True:
            page = await self._store.placed_at(client.host.id, after=after, limit=_PAGE)
            held = await self._held(client, after=after, until=page[-1][0] if page else None)
            behind = [record for record, place, head in page if _lacks(held.get(record), place, head)]
            await self._store.note_lacks(behind, client.host.id, "found by inventory")
            lacking += len(behind)
            if len(page) < _PAGE:
                break
            after = page[-1][0]
        await self._store.surveyed(client.host.id, boot)
        return lacking

    async def _held(self, client: HostClient, *, after: UUID, until: UUID | None) -> dict[UUID, InventoryLine]:
        """What the host holds between two records: both lists go by record id, so memory stays bounded."""
        held: dict[UUID, InventoryLine] = {}
        while until is not None:
            page = await client.inventory(after="" if after == _FIRST else str(after), limit=_PAGE)
            held.update((line.record, line) for line in page.records if line.record <= until)
            if page.next is None or page.next >= until:
                break
            if page.next <= after:
                raise IntegrityError(f"host {client.host.id} gives an inventory that never ends")
            after = page.next
        return held


def _lacks(line: InventoryLine | None, place: int, head: bytes) -> bool:
    if line is None:
        return place > 0
    return line.lacking > 0 or line.place < place or (line.place == place and line.head != head.hex())

