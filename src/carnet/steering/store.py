"""SQL of figures: counting what commits and messages left to be counted, and reading the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from carnet.journal.database import Database
from carnet.record.inbox.message import MessageState
from carnet.steering import sql
from carnet.steering.figure import By, Figure, Line, Only, Span
from carnet.steering.fill import Fill
from carnet.steering.silence import Heard, Watched
from carnet.steering.sources import OTHER, SOURCES, of_types

Place = Literal["", "home", "departement"]


class FigureStore:
    """The tables of figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, limit: int) -> int:
        """Count at most `limit` documents and as many messages; how many. 0 too while another worker counts."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(sql.ALONE):
                return 0
            documents = await connection.fetchval(sql.COUNT_DOCUMENTS, limit, *of_types(), OTHER)
            messages = await connection.fetchval(sql.COUNT_MESSAGES, limit)
            return int(documents + messages)

    async def messages(
        self, span: Span, by: Sequence[By], only: Only,
    ) -> list[tuple[Line, str, MessageState, str, int]]:
        """Messages by line, state and reason, the empty reason being all of the state, with the organisation's name."""
        rows = await self._database.fetch(sql.MESSAGES, *_asked(span, by, only))
        return [(_line(row), row["name"], MessageState(row["state"]), row["reason"], row["messages"]) for row in rows]

    async def documents(self, span: Span, by: Sequence[By], only: Only) -> list[Figure]:
        """Documents by line, with their delays and the records that they reached."""
        asked = _asked(span, by, only)
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            rows = await connection.fetch(sql.DOCUMENTS, *asked)
            delays = await connection.fetch(sql.DELAYS, *asked)
            records = {_line(row): row["records"] for row in await connection.fetch(sql.RECORDS, *asked)}
        by_line: dict[Line, dict[int, int]] = {}
        for row in delays:
            by_line.setdefault(_line(row), {})[row["minutes"]] = row["documents"]
        return [
            Figure(
                line, row["name"], documents=row["documents"], structured=row["structured"],
                replacing=row["replacing"], records=records.get(line, 0), delays=by_line.get(line, {}))
            for row in rows for line in (_line(row),)]

    async def note_partners(self, partners: Sequence[str]) -> None:
        """These partners are known from now on, at the latest."""
        await self._database.execute(sql.NOTE_PARTNERS, list(partners))

    async def heard(self, watched: Sequence[Watched]) -> tuple[list[Heard], datetime]:
        """When anything last came of each of these partners, and what time it is."""
        rows = await self._database.fetch(
            sql.LAST_HEARD, [each.partner for each in watched], [each.organisation for each in watched],
            [each.software for each in watched])
        now = rows[0]["now"] if rows else await self._database.fetchval("select clock_timestamp()")
        return [Heard(row["id"], row["since"], row["last_at"]) for row in rows], now

    async def today(self) -> date:
        """The day it is, in UTC."""
        day: date = await self._database.fetchval("select (clock_timestamp() at time zone 'UTC')::date")
        return day

    async def take_turn(self) -> bool:
        """Is it time to sum up how full records are, and is it for this worker to do?"""
        return await self._database.fetchval(sql.TAKE_TURN) is True

    async def sum_up_fill(self, months: int) -> None:
        """Write how full records are today: the share that each source feeds is of acts of the last months."""
        async with self._database.transaction() as connection:
            await connection.execute(sql.FORGET_DAY, months)
            await connection.execute(sql.FILL_DAY, months)
            await connection.execute(sql.END_TURN)

    async def fill(self, day: date, months: int, by: Place = "") -> list[Fill]:
        """How full records were on the last day, until this one, of which it is known; empty when it never was."""
        places: dict[str, dict[str, int]] = {}
        rows = await self._database.fetch(sql.FILL, day, months, by)
        for row in rows:
            places.setdefault(row["place"], {})[row["what"]] = row["records"]
        return [_fill(rows[0]["day"], place, counts) for place, counts in sorted(places.items())]

    async def recount_all(self) -> int:
        """Have every record's fill counted anew; of how many."""
        return int((await self._database.execute(sql.RECOUNT_ALL)).rpartition(" ")[2])

    async def to_recount(self, limit: int) -> list[UUID]:
        """Records whose fill is to be counted anew."""
        return [row["record_id"] for row in await self._database.fetch(sql.TO_RECOUNT, limit)]

    async def left_to_recount(self) -> int:
        """How many there are."""
        return int(await self._database.fetchval("select count(*) from fill_recount"))

    async def forget_recount(self, record: UUID) -> None:
        """There is nothing to count of this record: it is erased."""
        await self._database.execute(sql.FORGET_RECOUNT, record)

    async def put_off_recount(self, record: UUID) -> None:
        """Count this record anew in an hour: it cannot be read now."""
        await self._database.execute(sql.PUT_OFF_RECOUNT, record)

    async def refill(self, record: UUID, head: bytes, documents: Mapping[tuple[str, date], int]) -> bool:
        """Keep this fill, of the record at this head; False when the record moved meanwhile.

        What waits to be counted is in it: commits wait for the row's lock, and what they leave comes after. Nobody
        counts meanwhile: what is being counted just now would come on top of it.
        """
        async with self._database.transaction() as connection:
            await connection.execute(sql.WAIT_FOR_COUNTING)
            if not await connection.fetchval(sql.LOCK_RECORD, record, head):
                return False
            await connection.execute(
                sql.REFILL, record, [source for source, _ in documents], [month for _, month in documents],
                list(documents.values()))
            return True


def _asked(span: Span, by: Sequence[By], only: Only) -> tuple[Any, ...]:
    organisations = list(only.organisations) if only.organisations is not None else None
    types = list(only.type_codes) if only.type_codes is not None else None
    return span.since, span.until, [each.value for each in by], organisations, types


def _line(row: Mapping[str, Any]) -> Line:
    return Line(*row["told"])


def _fill(day: date, place: str, counts: Mapping[str, int]) -> Fill:
    fed = {source.code: counts.get(source.code, 0) for source in SOURCES}
    return Fill(
        day, place, counts.get("active", 0), counts.get("empty", 0), counts.get("any", 0), counts.get("five", 0), fed)
