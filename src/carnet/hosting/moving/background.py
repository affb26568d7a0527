"""Campaigns that nobody sits in front of: those begun so, and those of hosts that were silent for a week.

Any number of workers may run: a campaign is worked on by one at a time, and when that one dies by another.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import uuid4

from carnet.errors import CarnetError, HostUnavailable, Unavailable
from carnet.hosting.copies import Copies
from carnet.hosting.moving.campaign import Campaign, Plan
from carnet.hosting.moving.listing import list_records
from carnet.hosting.moving.mover import Mover, Pace
from carnet.hosting.moving.store import MoveStore
from carnet.hosting.store import HostingStore

log = logging.getLogger(__name__)

LOST_DAYS = 7
_EVERY_SECONDS = 30.0
_PATIENT = Pace(patience=1, rest_seconds=600.0)     # a host that is away is asked again in ten minutes


class Background:
    """Works on campaigns that were begun in the background."""

    def __init__(self, copies: Copies, hosting: HostingStore, moves: MoveStore) -> None:
        self._copies = copies
        self._hosting = hosting
        self._moves = moves

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            try:
                await self.give_up_the_lost()
                await self.step(stop)
            except Unavailable as error:
                log.info("moves wait: %s", error)
            try:
                async with asyncio.timeout(_EVERY_SECONDS):
                    await stop.wait()
            except TimeoutError:
                continue

    async def step(self, stop: asyncio.Event) -> int:
        """Go on with each campaign of the background in turn; how many there were."""
        campaigns = await self._moves.in_background()
        for campaign in campaigns:
            if stop.is_set():
                break
            try:
                await self._work_on(await self._moves.campaign(campaign), stop)
            except Unavailable:
                raise
            except CarnetError as error:
                log.info("a campaign is worked on later: %s", error)
        return len(campaigns)

    async def give_up_the_lost(self) -> list[str]:
        """Begin a campaign for each host that was silent for a week, and is: its records are placed elsewhere."""
        known = {
            each.from_host for each in await self._moves.campaigns()
            if each.state != "ended" and each.kind in ("lost", "exit")}
        silent = [host for host in await self._moves.silent_since(days=LOST_DAYS) if host not in known]
        lost = [host for host in silent if not await self._answers(host)]
        for host in lost:
            log.error("host %s was silent for %d days: its records are placed elsewhere", host, LOST_DAYS)
            await self._moves.begin(uuid4(), Plan("lost", host, part="any", in_background=True), by="worker")
        return lost

    async def _answers(self, host: str) -> bool:
        """It may be the workers that were silent for a week, and not the host."""
        try:
            await self._copies.clients[host].status()
        except HostUnavailable:
            return False
        return True

    async def _work_on(self, campaign: Campaign | None, stop: asyncio.Event) -> None:
        if campaign is None:
            return
        if campaign.state == "listing":
            await list_records(campaign, self._moves, self._copies.directory)
        await Mover(self._copies, self._hosting, self._moves, pace=_PATIENT).run(campaign.id, stop)
        await end_if_done(campaign, self._moves, self._copies)


async def end_if_done(campaign: Campaign, moves: MoveStore, copies: Copies) -> bool:
    """End a campaign whose records are all done; of a host that leaves altogether, once nothing new is there either."""
    if campaign.kind in ("exit", "lost"):
        await list_records(campaign, moves, copies.directory)
    if (await moves.counts(campaign.id)).to_do:
        return False
    await moves.change(campaign.id, "ended")
    return True
