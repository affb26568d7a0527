"""Two copies of every body, before anything is acknowledged (protocol.md, rules TWO, STANDIN, EVER).

Home and reference are asked at once. One that fails, or has not answered after a third of a second, is replaced by a
stand-in; the first two durable answers win. Fewer than two in the whole budget: nothing is acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from carnet.errors import HostUnavailable, TooFewCopies
from carnet.hosting.client import HostClient
from carnet.hosting.directory import Directory, Placement
from carnet.hosting.hedged import Hedged
from carnet.hosting.store import NOT_THERE, HostingStore
from carnet.hosting.wire import BodyAt, BodyToPut
from carnet.journal.seal import SealedBody


@dataclass(frozen=True, slots=True)
class Budgets:
    """How long a put may take: when a stand-in is asked, and when it all ends, in seconds."""

    stand_in_after_seconds: float = 0.3
    total_seconds: float = 1.5


class Clients(dict[str, HostClient]):
    """Clients by host. A host that records are placed at and settings no longer name is one that is away."""

    def __missing__(self, host: str) -> HostClient:
        raise HostUnavailable(host, "it is not among the hosts of this platform")


class Copies:
    """Puts bodies at two hosts, and reads them from one."""

    def __init__(
        self, directory: Directory, clients: Mapping[str, HostClient], store: HostingStore, budgets: Budgets,
    ) -> None:
        self.directory = directory
        self.clients = Clients(clients)
        self._store = store
        self._budgets = budgets
        self.hedged = Hedged(budgets.stand_in_after_seconds)

    async def put(
        self, placement: Placement, bodies: Sequence[SealedBody], *, ticket_end: int,
    ) -> tuple[str, ...]:
        """Put every body at two hosts and say which two. Raises TooFewCopies when no two took them in time."""
        items = [BodyToPut(placement.record, placement.version, body.id, body.sealed, ticket_end) for body in bodies]
        pending = {asyncio.ensure_future(self._put_at(host, items)) for host in placement.both}
        try:
            async with asyncio.timeout(self._budgets.total_seconds):
                return await self._first_two(placement, items, pending)
        except TimeoutError:
            raise TooFewCopies("fewer than two hosts took the document in time; nothing was kept") from None
        finally:
            # A late put may still land: its body is then one that no entry names there, or the copy it should have.
            self.hedged.let_finish(pending)

    async def read(self, placement: Placement, name: bytes) -> bytes:
        """The sealed body from home, else reference, else a stand-in. Raises HostUnavailable when none gave it.

        One that has not answered after a third of a second is waited for no longer alone: the next is asked too.
        """
        sealed = await self.hedged.first(self._readings(placement, name))
        if sealed is None:
            raise HostUnavailable(placement.home, "a body is at none of the hosts that answered")
        return sealed

    async def _readings(self, placement: Placement, name: bytes) -> AsyncIterator[Coroutine[Any, Any, bytes]]:
        is_first = True
        for ask in (self._both, self._store.stand_ins_of):      # stand-ins only when both failed, or are late
            for host in await ask(placement):
                yield self._read_at(host, placement, name, is_first=is_first)
                is_first = False

    async def _both(self, placement: Placement) -> Sequence[str]:
        return placement.both

    async def _read_at(self, host: str, placement: Placement, name: bytes, *, is_first: bool) -> bytes:
        purpose = "retrieve" if is_first else "again"      # a trace explains the first one only
        sealed = await self.clients[host].read(BodyAt(placement.record, placement.version, name, purpose))
        if sealed is None:
            if host in placement.both:
                await self._store.note_lack(placement.record, host, NOT_THERE)
            raise HostUnavailable(host, "it lacks a body, or holds it damaged")
        return sealed

    async def _first_two(
        self, placement: Placement, items: Sequence[BodyToPut], pending: set[asyncio.Task[str]],
    ) -> tuple[str, ...]:
        loop = asyncio.get_running_loop()
        late_at = loop.time() + self._budgets.stand_in_after_seconds
        first, spares = set(pending), iter(self._stand_ins(placement))
        holders: list[str] = []
        while len(holders) < 2:
            is_late = loop.time() >= late_at
            hoped_for = len(holders) + len(pending - first if is_late else pending)
            while hoped_for < 2 and (host := next(spares, None)) is not None:
                if await self._store.note_stand_in(placement.record, host):     # rule EVER: before it holds anything
                    pending.add(asyncio.ensure_future(self._put_at(host, items)))
                    hoped_for += 1
            if len(holders) + len(pending) < 2:
                raise TooFewCopies("fewer than two hosts could take the document; nothing was kept")
            done, _ = await asyncio.wait(
                pending, timeout=None if is_late else late_at - loop.time(), return_when=asyncio.FIRST_COMPLETED)
            pending -= done
            holders += [task.result() for task in done if task.exception() is None]
        return tuple(holders[:2])

    def _stand_ins(self, placement: Placement) -> list[str]:
        now = monotonic()
        return [
            host.id for host in self.directory.stand_ins(placement) if self.clients[host.id].puts.would_allow(now)]

    async def _put_at(self, host: str, items: Sequence[BodyToPut]) -> str:
        await asyncio.gather(*(self.clients[host].put(item) for item in items))
        return host
