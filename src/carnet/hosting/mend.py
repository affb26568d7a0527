"""Mend: what a host holds damaged, without knowing it or with a right head all the same, is written again.

Heads and inventories compare what hosts note of what they hold. When something was wrong with the bytes themselves (a
challenge, a body or a journal that did not verify), the host reads again all that it has of the record, and the entries
that it then finds damaged come from the other copy, and from its own where that one is damaged too. Bodies found
damaged are lacking from then on: catch-up brings them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from carnet.errors import HostUnavailable, IntegrityError
from carnet.hosting.client import SLOW_SECONDS, HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.due import Due
from carnet.hosting.store import NOT_LEADING, HostingStore
from carnet.hosting.wire import EntryToAppend
from carnet.journal.chain import SealedEntry, genesis, next_head, verify_suffix

_AT_ONCE = 32
_PAGE = 500
Entries = Mapping[int, SealedEntry]


class Mend:
    """Has hosts look at their bytes, and repairs entries from either copy."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store

    async def mend(self, client: HostClient, due: Due) -> int:
        """Have one of the record's two hosts verify what it has of it; how many entries were written again.

        Raises HostUnavailable, and IntegrityError when an entry is damaged at both, or the host does not take one.
        """
        there = await client.head(due.placement.record, due.placement.version, verify=True)
        damaged = [place for place in there.damaged if 0 < place <= due.place]
        if not damaged:
            return 0
        chain = await self._chain(client, due, damaged)
        # The last ones first: a host takes an entry again when it leads to one that it knows.
        for start in range(0, len(damaged), _AT_ONCE)[::-1]:
            results = await client.append_all([chain[place] for place in damaged[start:start + _AT_ONCE]])
            if not all(result.is_stored for result in results):
                raise IntegrityError(f"host {client.host.id} does not take entries of its own chain again")
        return len(damaged)

    async def _chain(self, client: HostClient, due: Due, damaged: Collection[int]) -> dict[int, EntryToAppend]:
        """All entries of the record, from the outbox and from whichever copy has each of them whole."""
        [other] = [self._copies.clients[host] for host in due.placement.both if host != client.host.id]
        # What waits may have gaps: an entry leaves the outbox as soon as both have it, whatever came before.
        waiting: Entries = {row.place: row.entry for row in due.tail}
        theirs: Entries = {**await _entries_of(other, due), **waiting}
        ways = [theirs] if _lead_to(due, theirs) else [
            {**way, **waiting} for way in await self._merged(client, other, due, (theirs, damaged))]
        right = next((way for way in ways if _lead_to(due, way)), None)
        if right is None:
            raise IntegrityError("neither copy, nor both together, lead to the head of a record")
        chain, reached = {}, genesis(due.placement.record)
        for each, entry in sorted(right.items()):
            chain[each] = EntryToAppend(
                due.placement.record, due.placement.version, each, reached, entry.header, entry.sealed)
            reached = next_head(reached, entry.header, entry.sealed)
        return chain

    async def _merged(
        self, client: HostClient, other: HostClient, due: Due, damage: tuple[Entries, Collection[int]],
    ) -> list[Entries]:
        """Each entry from the copy where it is whole, in two ways: a host also tells what comes after a lost entry.

        The other copy is damaged too: it will be mended as well.
        """
        theirs, damaged = damage
        record, version = due.placement.record, due.placement.version
        await self._store.note_lack(record, other.host.id, NOT_LEADING)
        damaged_there = (await other.head(record, version, verify=True)).damaged
        ours = await _entries_of(client, due)
        ours_whole = {place: entry for place, entry in ours.items() if place not in damaged}
        theirs_whole = {place: entry for place, entry in theirs.items() if place not in damaged_there}
        return [{**ours, **theirs, **ours_whole}, {**theirs, **ours, **theirs_whole}]


async def _entries_of(client: HostClient, due: Due) -> dict[int, SealedEntry]:
    """What this host has of what is due, holes left out; nothing when it cannot be read."""
    entries: dict[int, SealedEntry] = {}
    after = 0
    while after < due.place:
        try:
            page = await client.journal(
                due.placement.record, due.placement.version, after=after, limit=_PAGE, seconds=SLOW_SECONDS)
        except (HostUnavailable, IntegrityError):
            break
        entries |= {each.place: SealedEntry(each.header, each.sealed) for each in page.entries}
        after = page.entries[-1].place if page.entries else after + _PAGE
    return {place: entry for place, entry in entries.items() if place <= due.place}


def _lead_to(due: Due, entries: Entries) -> bool:
    """Are these all the entries of the record, and do they lead to its head?"""
    if sorted(entries) != list(range(1, due.place + 1)):
        return False
    ordered: Sequence[SealedEntry] = [entries[each] for each in sorted(entries)]
    try:
        verify_suffix(due.placement.record, genesis(due.placement.record), ordered, head=due.head)
    except IntegrityError:
        return False
    return True
