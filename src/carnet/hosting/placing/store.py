"""SQL of placing: room at hosts and in cohorts, cohorts, and how many records there are where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from carnet.hosting.placement import Candidate, Cohort
from carnet.hosting.placing.cohorts import CohortLine
from carnet.hosting.placing.lag import Waiting, waiting
from carnet.journal.database import Database

Kind = Literal["host", "cohort"]
Trace = tuple[object, ...]
BLOCK_SECONDS = 60
GRACE_SECONDS = 60      # after a block ended, before what is left of it is given to others: the opening under way ends
COUNT_SECONDS = 60

_HOSTS = """
select s.host_id, s.siren, a.host_id is not null as is_active, greatest(0, capacity - counted - taken) as room
from host_standing s left join active_host a on a.host_id = s.host_id
"""
_COHORTS = """
select cohort_id, consortium, hosts, departements, starts_on, ends_on, greatest(0, records - counted - taken) as room
from cohort order by cohort_id
"""
# The row is locked before it is read, so that two processes never take the same room. The nearer to the end, the
# smaller the blocks: one process does not keep from others what it may not need.
_TAKE = {
    "host": """
with room as materialized (
  select host_id as id, least($3, greatest(1, (capacity - counted - taken) / 8)) as size
  from host_standing where host_id = $2 and capacity > counted + taken for update),
put as (update host_standing s set taken = taken + room.size from room where s.host_id = room.id)
insert into room_taken (room_id, kind, id, size, ends_at)
select $1, 'host', id, size, clock_timestamp() + make_interval(secs => $4) from room returning size, ends_at
""",
    "cohort": """
with room as materialized (
  select cohort_id as id, least($3, greatest(1, (records - counted - taken) / 8)) as size
  from cohort where cohort_id = $2 and records > counted + taken for update),
put as (update cohort c set taken = taken + room.size from room where c.cohort_id = room.id)
insert into room_taken (room_id, kind, id, size, ends_at)
select $1, 'cohort', id, size, clock_timestamp() + make_interval(secs => $4) from room returning size, ends_at
""",
}
_COUNT = """
select home, reference, cohort, count(*) as records, clock_timestamp() as counted_at from record
where state <> 'erased' group by home, reference, cohort
"""
_PUT_HOST_COUNTS = """
update host_standing s set counted = coalesce(c.records, 0), counted_at = $3, taken = (
  select coalesce(sum(size), 0) from room_taken t where t.kind = 'host' and t.id = s.host_id)
from (select host_id from host_standing) h
left join unnest($1::text[], $2::bigint[]) as c(id, records) on c.id = h.host_id
where s.host_id = h.host_id
"""
_PUT_COHORT_COUNTS = """
update cohort s set counted = coalesce(c.records, 0), counted_at = $3, taken = (
  select coalesce(sum(size), 0) from room_taken t where t.kind = 'cohort' and t.id = s.cohort_id)
from (select cohort_id from cohort) h
left join unnest($1::text[], $2::bigint[]) as c(id, records) on c.id = h.cohort_id
where s.cohort_id = h.cohort_id
"""
_PUT_COHORT = """
insert into cohort as c (cohort_id, consortium, hosts, departements, records, starts_on, ends_on)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (cohort_id) do update set consortium = excluded.consortium, hosts = excluded.hosts,
  departements = excluded.departements, records = excluded.records, starts_on = excluded.starts_on,
  ends_on = excluded.ends_on, loaded_at = clock_timestamp()
"""
_TRACE = (
    "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)"
    " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)")
_TODAY = "select (clock_timestamp() at time zone 'Europe/Paris')::date"


@dataclass(frozen=True, slots=True)
class Block:
    """Room that this process may fill until `ends_at` of the database's clock."""

    size: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """How full a host or a cohort is: records counted at that moment, room taken since, and how many it may have."""

    id: str
    counted: int
    taken: int
    most: int
    counted_at: datetime


