"""SQL of oversight: receipts and what contradicts them, figures of hosts, counts of bodies asked, turns of workers.

And its chance: which records a host is asked about must be beyond its guessing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import SystemRandom, token_bytes
from typing import TypeVar
from uuid import UUID

import asyncpg

from carnet.hosting.oversight import sql
from carnet.hosting.oversight.figures import HostFigures, Inventory, Offence, Possession
from carnet.hosting.oversight.said import PLATFORM, Held, ReadCount, Told
from carnet.journal.database import Database

_ROWS_AT_ONCE = 1000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NONCE_BYTES = 32
_chance = SystemRandom()
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChallengedRecord:
    """A record a host should hold up to `place`, as both hosts were given it, and the head there."""

    record: UUID
    version: int
    home: str
    reference: str
    place: int
    head: bytes


class OversightStore:
    """What the portal's database knows of how hosts do."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_receipts(self, held: Sequence[Held], texts: Sequence[tuple[bytes, str, str]]) -> None:
        """Keep what hosts signed, and the signed texts (digest, host, receipt) themselves."""
        held = sorted(held, key=lambda each: (each.record, each.host, each.says))       # rows locked in one order
        await self._database.execute(
            sql.KEEP_RECEIPTS,
            [each.record for each in held], [each.host for each in held], [each.says for each in held],
            [each.place for each in held], [each.head for each in held], [each.lacking for each in held],
            [each.at for each in held], [each.signed for each in held],
            [text[0] for text in texts], [text[1] for text in texts], [text[2] for text in texts])

    async def note_contradictions(self, told: Sequence[Told]) -> int:
        """Note those of these answers that fall short of what the same host had signed before; how many are new."""
        return int(await self._database.fetchval(
            sql.NOTE_CONTRADICTIONS,
            [each.record for each in told], [each.host for each in told], [each.place for each in told],
            [each.head for each in told], [each.asked_at for each in told], [each.how for each in told]))

    async def offences(self, host: str, limit: int = 100) -> list[Offence]:
        """Receipts of this host that it contradicted, the latest first."""
        rows = await self._database.fetch(
            "select record_id, host_id, noted_at, held_place, held_head, how, told_place, told_head, receipt"
            " from contradiction where host_id = $1 order by noted_at desc limit $2", host, limit)
        return [Offence(*row) for row in rows]

    async def offences_to_trace(self, limit: int = 100) -> list[Offence]:
        """Those that the audit log was not told of."""
        rows = await self._database.fetch(
            "select record_id, host_id, noted_at, held_place, held_head, how, told_place, told_head, receipt"
            " from contradiction where traced_at is null order by noted_at limit $1", limit)
        return [Offence(*row) for row in rows]

    async def offence_traced(self, offence: Offence) -> None:
        """The audit log was told of this one."""
        await self._database.execute(
            "update contradiction set traced_at = clock_timestamp()"
            " where record_id = $1 and host_id = $2 and held_place = $3", offence.record, offence.host, offence.place)

    async def keep_counts(self, process: UUID, counts: Sequence[ReadCount]) -> None:
        """How many bodies a process asked for until now; a count only grows."""
        await self._database.execute(
            sql.KEEP_COUNTS, process, [date.fromordinal(_EPOCH_DAY + each.day) for each in counts],
            [each.host for each in counts], [each.purpose for each in counts], [each.bodies for each in counts],
            [each.near for each in counts])

    async def asked_for(self, day: date) -> dict[str, dict[str, int]]:
        """Bodies that all our processes asked each host for on this day, or within a minute of it, by purpose."""
        rows = await self._database.fetch(
            "select host_id, purpose, sum(bodies + near)::bigint from body_read where day = $1"
            " group by host_id, purpose", day)
        asked: dict[str, dict[str, int]] = {}
        for host, purpose, bodies in rows:
            asked.setdefault(host, {})[purpose] = bodies
        return asked

    async def read_for_people(self, host: str, since: date, until: date) -> dict[date, int]:
        """Bodies that our processes asked this host for to answer retrievals, on each day from `since`, before `until`.

        Not what the platform reads for itself: challenges, catch-up, moves.
        """
        rows = await self._database.fetch(sql.READ_FOR_PEOPLE, host, since, until)
        return {row[0]: row[1] for row in rows}

    async def asked_of_platform(self, since: date, until: date) -> dict[str, int]:
        """What our processes were asked to show in these days, by act, whatever host it came from."""
        rows = await self._database.fetch(
            "select purpose, sum(bodies)::bigint from body_read where host_id = $1 and day >= $2 and day < $3"
            " group by purpose order by purpose", PLATFORM, since, until)
        return {row[0]: row[1] for row in rows}

    async def signed_counts(self, host: str, since: date, until: date) -> dict[date, str]:
        """What this host signed that it did on each of these days, as it was verified when it came."""
        rows = await self._database.fetch(
            "select day, counts_receipt from host_audit where host_id = $1 and day >= $2 and day < $3"
            " and counts_receipt is not null order by day", host, since, until)
        return {row[0]: row[1] for row in rows}

    async def first_counted_day(self) -> date | None:
        """The first day on which bodies were counted: not a whole one."""
        first: date | None = await self._database.fetchval("select min(day) from body_read where bodies > 0")
        return first

    async def today(self) -> date:
        """The day it is, in UTC, by the database's clock."""
        today: date = await self._database.fetchval("select (clock_timestamp() at time zone 'utc')::date")
        return today

    async def may(self, what: str, host: str, *, every_seconds: float) -> bool:
        """True for one worker, once in that time: it does this now."""
        return await self._database.fetchval(sql.TURN, what, host, every_seconds) is not None

    async def some_records_of(self, host: str, *, after: UUID, limit: int) -> list[ChallengedRecord]:
        """Records this host should hold, by id from `after` on, then from the first: what both hosts were given."""
        rows = await self._database.fetch(sql.SOME_RECORDS, host, after, limit)
        return [ChallengedRecord(*row) for row in rows]

    async def was_challenged(self, host: str, found: Possession) -> None:
        """Add this to the host's day."""
        await self._database.execute(
            sql.ADD_CHALLENGE, host, found.asked, found.right, found.wrong, found.missing, found.unanswered,
            found.answer_ms)

    async def was_compared(self, host: str, found: Inventory) -> None:
        """The host's whole inventory was compared; of a day the last one stays."""
        await self._database.execute(
            sql.SET_INVENTORY, host, found.compared, found.lacking, found.unknown, found.ahead)

    async def reads_were_compared(self, host: str, day: date, reads: tuple[int, int, int], receipt: str) -> bool:
        """Keep what the host says left it that day, what explains it, and what does not; False when it was kept."""
        return await self._database.fetchval(sql.SET_READS, host, day, *reads, receipt) is not None

    async def days_not_compared(self, host: str, *, since: date, until: date) -> list[date]:
        """Days of which this host's count of bodies read was not compared yet, until this one."""
        rows = await self._database.fetch(sql.DAYS_NOT_COMPARED, host, since, until)
        return [row[0] for row in rows]

    async def figures(self, since: date, *, host: str | None = None) -> list[HostFigures]:
        """The figures of all hosts, or of this one, day by day from this day on."""
        rows = await self._database.fetch(sql.FIGURES, since, host)
        return [HostFigures(**dict(row)) for row in rows]

    async def known_here(self, host: str, records: Sequence[UUID]) -> set[UUID]:
        """Those of these records that this host was ever given something of."""
        rows = await self._database.fetch(
            "select record_id from placement where host_id = $1 and record_id = any($2::uuid[])", host, list(records))
        return {row[0] for row in rows}

    async def places(self, records: Sequence[UUID]) -> dict[UUID, int]:
        """Where the chains of these records end now."""
        rows = await self._database.fetch(
            "select record_id, place from record where record_id = any($1::uuid[])", list(records))
        return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class DayRoot:
    """A daily root as it is kept; `witness` is the reference operator's receipt, once it gave one."""

    day: date
    size: int
    root: bytes
    made_at: datetime
    signature: bytes
    witness: str | None


