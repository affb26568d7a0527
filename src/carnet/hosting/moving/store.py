"""SQL of moves: campaigns, their records, and the transactions that a move is made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg
import msgspec

from carnet.hosting.directory import Placement
from carnet.hosting.moving import sql
from carnet.hosting.moving.campaign import Campaign, Counts, Filled, Left, Listed, Move, Plan, Released, Taken
from carnet.hosting.moving.exit_file import RecordLine, inventory_line, told
from carnet.hosting.moving.plan import Load, Rates
from carnet.hosting.moving.turning.store import TurningStore
from carnet.hosting.placing.store import PlacingStore
from carnet.journal.content import Actor
from carnet.journal.database import Database

LEASE_SECONDS = 15.0
_MOVER = msgspec.json.encode(Actor("system", "", "Carnet")).decode()       # who moved a record, in its trace
FIRST = UUID(int=0)
_PAGE = 5000
_COLUMNS = tuple(field.name for field in fields(Campaign) if field.name != "id")


class MoveStore:
    """What the portal's database knows of moves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.turning = TurningStore(database)

    async def begin(self, campaign: UUID, plan: Plan, *, by: str) -> None:
        """Write a campaign down; its records are listed next."""
        await self._database.execute(
            sql.BEGIN, campaign, plan.kind, plan.from_host, plan.to_host, plan.part, plan.rate, plan.most,
            plan.in_background, plan.approval, by)

    async def campaign(self, campaign: UUID) -> Campaign | None:
        """This campaign as it is now."""
        row = await self._database.fetchrow(f"{sql.CAMPAIGN} where campaign_id = $1", campaign)
        return None if row is None else _campaign(row)

    async def campaigns(self) -> list[Campaign]:
        """All there ever were, the last one first."""
        return [_campaign(row) for row in await self._database.fetch(f"{sql.CAMPAIGN} order by began_at desc")]

    async def in_background(self) -> list[UUID]:
        """Campaigns that a worker may go on with: those nobody works on and that are not paused."""
        rows = await self._database.fetch(
            "select campaign_id from move_campaign where in_background and state in ('listing', 'running')"
            " and leased_until < clock_timestamp() order by began_at")
        return [row[0] for row in rows]

    async def work_on(
        self, campaign: UUID, runner: UUID, *, worked_ms: int = 0, copied: int = 0, seconds: float = LEASE_SECONDS,
    ) -> Campaign | None:
        """Say that this runner is at work for some more seconds; None when another one is."""
        row = await self._database.fetchrow(sql.WORK_ON, campaign, runner, seconds, worked_ms, copied)
        return None if row is None else _campaign(row)

    async def leave(self, campaign: UUID, runner: UUID, *, rest_seconds: float = 0.0) -> None:
        """This runner works on it no more; another one may go on after so many seconds."""
        await self._database.execute(
            "update move_campaign set leased_until = clock_timestamp() + make_interval(secs => $3)"
            " where campaign_id = $1 and runner = $2", campaign, runner, rest_seconds)

    async def change(self, campaign: UUID, state: str, why: str = "") -> None:
        """Put a campaign that has not ended into this state."""
        await self._database.execute(
            "update move_campaign set state = $2, why = $3,"
            " ended_at = case when $2 = 'ended' then clock_timestamp() end"
            " where campaign_id = $1 and state <> 'ended'", campaign, state, why)

    async def approve(self, campaign: UUID, approval: str) -> None:
        """Keep the officer's word that this campaign is to be erased under."""
        await self._database.execute(
            "update move_campaign set approval = $2 where campaign_id = $1", campaign, approval)

    async def placed_at(self, host: str, *, after: UUID, limit: int = _PAGE) -> list[tuple[Placement, str]]:
        """Records of which this host may hold something, with its part in each: one page, by record id."""
        rows = await self._database.fetch(sql.PLACED_AT, host, after, limit)
        return [(Placement(row[0], row[1], row[2], row[3]), row[4]) for row in rows]

    async def asked_for(self, *, after: UUID, limit: int = _PAGE) -> list[Listed]:
        """Records whose holder asked for another home than there is: one page, by record id."""
        rows = await self._database.fetch(sql.ASKED_FOR, after, limit)
        return [Listed(row[0], "home", row[1], row[2]) for row in rows]

    async def add(self, campaign: UUID, records: Sequence[Listed]) -> None:
        """Put records on the list of a campaign; those that are on it stay as they are."""
        await self._database.execute(
            sql.LIST, campaign, [each.record for each in records], [each.part for each in records],
            [each.from_host for each in records], [each.to_host for each in records])

    async def listed(self, campaign: UUID) -> tuple[int, bytes]:
        """The list is made: how many records are on it, and the SHA-256 over them all. The campaign may run."""
        count, digest = 0, sha256()
        async for page in self.lines(campaign):
            count += len(page)
            for line, _ in page:
                digest.update(inventory_line(line.record, line.part))
        await self._database.execute(
            "update move_campaign set state = case state when 'listing' then 'running' else state end, listed = $2,"
            " inventory = $3 where campaign_id = $1", campaign, count, digest.digest())
        return count, digest.digest()

    async def take(self, campaign: UUID, *, after: UUID, limit: int) -> Taken:
        """The next records that are not done, written down for their new hosts (rules EVER, STANDIN)."""
        rows = await self._database.fetch(sql.TAKE, campaign, after, limit)
        moves = tuple(_move(row) for row in rows if not row["is_done"] and not row["is_refused"])
        refused = tuple(_move(row) for row in rows if not row["is_done"] and row["is_refused"])
        return Taken(moves, sum(row["is_done"] for row in rows), rows[-1]["record_id"] if rows else None, refused)

    async def switch(self, campaign: UUID, filled: Sequence[Filled], *, is_asked: bool = False) -> list[Left]:
        """Give these records their new host, where nothing was committed since it was verified (rule SWITCH).

        `is_asked`: their holders asked for it. Those that are not in the answer are as they were.
        """
        by_record = {each.move.record: each for each in filled}
        rows = await self._database.fetch(sql.SWITCH, campaign, *_switch_columns(filled), is_asked, _MOVER)
        return [_left(row, by_record[row["record_id"]]) for row in rows]

    async def hold(self, campaign: UUID, left: Sequence[Left], why: str) -> None:
        """The two copies could not be verified for now: what was to leave counts as a stand-in until they are."""
        await self._database.execute(
            sql.HOLD, campaign, [each.record for each in left], [each.host for each in left], why)

    async def put_back(self, campaign: UUID, records: Sequence[UUID], why: str) -> None:
        """These could not be filled in at their new host for now: they wait, and it may stand in for them again."""
        await self._database.execute(sql.PUT_BACK, campaign, list(records), why)

    async def room(self, host: str, records: int) -> int:
        """Take room for this many records at a host; for how many there was some."""
        block = await PlacingStore(self._database).take("host", host, records)
        return 0 if block is None else block.size

    async def say_why(self, campaign: UUID, records: Sequence[UUID], why: str) -> None:
        """Note why these records are not done."""
        await self._database.execute(sql.WHY, campaign, list(records), why)

    async def released(
        self, campaign: UUID, receipt: str, released: Sequence[Released], *, verified_at: datetime,
    ) -> None:
        """The host that left erased these records, says this receipt of it."""
        await self._database.execute(
            sql.RELEASED, campaign, receipt, released[0].host, [each.record for each in released],
            [each.leaving_version for each in released], [each.bodies for each in released],
            [",".join(each.verified_by) for each in released], verified_at, sha256(receipt.encode()).digest())

    async def counts(self, campaign: UUID) -> Counts:
        """How many of its records are in which state."""
        rows = await self._database.fetch(
            "select state, count(*) from move where campaign_id = $1 group by state", campaign)
        return Counts(**{row[0]: row[1] for row in rows})

    async def lines(self, campaign: UUID) -> AsyncIterator[list[tuple[RecordLine, bytes]]]:
        """The records of a campaign, by id, in pages: as the exit file says them, and the SHA-256 of their receipt."""
        after = FIRST
        while page := await self._database.fetch(sql.LINES, campaign, after, _PAGE):
            yield [(_line(row), row["receipt"] or b"") for row in page]
            after = page[-1]["record_id"]

    async def hosts_of(self, campaign: UUID) -> set[str]:
        """The hosts that the records of a campaign leave."""
        rows = await self._database.fetch("select distinct from_host from move where campaign_id = $1", campaign)
        return {row[0] for row in rows}

    async def receipts(self, campaign: UUID) -> AsyncIterator[tuple[bytes, str, str]]:
        """Each receipt of erasure of a campaign: its SHA-256, the host, and the receipt."""
        after = b""
        while rows := await self._database.fetch(
            "select sha256, host_id, receipt from move_receipt where campaign_id = $1 and sha256 > $2"
            " order by sha256 limit 200", campaign, after,
        ):
            for row in rows:
                yield row[0], row[1], row[2]
            after = rows[-1][0]

    async def load_of(self, host: str) -> Load:
        """How many records this host has a part in, and documents in those it is one of the two hosts of."""
        rows = await self._database.fetch(sql.LOAD_OF, host)
        found = {row["part"]: (row["records"], row["documents"]) for row in rows}
        counts = {part: found.get(part, (0, 0)) for part in ("home", "reference", "stand_in")}
        return Load(
            counts["home"][0], counts["reference"][0], counts["stand_in"][0],
            int(counts["home"][1] + counts["reference"][1]))

    async def measured(self) -> Rates | None:
        """What the last campaign of some size came to, as rates; None when there was none."""
        row = await self._database.fetchrow(sql.MEASURED)
        if row is None:
            return None
        seconds = row["worked_ms"] / 1000
        return Rates(
            row["released"] / seconds, row["bytes"] / seconds,
            f"as the campaign of {row['began_at']:%Y-%m-%d} did with {row['released']} records")

    async def silent_since(self, *, days: int) -> list[str]:
        """Hosts that were compared with the portal once, and not any more for so many days."""
        rows = await self._database.fetch(
            "select host_id from host_state where surveyed_at < clock_timestamp() - make_interval(days => $1)"
            " and surveyed_at > '-infinity' order by host_id", days)
        return [row[0] for row in rows]


