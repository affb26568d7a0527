"""Catch-up in bulk: a host that was away is brought many records in a call, from the copy that has them.

What a host lacks after an outage is the end of many journals, with their bodies: asked from the other copy in one
call, seen to lead from the place that the host should be at to the portal's head, and given in another. Compared and
set like every append, it can be done twice, or be broken off anywhere. Whatever is not as simple is left to `catch_up`,
one record at a time. Memory is bounded: so many records, and so many bytes of copies, for each of two lanes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.bulk_wire import CopyFrom, CopyToFill, RecordCopy
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.due import Due
from carnet.hosting.store import HostingStore, OutboxRow
from carnet.hosting.wire import EntryResult
from carnet.journal.chain import SealedEntry, verify_suffix

log = logging.getLogger(__name__)

RECORDS = 100
EXPORT_BYTES = 8 * 2**20
_LANES = 2
_TICKET_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Behind:
    """A record of which one host lacks the end: what follows `after`, whose head is `previous`."""

    due: Due
    target: str
    source: str
    after: int
    previous: bytes


class InBulk:
    """Brings the ends of many journals to the one of two hosts that lacks them."""

    def __init__(self, copies: Copies, store: HostingStore, *, most_bytes: int = EXPORT_BYTES) -> None:
        self._copies = copies
        self._store = store
        self._most_bytes = most_bytes

    async def settle(self, records: Sequence[UUID]) -> set[UUID]:
        """Those of these records that both hosts now hold whole. The others may need more than this can do."""
        parts = iter([records[start:start + RECORDS] for start in range(0, len(records), RECORDS)])
        settled: set[UUID] = set()

        async def lane() -> None:
            for part in parts:
                settled.update(await self._part(part))

        await asyncio.gather(*(lane() for _ in range(_LANES)))
        return settled

    async def _part(self, records: Sequence[UUID]) -> set[UUID]:
        began = await self._store.now()
        dues = await self._dues(records)
        lacks = await self._store.lacks_of(records)
        behind = [each for record, due in dues.items() for each in await self._behind(due, lacks.get(record, {}))]
        brought: list[Due] = []
        for group in _by_hosts(behind):
            try:
                brought += await self._bring(group)
            except (HostUnavailable, IntegrityError) as error:
                log.info("records are caught up one by one: %s", error)
        await self._store.delivered([(row.record, row.place) for due in brought for row in due.tail])
        done = {due.placement.record for due in brought}
        await self._store.all_caught_up([record for record in done if record in lacks], began)
        return done

    async def _dues(self, records: Sequence[UUID]) -> dict[UUID, Due]:
        """What is committed of each of these records now."""
        heads = await self._store.locked_heads(records)
        tails: dict[UUID, list[OutboxRow]] = {}
        for row in await self._store.tails(records):
            tails.setdefault(row.record, []).append(row)
        return {
            placement.record: Due(
                placement, place, head, [row for row in tails.get(placement.record, []) if row.place <= place])
            for placement, place, head in heads}

    async def _behind(self, due: Due, noted: Mapping[str, bool]) -> list[Behind]:
        """The one host that lacks the end of this record, if it is one, and may be asked; else nothing."""
        hosts = _lacking(due, noted)
        if len(hosts) != 1 or any(noted.values()):
            return []
        [target] = hosts
        [source] = [host for host in due.placement.both if host != target]
        if any(self._copies.clients[host].writes.is_open for host in hosts):
            return []       # taken for down: its line finds out when it is up again
        after, previous = due.delivered
        if not due.tail:
            try:
                there = await self._copies.clients[target].head(due.placement.record, due.placement.version)
            except CarnetError:
                return []
            after, previous = there.place, bytes.fromhex(there.head)
        return [Behind(due, target, source, after, previous)] if after < due.place else []

    async def _bring(self, group: Sequence[Behind]) -> list[Due]:
        source, target = (self._copies.clients[host] for host in (group[0].source, group[0].target))
        brought: list[Due] = []
        left = list(group)
        while left:
            copies = await source.export(
                [CopyFrom(each.due.placement.record, each.due.placement.version, each.after) for each in left],
                most_bytes=self._most_bytes)
            brought += await self._given(target, left[:len(copies)], copies)
            left = left[len(copies):]
        return brought

    async def _given(
        self, target: HostClient, group: Sequence[Behind], copies: Sequence[RecordCopy],
    ) -> list[Due]:
        ticket_end = int((await self._store.now()).timestamp()) + _TICKET_SECONDS
        fills = [
            (each.due, fill) for each, copy in zip(group, copies, strict=True)
            if (fill := _to_fill(each, copy, ticket_end)) is not None]
        if not fills:
            return []
        results = await target.fill([fill for _, fill in fills])
        return [due for (due, _), result in zip(fills, results, strict=True) if _is_there(due, result)]


def _lacking(due: Due, noted: Mapping[str, bool]) -> set[str]:
    """The hosts that were not given what waits, or are known to lack something."""
    given = [set(row.holders) for row in due.tail]
    return {host for host in due.placement.both if host in noted or any(host not in holders for holders in given)}


def _by_hosts(behind: Sequence[Behind]) -> Iterator[list[Behind]]:
    groups: dict[tuple[str, str], list[Behind]] = {}
    for each in behind:
        groups.setdefault((each.source, each.target), []).append(each)
    yield from groups.values()


def _to_fill(behind: Behind, copy: RecordCopy, ticket_end: int) -> CopyToFill | None:
    """What the host lacks, up to what is due; None when this copy is not whole, or leads elsewhere."""
    placement, place = behind.due.placement, behind.due.place
    entries = tuple(SealedEntry(each.header, each.sealed) for each in copy.entries[:place - behind.after])
    if not copy.is_whole or copy.lacking or len(entries) < place - behind.after:
        return None
    try:
        # Verified before anything is sent: nothing could ever be put in the place of a wrong chain.
        headers = verify_suffix(placement.record, behind.previous, entries, head=behind.due.head)
    except IntegrityError:
        return None
    names = {body.id for header in headers for body in header.bodies}
    bodies = tuple(body for body in copy.bodies if body.id in names)
    return CopyToFill(
        placement.record, placement.version, behind.after + 1, behind.previous, behind.due.head, entries, bodies,
        ticket_end)


def _is_there(due: Due, result: EntryResult) -> bool:
    if not result.is_stored or result.lacking:
        return False
    return result.place > due.place or (result.place, result.head) == (due.place, due.head)
