"""SQL of metering: what is to be metered, what each host holds, what was done on which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from uuid import UUID

import asyncpg

from carnet.hosting.oversight.store import OversightStore
from carnet.journal.database import Database
from carnet.steering.metering import sql
from carnet.steering.metering.holding import (
    WHOLE,
    Batch,
    Change,
    Delivered,
    Event,
    Held,
    Holding,
    Placed,
    Recounted,
    Role,
    Size,
    by_day,
    size_of,
)
from carnet.steering.metering.support import Contacts
from carnet.steering.metering.tariff import DayMeter


@dataclass(frozen=True, slots=True)
class HostDay:
    """What a host held at the end of a day, and the bodies and entries it was given on it."""

    day: date
    records: int
    size: Size
    deposits: int
    entries: int


class MeterStore:
    """What the portal's database knows of meters."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._oversight = OversightStore(database)

    async def meter(self, limit: int) -> int:
        """Meter what happened to at most about so many records; how many they were. 0 while another worker does."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(sql.ALONE):
                return 0
            records = [row[0] for row in await connection.fetch(sql.DUE, limit)]
            events = await _events(connection, records)
            await _fold(connection, Batch(await _held(connection, records), events))
            return len(records)

    async def to_recount(self, limit: int) -> list[UUID]:
        """Records whose size is to be counted from their journal."""
        return [row[0] for row in await self._database.fetch(sql.TO_RECOUNT, limit)]

    async def recounted(self, record: UUID, counted: Recounted) -> bool:
        """The record comes to this, by its journal; False when more of it was metered since, or another worker does."""
        async with self._database.transaction() as connection:
            if not await connection.fetchval(sql.ALONE):
                return False
            events = (await _events(connection, [record])).get(record, [])
            held = (await _held(connection, [record])).get(record, {})
            before = Holding(dict(held))
            before.add(events)      # what waits comes first: it happened before, or is not in what was counted
            is_whole = before.held.get(WHOLE, Held()).place <= counted.place
            await _fold(connection, Batch({record: held}, {record: [*events, counted] if is_whole else events}))
            if is_whole:
                await connection.execute(sql.RECOUNTED, record)
            return is_whole

    async def recount_all(self) -> int:
        """Have all records counted from their journals, by and by; how many."""
        return int(await self._database.fetchval(sql.RECOUNT_ALL))

    async def put_off_recount(self, record: UUID) -> None:
        """Try this record after all others."""
        await self._database.execute(
            "update meter_recount set noted_at = clock_timestamp() where record_id = $1", record)

    async def left(self) -> int:
        """How many entries and placements wait to be metered, and records to be counted."""
        return int(await self._database.fetchval(
            "select (select count(*) from entry_to_meter) + (select count(*) from placement_to_meter)"
            " + (select count(*) from meter_recount)"))

    async def held(self, record: UUID) -> Mapping[str, Held]:
        """What each host holds of this record, as far as it was metered."""
        async with self._database.transaction(readonly=True) as connection:
            return (await _held(connection, [record])).get(record, {})

    async def hosts(self) -> list[str]:
        """Hosts that anything was ever metered of."""
        return [row[0] for row in await self._database.fetch(sql.HOSTS)]

    async def days_of(self, host: str, since: date, until: date) -> list[HostDay]:
        """What this host held and did on each of these days that are over, from `since` on and before `until`."""
        until = min(until, await self.today())
        rows = {row["day"]: row for row in await self._database.fetch(sql.DAYS, host, since, until)}
        before = rows.get(since - timedelta(1))
        records, size = (before["records"], _size(before)) if before else (0, Size())
        days = []
        for number in range(max(0, (until - since).days)):
            day = since + timedelta(number)
            row = rows.get(day)
            if row is not None:
                records, size = records + row["records"], size + _size(row)
            given = (row["deposits"], row["entries"]) if row is not None else (0, 0)
            days.append(HostDay(day, records, size, *given))
        return days

    async def quantities_of(self, month: date, host: str) -> tuple[DayMeter, ...]:
        """What this host is paid by, for each day of the month that is over; `month` is any day of it."""
        since, until = span_of(month)
        reads = await self._oversight.read_for_people(host, since, until)
        return tuple(
            DayMeter(each.day, each.records, each.size.bytes, each.deposits, reads.get(each.day, 0))
            for each in await self.days_of(host, since, until))

    async def signed(self, month: date, host: str) -> dict[date, str]:
        """What the host signed that it did, by day of the month: its receipts."""
        return await self._oversight.signed_counts(host, *span_of(month))

    async def asked(self, since: date, until: date) -> dict[str, int]:
        """What our processes were asked to show of records in these days, by act: list, read…"""
        return await self._oversight.asked_of_platform(since, until)

    async def contacts(self, since: date, until: date) -> list[Contacts]:
        """People who asked for help in these days, by channel and who answered."""
        return [Contacts(*row) for row in await self._database.fetch(sql.CONTACTS, since, until)]

    async def add_contacts(self, day: date, contacts: Contacts, note: str, by: str) -> bool:
        """Enter these; False for a day to come, and for a correction of more than there is."""
        return await self._database.fetchval(
            sql.ADD_CONTACTS, day, contacts.channel, contacts.host, contacts.contacts, contacts.minutes, note,
            by) is not None

    async def today(self) -> date:
        """The day it is (UTC), by the database's clock."""
        return await self._oversight.today()


