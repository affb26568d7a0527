"""Moves in tests: campaigns of one ground, worked on as the command does."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from carnet.hosting.moving.campaign import Campaign, Counts, Move, Plan
from carnet.hosting.moving.listing import list_records
from carnet.hosting.moving.mover import Mover, Pace
from carnet.hosting.moving.store import MoveStore
from carnet.journal.database import Database
from tests.hosting.ground import Ground, Kept

IMPATIENT = Pace(batch=50, at_once=2, patience=1, pause_seconds=0.0)


class Moves:
    """The moves of a ground."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.store = MoveStore(Database(ground.platform.portal))

    def mover(self, pace: Pace = IMPATIENT) -> Mover:
        """A process that works on campaigns."""
        return Mover(self.ground.stores.copies, self.ground.stores.hosting, self.store, pace=pace)

    async def begun(self, plan: Plan, *records: Kept) -> UUID:
        """A campaign, and its list: these records alone, when any are given."""
        campaign = uuid4()
        await self.store.begin(campaign, plan, by="test")
        await list_records(await self.campaign(campaign), self.store, self.ground.stores.copies.directory)
        if records:
            await self.ground.platform.portal.execute(
                "delete from move where campaign_id = $1 and record_id <> all($2::uuid[])", campaign,
                [kept.record for kept in records])
            await self.store.listed(campaign)
        return campaign

    async def campaign(self, campaign: UUID) -> Campaign:
        """As it is now."""
        found = await self.store.campaign(campaign)
        assert found is not None
        return found

    async def run(self, campaign: UUID, mover: Mover | None = None) -> Counts:
        """Work on it until nothing more can be done."""
        await (mover or self.mover()).run(campaign, asyncio.Event())
        return await self.store.counts(campaign)

    async def taken(self, campaign: UUID) -> list[Move]:
        """The records that are not done, as a mover takes them."""
        return list((await self.store.take(campaign, after=UUID(int=0), limit=500)).moves)

    async def state(self, campaign: UUID, kept: Kept) -> tuple[str, str]:
        """What became of a record, and why it is no further."""
        row = await self.ground.platform.portal.fetchrow(
            "select state, why from move where campaign_id = $1 and record_id = $2", campaign, kept.record)
        return row["state"], row["why"]

    async def role(self, kept: Kept, host: str) -> str | None:
        """The part of this host in the record, as the portal knows it."""
        role: str | None = await self.ground.platform.portal.fetchval(
            "select role from placement where record_id = $1 and host_id = $2", kept.record, host)
        return role