class RootStore:
    """The daily roots, and what they are made of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def days_due(self, *, before: date) -> list[date]:
        """Days before this one that have no root, from the first receipt on, or from the last root on."""
        rows = await self._database.fetch(sql.ROOTS_DUE, before)
        return [row[0] for row in rows]

    async def close(self, day: date) -> None:
        """Add the portal's own word for what was committed until the end of this day and no host had received."""
        await self._database.execute(sql.COMMITTED, day)

    async def said_on(self, day: date) -> AsyncIterator[asyncpg.Record]:
        """What was said that day, in the one order there is."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            async for row in connection.cursor(sql.SAID_ON, day, prefetch=_ROWS_AT_ONCE):
                yield row

    async def add(self, day: date, size: int, root: bytes, signature: bytes) -> None:
        """Keep this root; the first one of a day stays."""
        await self._database.execute(
            "insert into daily_root (day, size, root, signature) values ($1, $2, $3, $4) on conflict do nothing",
            day, size, root, signature)

    async def witnessed(self, day: date, receipt: str) -> None:
        """The reference operator keeps this day's root too."""
        await self._database.execute(
            "update daily_root set witness = $2, witnessed_at = clock_timestamp() where day = $1 and witness is null",
            day, receipt)

    async def root_of(self, day: date) -> DayRoot | None:
        """The root of this day; None when there is none."""
        row = await self._database.fetchrow(
            "select day, size, root, made_at, signature, witness from daily_root where day = $1", day)
        return None if row is None else DayRoot(*row)

    async def unwitnessed(self) -> list[DayRoot]:
        """Roots that the reference operator did not sign yet, the oldest first."""
        rows = await self._database.fetch(
            "select day, size, root, made_at, signature, witness from daily_root where witness is null order by day")
        return [DayRoot(*row) for row in rows]


def new_nonce() -> bytes:
    """What no host can have known before."""
    return token_bytes(_NONCE_BYTES)


def picked(things: Sequence[T], most: int) -> list[T]:
    """At most so many of these, each as likely as any other."""
    return _chance.sample(things, min(most, len(things)))


def number_between(least: int, most: int) -> int:
    """One of these numbers, each as likely as any other."""
    return _chance.randint(least, most)