class PlacingStore:
    """The portal's rows about room."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self) -> list[Candidate]:
        """The hosts that have a standing, and how much room each had at its last count."""
        return [Candidate(*row) for row in await self._database.fetch(_HOSTS)]

    async def cohorts(self) -> list[Cohort]:
        """The cohorts, also those that ended."""
        rows = await self._database.fetch(_COHORTS)
        return [
            Cohort(row[0], row[1], tuple(row[2]), frozenset(row[3]), row[4], row[5], row[6]) for row in rows]

    async def today(self) -> date:
        """The day it is, by the database's clock."""
        day: date = await self._database.fetchval(_TODAY)
        return day

    async def take(self, kind: Kind, name: str, most: int) -> Block | None:
        """Take room for this many records, or less; None when there is none."""
        row = await self._database.fetchrow(_TAKE[kind], uuid4(), name, most, float(BLOCK_SECONDS))
        return None if row is None else Block(row["size"], row["ends_at"])

    async def take_counting(self) -> bool:
        """True for one caller a minute, whoever asks: it counts."""
        row = await self._database.fetchrow(
            "update platform set counted_at = clock_timestamp()"
            " where counted_at < clock_timestamp() - make_interval(secs => $1) returning true", float(COUNT_SECONDS))
        return row is not None

    async def count(self) -> None:
        """Count the records of every host and cohort, and give back room that was taken and can no longer be filled."""
        began: datetime = await self._database.fetchval("select clock_timestamp()")
        hosts: dict[str, int] = {}
        cohorts: dict[str, int] = {}
        for row in await self._database.fetch(_COUNT):
            for host in (row["home"], row["reference"]):
                hosts[host] = hosts.get(host, 0) + row["records"]
            cohorts[row["cohort"]] = cohorts.get(row["cohort"], 0) + row["records"]
        async with self._database.transaction() as connection:
            # Locked by statements of their own: the next ones see what was taken until now, and nothing comes after.
            await connection.execute("select from host_standing order by host_id for update")
            await connection.execute("select from cohort order by cohort_id for update")
            # What was opened in a block that ended a minute before the count is in the count.
            await connection.execute(
                "delete from room_taken where ends_at < $1::timestamptz - make_interval(secs => $2)", began,
                float(GRACE_SECONDS))
            await connection.execute(_PUT_HOST_COUNTS, list(hosts), list(hosts.values()), began)
            await connection.execute(_PUT_COHORT_COUNTS, list(cohorts), list(cohorts.values()), began)

    async def loads(self) -> tuple[list[Load], list[Load]]:
        """How full hosts are, then cohorts."""
        hosts = await self._database.fetch(
            "select host_id, counted, taken, capacity, counted_at from host_standing order by host_id")
        cohorts = await self._database.fetch(
            "select cohort_id, counted, taken, records, counted_at from cohort order by cohort_id")
        return [Load(*row) for row in hosts], [Load(*row) for row in cohorts]

    async def waiting(self) -> list[Waiting]:
        """Entries that wait, by pair of hosts."""
        return await waiting(self._database)

    async def load_cohorts(self, lines: Sequence[CohortLine], event: Trace) -> list[str]:
        """Put these cohorts in force, and end those that are no longer named; the ids of these."""
        async with self._database.transaction() as connection:
            for line in lines:
                await connection.execute(
                    _PUT_COHORT, line.id, line.consortium, list(line.hosts), list(line.departements), line.records,
                    line.from_, line.until)
            ended = await connection.fetch(
                "update cohort set ends_on = (clock_timestamp() at time zone 'Europe/Paris')::date - 1"
                " where cohort_id <> all($1::text[])"
                " and ends_on >= (clock_timestamp() at time zone 'Europe/Paris')::date returning cohort_id",
                [line.id for line in lines])
            await connection.execute(_TRACE, *event)
            return sorted(row["cohort_id"] for row in ended)
