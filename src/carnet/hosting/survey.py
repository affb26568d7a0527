"""Survey: a host's whole inventory against what the portal committed.

Done for a host that restarted (its boot id changed) and from time to time: a host that silently lost a record nobody
touches would otherwise be found out only on the day the other copy is lost. What it showed is kept, with its date.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from carnet.errors import IntegrityError
from carnet.hosting.client import HostClient
from carnet.hosting.oversight.figures import Inventory
from carnet.hosting.oversight.said import Told
from carnet.hosting.store import HostingStore
from carnet.hosting.wire import InventoryLine
from carnet.journal.chain import genesis

_PAGE = 1000
_FIRST = UUID(int=0)
Due = tuple[UUID, int, bytes]
"""A record that a host should hold, with the portal's place and head."""


@dataclass(slots=True)
class _Seen:
    """What was seen since it was last noted: bounded, whatever a host holds."""

    behind: list[tuple[UUID, InventoryLine | None]] = field(default_factory=list)
    unknown: list[UUID] = field(default_factory=list)
    ahead: dict[UUID, int] = field(default_factory=dict)


class Survey:
    """Compares hosts with the portal and notes what they lack; catch-up brings it."""

    def __init__(self, store: HostingStore) -> None:
        self._store = store

    async def compare(self, client: HostClient, boot: str) -> int:
        """Note every record of which this host, since `boot`, lacks an entry or a body; how many there are."""
        began = client.heard.now() if client.heard is not None else 0.0
        compared = lacking = unknown = ahead = 0
        lines = self._lines(client)
        line = await anext(lines, None)
        async for page in self._pages(client.host.id):
            seen = _Seen()
            for record, place, head in page:
                while line is not None and line.record < record:
                    seen.unknown.append(line.record)
                    line = await anext(lines, None)
                found = None
                if line is not None and line.record == record:
                    found, line = line, await anext(lines, None)
                if _lacks(found, place, head):
                    seen.behind.append((record, found))
                elif found is not None and found.place > place:
                    seen.ahead[record] = found.place
            compared += len(page)
            lacking += await self._note_behind(client, seen, began)
            unknown += await self._unknown(client.host.id, seen.unknown)
            ahead += await self._ahead(client.host.id, seen.ahead)
        unknown += await self._unknown_after(client.host.id, line, lines)
        await self._store.oversight.was_compared(client.host.id, Inventory(compared, lacking, unknown, ahead))
        await self._store.surveyed(client.host.id, boot)
        return lacking

    async def _pages(self, host: str) -> AsyncIterator[Sequence[Due]]:
        """What the host should hold, by record id: both lists go by it, so that memory stays bounded."""
        after = _FIRST
        while page := await self._store.placed_at(host, after=after, limit=_PAGE):
            yield page
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    async def _lines(self, client: HostClient) -> AsyncIterator[InventoryLine]:
        """What the host says it holds, by record id."""
        after = last = _FIRST
        while True:
            page = await client.inventory(after="" if after == _FIRST else str(after), limit=_PAGE)
            for line in page.records:
                if line.record <= last:
                    raise IntegrityError(f"host {client.host.id} gives an inventory that is in no order")
                last = line.record
                yield line
            if page.next is None:
                return
            if page.next <= after:
                raise IntegrityError(f"host {client.host.id} gives an inventory that never ends")
            after = page.next

    async def _note_behind(self, client: HostClient, seen: _Seen, began: float) -> int:
        host = client.host.id
        await self._store.note_lacks([record for record, _ in seen.behind], host, "found by inventory")
        for record, line in seen.behind:
            if client.heard is not None and (line is None or line.lacking == 0):
                place, head = (line.place, bytes.fromhex(line.head)) if line is not None else (0, genesis(record))
                client.heard.told(Told(record, host, place, head, began, "inventory"))
        return len(seen.behind)

    async def _unknown(self, host: str, records: list[UUID]) -> int:
        """How many of these the host was never given: what it kept as a stand-in, or once, it was."""
        return len(set(records) - await self._store.oversight.known_here(host, records)) if records else 0

    async def _unknown_after(
        self, host: str, line: InventoryLine | None, lines: AsyncIterator[InventoryLine],
    ) -> int:
        unknown, waiting = 0, [] if line is None else [line.record]
        async for each in lines:
            waiting.append(each.record)
            if len(waiting) == _PAGE:
                unknown += await self._unknown(host, waiting)
                waiting = []
        return unknown + await self._unknown(host, waiting)

    async def _ahead(self, host: str, told: dict[UUID, int]) -> int:
        """Of how many it holds more than was committed until now: what was committed meanwhile is no fault."""
        now = await self._store.oversight.places(list(told)) if told else {}
        ahead = {record: place for record, place in told.items() if place > now.get(record, 0)}
        if ahead:
            await self._store.note_ahead(host, ahead)
        return len(ahead)


def _lacks(line: InventoryLine | None, place: int, head: bytes) -> bool:
    if line is None:
        return place > 0
    return line.lacking > 0 or line.place < place or (line.place == place and line.head != head.hex())
