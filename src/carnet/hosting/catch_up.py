"""Catch-up: compare heads, ship what is missing.

One record at a time: entries from the outbox, older ones from the other copy, then every body that is named and not
held. It is also how a host comes back that was away, restored from its own backup, or lost something. Entries are
shipped only once they are seen to lead from the host's head to the portal's: nothing ever needs to be overwritten. A
host whose bytes did not verify is first had to look at all it has of the record, and mended (`mend`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from uuid import UUID

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.client import SLOW_SECONDS, HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.directory import Placement
from carnet.hosting.due import Due
from carnet.hosting.mend import Mend
from carnet.hosting.store import NOT_LEADING, HostingStore
from carnet.hosting.wire import BodyAt, BodyToPut, EntryToAppend, HeadAnswer, JournalPage
from carnet.journal.chain import SealedEntry, next_head, verify_suffix

log = logging.getLogger(__name__)

TICKET_SECONDS = 600
_BATCH = 32
_BATCH_BYTES = 8 * 2**20


class CatchUp:
    """Makes both copies of a record equal to what the portal committed."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store
        self._mend = Mend(copies, store)

    async def settle(self, record: UUID) -> bool:
        """Bring home and reference to the portal's head, with every body. True when both now hold it all.

        Raises HostUnavailable when a host does not answer, IntegrityError when one holds another chain than the
        portal's; the other host is brought what it lacks all the same, and what is due stays due.
        """
        began = await self._store.now()
        due = await self.due(record)
        if due is None:
            return True
        equal, failures = True, []
        suspected = await self._store.suspected(record)
        for host in due.placement.both:
            try:
                if host in suspected and (mended := await self._mend.mend(self._copies.clients[host], due)):
                    log.warning("host %s held %d entries of a record damaged, and has them again", host, mended)
                equal = await self.bring(self._copies.clients[host], due) and equal
            except CarnetError as error:
                failures.append(error)
        if failures:
            if any(isinstance(error, IntegrityError) for error in failures):
                for host in due.placement.both:     # either may be the one that is wrong: both look, next time
                    await self._store.note_lack(record, host, NOT_LEADING)
            raise failures[0]
        if equal:
            await self._store.delivered([(row.record, row.place) for row in due.tail])
            await self._store.caught_up(record, began)
        return equal

    async def due(self, record: UUID) -> Due | None:
        """What is committed of the record now; None when there is no such record."""
        locked = await self._store.locked_head(record)
        if locked is None:
            return None
        placement, place, head = locked
        return Due(placement, place, head, [row for row in await self._store.tail(record) if row.place <= place])

    async def bring(self, client: HostClient, due: Due) -> bool:
        """Bring a host all that is due; True when it now holds it. One that is neither of the two may be filled so.

        Raises HostUnavailable, IntegrityError when it holds another chain than the portal's.
        """
        there = await client.head(due.placement.record, due.placement.version)
        if there.place < due.place:
            await self._ship(client, due, there)
        there = await self._bring_bodies(client, due)
        if there.place < due.place or there.lacking:
            return False
        if await self._head_at(client, due, there) != due.head:
            raise IntegrityError(f"host {client.host.id} holds another chain than the portal's")
        return True

    async def _head_at(self, client: HostClient, due: Due, there: HeadAnswer) -> bytes:
        """The host's head at the place that is due: more may have been committed, and delivered, meanwhile."""
        if there.place == due.place:
            return bytes.fromhex(there.head)
        page = await client.journal(due.placement.record, due.placement.version, after=due.place, limit=1)
        return page.head

    async def _ship(self, client: HostClient, due: Due, there: HeadAnswer) -> None:
        previous = bytes.fromhex(there.head)
        missing = await self._missing(client, due, there.place)
        # Verified before anything is sent: the host may hold another chain, and the other copy may give another one.
        verify_suffix(due.placement.record, previous, missing, head=due.head)
        entries = []
        for place, entry in enumerate(missing, there.place + 1):
            entries.append(EntryToAppend(
                due.placement.record, due.placement.version, place, previous, entry.header, entry.sealed))
            previous = next_head(previous, entry.header, entry.sealed)
        for batch in _batches(entries):
            await client.append_all(batch)

    async def _missing(self, client: HostClient, due: Due, place: int) -> list[SealedEntry]:
        """The entries after `place`, from the outbox where it has them, else from the other copy."""
        waiting = {row.place: row.entry for row in due.tail}
        missing: list[SealedEntry] = []
        while (reached := place + len(missing)) < due.place:
            if reached + 1 in waiting:
                missing.append(waiting[reached + 1])
                continue
            page = await self._page(client, due, reached)
            missing += [SealedEntry(each.header, each.sealed) for each in page.entries[:due.place - reached]]
        return missing

    async def _page(self, client: HostClient, due: Due, after: int) -> JournalPage:
        """Entries after a place, from home, else from reference; never from the host that they are for."""
        failures: list[CarnetError] = []
        for host in due.placement.both:
            if host == client.host.id:
                continue
            try:
                page = await self._copies.clients[host].journal(
                    due.placement.record, due.placement.version, after=after, seconds=SLOW_SECONDS)
            except (HostUnavailable, IntegrityError) as error:
                failures.append(error)
                continue
            if page.entries:
                return page
        if failures:
            raise failures[0]
        raise IntegrityError("a committed entry is neither in the outbox nor at the other host")

    async def _bring_bodies(self, client: HostClient, due: Due) -> HeadAnswer:
        record, version = due.placement.record, due.placement.version
        there = await client.head(record, version)
        if not there.lacking:
            return there
        stand_ins = await self._store.stand_ins_of(due.placement)
        holders = dict.fromkeys((*(each for row in due.tail for each in row.holders), *due.placement.both, *stand_ins))
        sources = [
            self._copies.clients[each] for each in holders if each != client.host.id and each in self._copies.clients]
        for name in there.lacking:
            await self._bring_body(client, sources, due.placement, bytes.fromhex(name))
        return await client.head(record, version)

    async def _bring_body(
        self, client: HostClient, sources: Sequence[HostClient], placement: Placement, name: bytes,
    ) -> None:
        ticket_end = int((await self._store.now()).timestamp()) + TICKET_SECONDS
        for source in sources:
            try:
                sealed = await source.read(BodyAt(placement.record, placement.version, name, "catch_up"))
            except (HostUnavailable, IntegrityError):
                continue        # another source may have it; when none does, the record stays due
            if sealed is not None:
                await client.put(BodyToPut(placement.record, placement.version, name, sealed, ticket_end))
                return
        log.error("a body that host %s lacks is at no host that answered", client.host.id)


def _batches(entries: Sequence[EntryToAppend]) -> Iterator[list[EntryToAppend]]:
    """Entries in order, in calls of a bounded size."""
    batch: list[EntryToAppend] = []
    for entry in entries:
        if batch and (len(batch) == _BATCH or sum(len(each.sealed) for each in batch) > _BATCH_BYTES):
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch
