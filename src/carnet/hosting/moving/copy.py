"""Copy: brings records to the host they go to, in bulk; those that cannot be so, one by one.

In bulk: what the old host exports, else the other copy, is filled in at the new host in one call. It is sent only when
its entries lead to the portal's head, and counts only when the new host says, in a receipt, that it has that head and
lacks no body. What is too large, behind, in the outbox still, or lacks a body, is brought as catch-up brings it. The
new host is given all under the version that the record will have there: of two hosts it is then the one that came last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from carnet.errors import CarnetError, HostUnavailable, IntegrityError
from carnet.hosting.bulk_wire import CopyFrom, CopyToFill, RecordCopy
from carnet.hosting.catch_up import CatchUp
from carnet.hosting.client import HostClient
from carnet.hosting.copies import Copies
from carnet.hosting.due import Due
from carnet.hosting.moving.campaign import Filled, Move
from carnet.hosting.store import HostingStore
from carnet.hosting.wire import EntryToAppend
from carnet.journal.chain import SealedEntry, genesis, next_head

log = logging.getLogger(__name__)

EXPORT_BYTES = 8 * 2**20
_TICKET_SECONDS = 600
_ONE_BY_ONE = 8


class Copying:
    """Fills records in at their new hosts. `copied` counts the sealed bytes that were sent in bulk."""

    def __init__(self, copies: Copies, hosting: HostingStore, *, most_bytes: int = EXPORT_BYTES) -> None:
        self._copies = copies
        self._most_bytes = most_bytes
        self._hosting = hosting
        self._catch_up = CatchUp(copies, hosting)
        self.copied = 0

    async def fill(self, moves: Sequence[Move]) -> list[Filled]:
        """Those of these records that their new hosts now hold; those that are not in the answer come again later."""
        filled: list[Filled] = []
        for group in _by_hosts(moves):
            filled += await self._in_bulk(group)
        done = {each.move.record for each in filled}
        return filled + await self.bring([move for move in moves if move.record not in done])

    async def bring(self, moves: Sequence[Move]) -> list[Filled]:
        """The same, one by one, up to what is committed now. What a host refuses is logged, and not in the answer."""
        filled: list[Filled] = []
        for start in range(0, len(moves), _ONE_BY_ONE):
            batch = moves[start:start + _ONE_BY_ONE]
            filled += [each for each in await asyncio.gather(*(self._bring(move) for move in batch)) if each]
        return filled

    async def _in_bulk(self, moves: Sequence[Move]) -> list[Filled]:
        filled: list[Filled] = []
        left = list(moves)
        try:
            while left:
                copies = await self._exported(left)
                filled += await self._filled(left[:len(copies)], copies)
                left = left[len(copies):]
        except (HostUnavailable, IntegrityError) as error:
            log.info("records are copied one by one: %s", error)
        return filled

    async def _exported(self, moves: Sequence[Move]) -> Sequence[RecordCopy]:
        asked = [CopyFrom(move.record, move.version) for move in moves]
        first = moves[0]
        try:
            return await self._copies.clients[first.from_host].export(asked, most_bytes=self._most_bytes)
        except (HostUnavailable, IntegrityError) as error:
            log.info("records are copied from host %s: %s", first.other_host, error)
            return await self._copies.clients[first.other_host].export(asked, most_bytes=self._most_bytes)

    async def _filled(self, moves: Sequence[Move], copies: Sequence[RecordCopy]) -> list[Filled]:
        whole = [(move, copy) for move, copy in zip(moves, copies, strict=True) if _is_due(move, copy)]
        if not whole:
            return []
        ticket_end = int((await self._hosting.now()).timestamp()) + _TICKET_SECONDS
        target = self._copies.clients[whole[0][0].to_host]
        results = await target.fill([_to_fill(move, copy, ticket_end) for move, copy in whole])
        self.copied += sum(_weight(copy) for _, copy in whole)
        return [
            Filled(move, move.place, move.head, tuple(body.id for body in copy.bodies))
            for (move, copy), result in zip(whole, results, strict=True)
            if result.is_stored and (result.place, result.head) == (move.place, move.head) and not result.lacking]

    async def _bring(self, move: Move) -> Filled | None:
        try:
            due = await self._catch_up.due(move.record)
            if due is None or due.placement.version != move.version:
                return None     # it moved meanwhile: looked at again when its turn comes
            due = replace(due, placement=replace(due.placement, version=move.version + 1))
            target = self._copies.clients[move.to_host]
            if await self._catch_up.bring(target, due):
                await self._place(target, due)
                return Filled(move, due.place, due.head)
        except CarnetError as error:
            log.info("a record is moved later: %s", error)
        return None

    async def _place(self, target: HostClient, due: Due) -> None:
        """Have a host to which nothing had to be brought hold what it has under the version that the record will have.

        The last entry, given again under that version, says so, as the call in bulk does: an order to erase what the
        host held before, that comes late, finds that the record came back (rule TOMB).
        """
        record, version = due.placement.record, due.placement.version
        if (await target.head(record, version)).version >= version:
            return
        last = await target.journal(record, version, after=due.place - 1, limit=1)
        again = [
            EntryToAppend(record, version, due.place, last.head, entry.header, entry.sealed) for entry in last.entries]
        if not again or not all(result.is_stored for result in await target.append_all(again)):
            raise IntegrityError(f"host {target.host.id} does not know its own last entry again")


def _by_hosts(moves: Sequence[Move]) -> Iterator[list[Move]]:
    groups: dict[tuple[str, str, str], list[Move]] = {}
    for move in moves:
        groups.setdefault((move.from_host, move.other_host, move.to_host), []).append(move)
    yield from groups.values()


def _is_due(move: Move, copy: RecordCopy) -> bool:
    """Is this all that is committed? A wrong chain is sent to nobody: nothing could ever be put in its place."""
    if not copy.is_whole or copy.lacking or copy.place != move.place:
        return False
    reached = genesis(move.record)
    for entry in copy.entries:
        reached = next_head(reached, entry.header, entry.sealed)
    return len(copy.entries) > 0 and reached == move.head


def _to_fill(move: Move, copy: RecordCopy, ticket_end: int) -> CopyToFill:
    entries = tuple(SealedEntry(each.header, each.sealed) for each in copy.entries)
    return CopyToFill(
        move.record, move.version + 1, 1, genesis(move.record), move.head, entries, copy.bodies, ticket_end)


def _weight(copy: RecordCopy) -> int:
    return sum(len(each.sealed) for each in copy.entries) + sum(len(each.sealed) for each in copy.bodies)
