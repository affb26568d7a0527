"""The guard: every process looks, again and again, whether its database is behind what it once was.

What the key store remembers is read first, then where the database is: the one can only be behind the other if it was
rolled back. Then, and only then, nothing is served until it was compared with the hosts. Nobody needs to notice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from carnet.errors import CarnetError, IntegrityError, Unavailable
from carnet.hosting.client import SLOW_SECONDS
from carnet.hosting.copies import Copies
from carnet.hosting.tokens import TokenSigner
from carnet.journal.chain import SealedEntry
from carnet.journal.seal import unseal_entry
from carnet.journal.store import KeyStore
from carnet.record.reconcile.mark.store import MarkStore
from carnet.record.reconcile.position import Position, why_behind
from carnet.record.reconcile.store import ReconcileStore

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0


class Guard:
    """Looks after one process's idea of the platform: its epoch, and whether it may serve.

    `forget` drops what this process has at hand: it may be of a database that is no more.
    """

    def __init__(
        self, store: ReconcileStore, marks: MarkStore, signer: TokenSigner, *, hosts: Sequence[str],
        forget: Callable[[], None],
    ) -> None:
        self.store = store
        self.marks = marks
        self._signer = signer
        self._hosts = sorted(hosts)
        self._forget = forget

    async def position(self) -> Position:
        """Where the portal's database is now."""
        return await self.store.position(self._hosts)

    async def look(self) -> bool:
        """True when the platform serves; False when it is being compared with its hosts. Raises Unavailable."""
        remembered = await self.marks.remembered()
        now = await self.position()
        if now.reconciling is None and (why := why_behind(now, remembered)):
            log.error("the portal was restored: %s; it serves nothing until it was compared with its hosts", why)
            await self.store.begin(why, now, remembered)
            now = await self.position()
        if now.mark.epoch != self._signer.epoch:
            self._signer.epoch = now.mark.epoch
            self._forget()
        await self.marks.advance(now.mark)
        return now.reconciling is None

    async def distrust(self, why: str) -> None:
        """A host shows that the portal is older than it: serve nothing until all is compared."""
        log.error("the portal is older than a host: %s; it serves nothing until it was compared with its hosts", why)
        await self.store.begin(why, await self.position(), await self.marks.remembered())

    async def run(self, stop: asyncio.Event) -> None:
        """Look every second until `stop` is set, and once more then."""
        while not stop.is_set():
            await self.keep_looking()
            await _pause(stop)
        await self.keep_looking()

    async def keep_looking(self) -> None:
        """Look; a database that is away is looked at next time."""
        try:
            await self.look()
        except Unavailable as error:
            log.info("the portal's position is not known now: %s", error)


class Suspicions:
    """What hosts say that only a portal older than they are would not know (rules EPOCH and RECON)."""

    def __init__(self, guard: Guard, copies: Copies, keys: KeyStore) -> None:
        self._guard = guard
        self._copies = copies
        self._keys = keys

    async def look(self) -> str:
        """Why the portal must be older than a host, once that was checked; empty when nothing says so."""
        now = await self._guard.position()
        if now.reconciling is not None:
            return ""
        why = await self._greater_epoch(now.mark.epoch) or await self._longer_chain()
        if why:
            await self._guard.distrust(why)
        return why

    async def _greater_epoch(self, ours: int) -> str:
        # Ours is read again: another process may just have begun a new life.
        for host, client in self._copies.clients.items():
            try:
                status = await client.status()
            except CarnetError:
                continue
            if status.epoch > ours and status.epoch > (await self._guard.position()).mark.epoch:
                return f"host {host} has seen the epoch {status.epoch}, and ours is {ours}"
        return ""

    async def _longer_chain(self) -> str:
        """A host that was seen ahead of us is believed only if what it has follows our chain and opens with our key."""
        for record, host in await self._guard.store.ahead():
            version, place, head = await self._guard.store.row_of(record)
            try:
                page = await self._copies.clients[host].journal(record, version, after=place, seconds=SLOW_SECONDS)
                if page.entries and page.head == head:
                    following = SealedEntry(page.entries[0].header, page.entries[0].sealed)
                    unseal_entry(await self._keys.keys_of(record), following)
                    return f"host {host} has entries that follow the portal's and open with its keys"
            except IntegrityError as error:
                log.error("host %s shows entries that are not ours: %s", host, error)
            except CarnetError as error:
                log.info("a host that is ahead could not be asked: %s", error)
                continue
            await self._guard.store.no_longer_ahead(record, host)
        return ""


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
