"""SQL of calls for projects: their steps, written one at a time for each call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

import asyncpg

from carnet.errors import NotFound, Unavailable
from carnet.journal.database import Database
from carnet.steering.calls.faults import Rule, Stands, fault
from carnet.steering.calls.life import Life, life_of
from carnet.steering.calls.steps import Applied, Done, Opened, Step, step_of

_TODAY = "(clock_timestamp() at time zone 'Europe/Paris')::date"    # the days of a legal act are those of Paris
_STEPS = "select content from call_step where call_id = $1 order by number"
_INSERT = """
insert into call_step (call_id, number, step_id, kind, content, head, by) values ($1, $2, $3, $4, $5, $6, $7)
"""
_MOST_AN_HOUR = 200


class Turn:
    """A call that nobody else writes to until the block ends."""

    def __init__(self, connection: asyncpg.Connection, call: str, life: Life | None, today: date) -> None:
        self._connection, self._call, self._life, self.today = connection, call, life, today

    @property
    def life(self) -> Life:
        """What its steps come to. Raises NotFound."""
        if self._life is None:
            raise NotFound(f"there is no call {self._call!r}")
        return self._life

    async def before(self, step_id: UUID, done: Done) -> bool:
        """True when this very step was written before. Raises Stands when its id was used for something else."""
        was = await self.was(step_id)
        if was is not None and was != done:
            raise Stands(fault(Rule.SENT_BEFORE))
        return was is not None

    async def was(self, step_id: UUID) -> Done | None:
        """What was written under this id. Raises Stands when that is of another call."""
        row = await self._connection.fetchrow("select call_id, content from call_step where step_id = $1", step_id)
        if row is not None and row["call_id"] != self._call:
            raise Stands(fault(Rule.SENT_BEFORE))
        return step_of(row["content"]).done if row is not None else None

    async def write(self, step_id: UUID, done: Done, by: str) -> Life:
        """Add this step; what the call comes to then."""
        number, previous = (self._life.steps + 1, self._life.head) if self._life is not None else (1, "")
        step = Step(call=self._call, number=number, by=by, on=self.today, previous=previous, done=done)
        kind = type(done).__name__.lower()
        await self._connection.execute(_INSERT, self._call, number, step_id, kind, step.content, step.head, by)
        await self._connection.execute(
            "update call_for_projects set steps = $2, head = $3 where call_id = $1", self._call, number, step.head)
        rows = await self._connection.fetch(_STEPS, self._call)
        life = self._life = life_of(step_of(row["content"]) for row in rows)
        if life is None:
            raise LookupError("a step was written, and is not there")
        return life

    async def others(self) -> list[Life]:
        """The other calls, as they are."""
        return [life for life in await _lives(self._connection) if life.call.call != self._call]

    async def is_crowded(self) -> bool:
        """True when more applications came within the hour than people hand in."""
        came: int = await self._connection.fetchval(
            "select count(*) from call_step where call_id = $1 and kind = $2"
            " and at > clock_timestamp() - interval '1 hour'", self._call, Applied.__name__.lower())
        return came >= _MOST_AN_HOUR


class CallStore:
    """The tables of calls. `ahead_days` moves the days of steps: in the demonstration and in tests, never else."""

    def __init__(self, database: Database, *, ahead_days: int = 0) -> None:
        self._database = database
        self.ahead_days = ahead_days

    async def today(self) -> date:
        """The day it is, by the database's clock."""
        return await self._today(self._database)

    async def open(self, step_id: UUID, opened: Opened, by: str) -> Life:
        """Have this call. Raises Stands when there is one of that name."""
        call = opened.call.call
        async with self._database.transaction() as connection:
            is_new = await connection.fetchval(
                "insert into call_for_projects (call_id) values ($1) on conflict do nothing returning true", call)
            turn = await self.turn_in(connection, call)
            if not is_new:
                if await turn.before(step_id, opened):
                    return turn.life
                raise Stands(fault(Rule.EXISTS, "call", what=call))
            return await turn.write(step_id, opened, by)

    @asynccontextmanager
    async def turn(self, call: str) -> AsyncIterator[Turn]:
        """This call, for one writer. Raises NotFound."""
        async with self._database.transaction() as connection:
            yield await self.turn_in(connection, call)

    async def turn_in(self, connection: asyncpg.Connection, call: str) -> Turn:
        """The same, within a transaction that somebody else ends. Raises NotFound."""
        if not await connection.fetchval("select true from call_for_projects where call_id = $1 for update", call):
            raise NotFound("there is no such call")
        rows = await connection.fetch(_STEPS, call)
        life = life_of(step_of(row["content"]) for row in rows)
        return Turn(connection, call, life, await self._today(connection))

    async def life(self, call: str) -> Life:
        """A call as it is. Raises NotFound."""
        life = life_of(await self.steps(call))
        if life is None:
            raise NotFound("there is no such call")
        return life

    async def steps(self, call: str) -> list[Step]:
        """Its steps."""
        return [step_of(row["content"]) for row in await self._database.fetch(_STEPS, call)]

    async def lives(self) -> list[Life]:
        """All calls, the newest first."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            return await _lives(connection)

    async def must_be_counted(self, until: date) -> None:
        """Raises Unavailable while something may still be deposited before this day (UTC), or waits to be counted."""
        if await self._database.fetchval(
                "select (clock_timestamp() at time zone 'UTC')::date + $2::integer < $1"
                " or exists (select from to_count where at < $1::date::timestamp at time zone 'UTC')", until,
                self.ahead_days):
            raise Unavailable("what was fed is still being counted")

    async def _today(self, connection: Database | asyncpg.Connection) -> date:
        day: date = await connection.fetchval(f"select {_TODAY} + $1::integer", self.ahead_days)
        return day


async def _lives(connection: asyncpg.Connection) -> list[Life]:
    rows = await connection.fetch(
        "select s.call_id, s.content from call_step s join call_for_projects c using (call_id)"
        " order by c.opened_at desc, s.call_id, s.number")
    steps: dict[str, list[Step]] = {}
    for row in rows:
        steps.setdefault(row["call_id"], []).append(step_of(row["content"]))
    return [life for each in steps.values() if (life := life_of(each)) is not None]
