"""SQL of adoption: counting all records once a day, what that says, and plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from carnet.errors import Conflict
from carnet.journal.database import Database
from carnet.rights.held import RecordState
from carnet.steering.adoption import sql
from carnet.steering.adoption.cell import (
    READ_DAYS,
    RECENT_DAYS,
    Brought,
    Cell,
    Counted,
    Feeder,
    Held,
    Visits,
)
from carnet.steering.adoption.plan import Kept, plan_of


@dataclass(frozen=True, slots=True)
class Step:
    """A step of counting a day: `is_whole` when all records are read, and the day is to be ended."""

    day: date
    is_whole: bool = False


class AdoptionStore:
    """The tables of adoption."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, limit: int) -> Step | None:
        """Count at most so many records more of today; None while another worker does. Whoever dies is followed by
        another, who goes on from there.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval(sql.ALONE):
                return None
            today, after = await _whereabouts(connection)
            last = await connection.fetchval(sql.NEXT, after, limit)
            if last is None:
                return Step(today, is_whole=True)
            await connection.execute(sql.FOLD_VISITS, after, last, today)
            await connection.execute(sql.COUNT, after, last, today, RECENT_DAYS, READ_DAYS)
            await connection.execute(sql.GO_ON, last)
            return Step(today)

    async def is_counted(self) -> bool:
        """True when all of today was counted."""
        turn = await self._turn()
        return bool(turn["counted"] == turn["today"])

    async def brought_by(self, since: date) -> list[tuple[str, str, int]]:
        """Organisation, document type, and how many of it were brought after this day."""
        rows = await self._database.fetch(sql.BROUGHT_BY, since)
        return [(row["organisation"], row["type_code"], row["documents"]) for row in rows]

    async def put(self, day: date, brought: Sequence[Brought], feeders: Sequence[Feeder]) -> None:
        """Write what was brought lately, as of this day."""
        await self._database.execute(
            sql.PUT_TYPES, day, [each.type_code for each in brought], [each.documents for each in brought],
            [each.structured for each in brought], [each.records for each in brought])
        await self._database.execute(
            sql.PUT_FEEDERS, day, [each.departement for each in feeders], [each.source for each in feeders],
            [each.organisations for each in feeders])

    async def end(self, day: date) -> None:
        """This day is counted; what was of days before it goes, but for what is kept as counts."""
        async with self._database.transaction() as connection:
            await connection.execute(sql.END, day)
            for statement in sql.FORGET_BEFORE:
                await connection.execute(statement, day)

    async def counted(self) -> Counted | None:
        """All that is known of the last day that is whole; None before the first one."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            day = (await connection.fetchrow(sql.TURN))["counted"]
            if day is None:
                return None
            return Counted(
                day, tuple(_cell(row) for row in await connection.fetch(sql.CELLS, day)),
                tuple(_held(row) for row in await connection.fetch(sql.HELD, day)),
                tuple(
                    Brought(row["type_code"], row["documents"], row["structured"], row["records"])
                    for row in await connection.fetch(sql.TYPES, day)),
                tuple(
                    Feeder(row["departement"], row["source"], row["organisations"])
                    for row in await connection.fetch(sql.FEEDERS, day)))

    async def cells(self, day: date | None = None) -> list[Cell]:
        """The cells of this day, of the last one that is whole where none is said; nothing of a day that is gone."""
        wanted = day or (await self._turn())["counted"]
        return [_cell(row) for row in await self._database.fetch(sql.CELLS, wanted)] if wanted else []

    async def consultations(self, before: date) -> Mapping[tuple[str, str], int]:
        """All useful consultations of the days before, by host and département."""
        rows = await self._database.fetch(sql.CONSULTATIONS, before)
        return {(row["home"], row["departement"]): row["visits"] for row in rows}

    async def visits(self, since: date, until: date) -> list[Visits]:
        """Useful consultations of the days from `since` on, before `until`; of days that are over and counted."""
        return [
            Visits(row["day"], row["home"], row["departement"], row["cohort"], row["visits"])
            for row in await self._database.fetch(sql.VISITS, since, until)]

    async def load_plan(self, content: str, by: str) -> int:
        """Keep this file as the plan in force; its version. Raises InvalidInput, Conflict when another came first."""
        plan_of(content)
        try:
            return int(await self._database.fetchval(sql.PUT_PLAN, content, by))
        except asyncpg.UniqueViolationError as error:
            raise Conflict("another plan was loaded at the same time: look at it, then load yours again") from error

    async def plans(self) -> list[Kept]:
        """Every version, the one in force first."""
        return [
            Kept(row["version"], plan_of(row["content"]), row["loaded_by"], row["loaded_on"])
            for row in await self._database.fetch(sql.PLANS)]

    async def plan_text(self, version: int) -> str | None:
        """A version's file, as it was loaded."""
        text: str | None = await self._database.fetchval(
            "select content from adoption_plan where version = $1", version)
        return text

    async def _turn(self) -> asyncpg.Record:
        [row] = await self._database.fetch(sql.TURN)
        return row




async def _whereabouts(connection: asyncpg.Connection) -> tuple[date, UUID]:
    """The day, and up to which record it is counted: a new day begins with the first."""
    turn = await connection.fetchrow(sql.TURN)
    if turn["counting"] != turn["today"]:
        for statement in sql.FORGET:
            await connection.execute(statement, turn["today"])
        await connection.execute(sql.BEGIN, turn["today"])
        turn = await connection.fetchrow(sql.TURN)
    return turn["counting"], turn["after"]


def _cell(row: asyncpg.Record) -> Cell:
    return Cell(
        row["home"], row["departement"], row["cohort"], RecordState(row["state"]), row["records"], row["in_force"],
        documents=row["documents"], is_activated=row["is_activated"], refuses_feeding=row["refuses_feeding"],
        is_recent=row["is_recent"], is_read=row["is_read"])


def _held(row: asyncpg.Record) -> Held:
    return Held(
        row["home"], row["departement"], row["cohort"], row["source"], row["records"], row["in_force"])
