"""The worker's rounds: what waited too long is delivered, hosts that came back are compared, what nobody names goes.

Any number of workers may run: each claims records for a while, host calls bear being done twice, and marks only grow.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from uuid import UUID

from carnet.errors import CarnetError, Unavailable
from carnet.hosting.catch_up import CatchUp
from carnet.hosting.client import HostClient
from carnet.hosting.collection import Collection
from carnet.hosting.copies import Copies
from carnet.hosting.in_bulk import InBulk
from carnet.hosting.store import HostingStore
from carnet.hosting.survey import Survey

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
DELIVERY_GRACE_SECONDS = 1.0
SURVEY_SECONDS = 6 * 3600.0
COLLECT_SECONDS = 60.0
WATCH_SECONDS = 2.0
_AT_ONCE = 8
_LEAST, _MOST = 64, 800     # records in a round


class Worker:
    """Does what is due, again and again."""

    def __init__(self, copies: Copies, store: HostingStore) -> None:
        self._copies = copies
        self._store = store
        self._catch_up = CatchUp(copies, store)
        self._in_bulk = InBulk(copies, store)
        self._most = _LEAST
        self._survey = Survey(store)
        self._collection = Collection(copies, store)
        self._surveyed: dict[str, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A host that is down, or a long comparison, delays nothing else."""
        async with asyncio.TaskGroup() as steps:
            for step, pause in (
                (self.round, PAUSE_SECONDS), (self.watch_hosts, WATCH_SECONDS), (self.collect, COLLECT_SECONDS),
            ):
                steps.create_task(_again(step, pause, stop))

    async def round(self) -> int:
        """Settle the records that are due; how many became equal at both hosts."""
        due = await self._store.claim_outbox(older_than_seconds=DELIVERY_GRACE_SECONDS, limit=self._most)
        lacking = await self._store.claim_lacks(limit=self._most)
        due = list(dict.fromkeys((*due, *lacking)))
        done = await self._in_bulk.settle(due)
        left = [record for record in due if record not in done]
        settled = len(done)
        for start in range(0, len(left), _AT_ONCE):
            settled += sum(await asyncio.gather(*(self._settle(record) for record in left[start:start + _AT_ONCE])))
        # A host that is back is brought much in each round; while one is away, little is tried, and soon.
        self._most = min(self._most * 4, _MOST) if len(done) * 2 > len(due) else _LEAST
        return settled

    async def watch_hosts(self) -> int:
        """Compare every host that restarted, or was not compared for long, with the portal; 0: it is never urgent."""
        boots = await self._store.boots()
        await asyncio.gather(*(self._watch(client, boots.get(host)) for host, client in self._copies.clients.items()))
        return 0

    async def collect(self) -> int:
        """Order every host to collect what it may; how many bodies went."""
        gone = 0
        for host in self._copies.clients:
            try:
                if collected := await self._collection.collect(host):
                    log.info("host %s gave back %d bodies that no entry names", host, collected)
                    gone += collected
            except CarnetError as error:
                log.info("collection at host %s left for later: %s", host, error)
        return gone

    async def _watch(self, client: HostClient, known_boot: str | None) -> None:
        host = client.host.id
        try:
            status = await client.status()
            if status.boot != known_boot or monotonic() - self._surveyed.get(host, -SURVEY_SECONDS) > SURVEY_SECONDS:
                lacking = await self._survey.compare(client, status.boot)
                self._surveyed[host] = monotonic()
                log.info("host %s was compared: %d records lack something", host, lacking)
        except CarnetError as error:
            log.info("host %s could not be compared: %s", host, error)

    async def _settle(self, record: UUID) -> bool:
        try:
            return await self._catch_up.settle(record)
        except CarnetError as error:
            log.info("a record is left for later: %s", error)
            return False


async def _again(step: Callable[[], Awaitable[int]], pause: float, stop: asyncio.Event) -> None:
    """Do a step until `stop` is set, at once again while it finds something to do."""
    while not stop.is_set():
        try:
            found = await step()
        except Unavailable as error:        # the portal's own database: nothing can be done until it is back
            log.warning("the worker waits: %s", error)
            found = 0
        if not found:
            await _pause(stop, pause)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
