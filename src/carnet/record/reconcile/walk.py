"""The walk: all records, in the order of their ids, as portal, key store and every host have them.

First every host says which was the greatest epoch it saw, and the platform begins a new life beyond it: nothing that
was ordered before lands any more (rule EPOCH). What was compared is served at once; a walk that is cut off goes on
from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.events import NO_RECORD, Event
from carnet.audit.gap import ACT as GAP
from carnet.audit.gap import Gap
from carnet.errors import CarnetError, HostUnavailable, Unavailable
from carnet.hosting.client import HostClient
from carnet.record.reconcile.found import Finding, Found
from carnet.record.reconcile.guard import Guard
from carnet.record.reconcile.one import ACT, SYSTEM, OneRecord
from carnet.record.reconcile.position import ALL
from carnet.record.reconcile.streams import PAGE, batches
from carnet.record.reconcile.values import Reconcile
from carnet.record.stores import Stores

log = logging.getLogger(__name__)

_AT_ONCE = 16
_MOST_DAYS = 62


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the walk is: records compared, what part of all ids that is, and how many things differed."""

    seen: int
    part: float
    differences: int


class Walk:
    """Compares a restored portal with its hosts. One process at a time does it."""

    def __init__(self, stores: Stores, guard: Guard, audit_key: Ed25519PrivateKey, *, page: int = PAGE) -> None:
        self._stores = stores
        self._guard = guard
        self._key = audit_key
        self._page = page
        self._one = OneRecord(stores, guard.store, guard.marks)

    async def run(self, tell: Callable[[Progress], None] = lambda _: None) -> bool:
        """Compare all that was not yet; False when another process does, or when nothing is to be done.

        Raises HostUnavailable while a host does not answer that nobody said to go on without.
        """
        async with self._guard.store.turn() as is_ours:
            reconcile = await self._guard.store.reconcile() if is_ours else None
            if reconcile is None or not reconcile.is_under_way:
                return False
            clients = self._asked(reconcile)
            reconcile = await self._in_a_new_life(reconcile, clients)
            differences = await self._compare(reconcile, clients, tell)
            counts = await self._guard.store.counts(reconcile.reconcile_id)
            detail = {"found": counts, "host_counts": await self._counted(reconcile, clients)}
            await self._guard.store.end(reconcile.reconcile_id, _event(reconcile, ACT, detail))
            await self._guard.look()
            log.warning("the portal was compared with its hosts: %d differences in this walk", differences)
            return True

    async def _counted(self, reconcile: Reconcile, clients: Mapping[str, HostClient]) -> dict[str, list[str]]:
        """What each host signed that it read on the days whose traces are lost: receipts, for the trace of the end.

        A host that gives none now is left out: its counts stay where they are, and can be asked for later.
        """
        first, last = reconcile.restored_at.astimezone(UTC).date(), reconcile.began_at.astimezone(UTC).date()
        days = [last - timedelta(days=back) for back in range(min((last - first).days, _MOST_DAYS) + 1)]
        counted: dict[str, list[str]] = {}
        for host, client in clients.items():
            try:
                counted[host] = [(await client.counts(day.isoformat())).receipt for day in days]
            except CarnetError as error:
                log.info("no counts of host %s: %s", host, error)
        return counted

    def _asked(self, reconcile: Reconcile) -> dict[str, HostClient]:
        """Every host there is or was, but those that officers said to go on without (rule ALLHOSTS)."""
        clients = self._stores.copies.clients
        former = reconcile.former.hosts if reconcile.former is not None else ()
        return {host: clients[host] for host in sorted({*clients, *former}) if host not in reconcile.without}

    async def _in_a_new_life(self, reconcile: Reconcile, clients: Mapping[str, HostClient]) -> Reconcile:
        seen = [await _greatest_epoch(client) for client in clients.values()]
        remembered = reconcile.former.epoch if reconcile.former is not None else 0
        if reconcile.epoch is None or max(seen, default=0) > reconcile.epoch:
            ours = (await self._guard.position()).mark.epoch
            epoch = 1 + max(remembered, ours, *seen)      # ours is of the backup: it alone would say too little
            await self._guard.store.assign_epoch(reconcile.reconcile_id, epoch, await self._first_traces(
                reconcile, epoch))
        await self._guard.look()
        again = await self._guard.store.reconcile(reconcile.reconcile_id)
        if again is None:
            raise Unavailable("the reconcile is no more")
        return again

    async def _first_traces(self, reconcile: Reconcile, epoch: int) -> Sequence[Event]:
        """The signed gap: what comes after it in the audit log is of the new life."""
        if reconcile.former is None or reconcile.epoch is not None:
            return ()
        now, published = await self._guard.position(), reconcile.former.checkpoint
        gap = Gap(epoch, published.size, published.root, published.at, now.mark.log_size, now.log_root)
        return (_event(reconcile, GAP, gap.detail(self._key)),)

    async def _compare(
        self, reconcile: Reconcile, clients: Mapping[str, HostClient], tell: Callable[[Progress], None],
    ) -> int:
        store, differences, seen = self._guard.store, 0, reconcile.seen
        async for batch in batches(store, self._guard.marks, clients, after=reconcile.upto, limit=self._page):
            findings = await self._settled(batch.found, request_id=str(reconcile.reconcile_id))
            await store.note(reconcile.reconcile_id, findings)
            await store.advance(reconcile.reconcile_id, batch.upto, len(batch.found))
            differences += len(findings)
            seen += len(batch.found)
            tell(Progress(seen, batch.upto.int / ALL.int, differences))
        return differences

    async def _settled(self, found: Sequence[Found], *, request_id: str) -> list[Finding]:
        findings: list[Finding] = []
        for some in _in_turns(found):
            for each in await asyncio.gather(*(self._one.settle(one, request_id=request_id) for one in some)):
                findings += each
        return findings


def _in_turns(found: Sequence[Found]) -> Iterator[Sequence[Found]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start:start + _AT_ONCE]


async def _greatest_epoch(client: HostClient) -> int:
    status = await client.status()
    if status.host != client.host.id:
        raise HostUnavailable(client.host.id, f"another host answers at its address, {status.host}")
    return status.epoch


def _event(reconcile: Reconcile, act: str, detail: Mapping[str, object]) -> Event:
    return Event(NO_RECORD, act, "done", "platform", str(reconcile.reconcile_id), SYSTEM, dict(detail))