def span_of(month: date) -> tuple[date, date]:
    """The first day of this day's month, and of the next."""
    first = month.replace(day=1)
    return first, (first + timedelta(31)).replace(day=1)


async def _events(connection: asyncpg.Connection, records: Sequence[UUID]) -> dict[UUID, list[Event]]:
    """What happened to these records, each in the order of time; it is not to be metered any more."""
    found: defaultdict[UUID, list[tuple[datetime, Event]]] = defaultdict(list)
    for row in await connection.fetch(sql.TAKE_ENTRIES, records):
        size = size_of(row["header"], row["sealed_bytes"])
        entry = Delivered(row["place"], size, frozenset(row["holders"]), row["committed_on"], row["delivered_on"])
        found[row["record_id"]].append((row["delivered_at"], entry))
    for row in await connection.fetch(sql.TAKE_PLACEMENTS, records):
        placed = Placed(row["host_id"], Role(row["role"]), row["placed_on"])
        found[row["record_id"]].append((row["at"], placed))
    return {record: [event for _, event in sorted(told, key=itemgetter(0))] for record, told in found.items()}


async def _held(connection: asyncpg.Connection, records: Sequence[UUID]) -> dict[UUID, dict[str, Held]]:
    held: dict[UUID, dict[str, Held]] = {}
    for row in await connection.fetch(sql.HELD, records):
        moment = Size(row["bodies_moment"], row["body_moment"], row["journal_moment"])
        held.setdefault(row["record_id"], {})[row["host_id"]] = Held(
            Role(row["role"]), _size(row), moment, row["place"], row["recounted"])
    return held


async def _fold(connection: asyncpg.Connection, batch: Batch) -> None:
    after, changes = batch.folded()
    rows = [
        (record, host, held.role.value, *_columns(held.size), *_columns(held.moment), held.place, held.recounted)
        for record, hosts in after.items() for host, held in hosts.items()]
    if rows:
        await connection.execute(sql.PUT_HELD, *map(list, zip(*rows, strict=True)))
    if added := [_change(each) for _, each in sorted(by_day(changes).items())]:
        await connection.execute(sql.ADD_CHANGES, *map(list, zip(*added, strict=True)))


def _change(change: Change) -> tuple[object, ...]:
    return change.host, change.on, change.records, *_columns(change.size), change.deposits, change.entries


def _columns(size: Size) -> tuple[int, int, int]:
    return size.bodies, size.body_bytes, size.journal_bytes


def _size(row: asyncpg.Record) -> Size:
    return Size(row["bodies"], row["body_bytes"], row["journal_bytes"])