def _campaign(row: asyncpg.Record) -> Campaign:
    return Campaign(row["campaign_id"], **{name: row[name] for name in _COLUMNS})


def _move(row: asyncpg.Record) -> Move:
    return Move(
        row["record_id"], row["part"], row["from_host"], row["to_host"], row["state"], row["placement_version"],
        (row["home"], row["reference"]), row["place"], row["head"], row["leaving_version"])


def _line(row: asyncpg.Record) -> RecordLine:
    return RecordLine(
        record=row["record_id"], part=row["part"], from_host=row["from_host"], to_host=row["to_host"],
        state=row["state"], version=row["leaving_version"], place=row["place"], head=(row["head"] or b"").hex(),
        switched=told(row["switched_at"]), bodies=row["bodies"], verified=told(row["verified_at"]),
        verified_by=tuple(row["verified_by"] or ()), why=row["why"])


def _left(row: asyncpg.Record, filled: Filled) -> Left:
    move = filled.move
    has_all = row["place"] == filled.place
    return Left(
        move.record, move.from_host, row["placement_version"] - 1, (row["home"], row["reference"]),
        row["placement_version"], row["place"], row["head"], filled.bodies if has_all else None)


def _switch_columns(filled: Sequence[Filled]) -> list[list[object]]:
    # What is held left its part already: it goes as a stand-in does.
    parts = ["stand_in" if each.move.state == "held" else each.move.part for each in filled]
    moves = [each.move for each in filled]
    return [
        [move.record for move in moves], list(parts), [move.from_host for move in moves],
        [move.to_host for move in moves], [move.version for move in moves], [each.place for each in filled],
        [each.head for each in filled]]
