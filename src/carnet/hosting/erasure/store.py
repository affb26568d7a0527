"""SQL of erasure: orders to hosts, their receipts, officers' approvals, and what a proof is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from carnet.hosting.bulk_wire import ErasedRecord
from carnet.journal.database import Database

LEASE_SECONDS = 60

# Hosts that were written down after the orders were (a deposit was under way) are ordered too (rule EVER).
_COMPLETE = """
insert into erasure_order (record_id, host_id, due_at)
select p.record_id, p.host_id, o.due_at
from placement p join (
  select record_id, min(due_at) as due_at from erasure_order where record_id = any($1::uuid[]) group by record_id) as o
  on o.record_id = p.record_id
on conflict do nothing
"""

_CLAIM = """
with due as (
  select record_id, host_id from erasure_order
  where host_id = $1 and done_at is null and due_at <= clock_timestamp() and leased_until < clock_timestamp()
  order by due_at, record_id limit $2 for update skip locked)
update erasure_order o
set leased_until = clock_timestamp() + make_interval(secs => $3), attempts = o.attempts + 1
from due, record r
where o.record_id = due.record_id and o.host_id = due.host_id and r.record_id = o.record_id
returning o.record_id, r.placement_version
"""

# What still waited to be brought to the host goes with it: nothing of the record is brought anywhere any more.
_DONE = """
with erased as (
  select * from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as e(record_id, entries, bodies)),
done as (
  update erasure_order o
  set receipt = $5, done_at = clock_timestamp(), entries = e.entries, bodies = e.bodies, waits_for = ''
  from erased e where o.record_id = e.record_id and o.host_id = $1 and o.done_at is null),
placed as (
  update placement p set receipt = $5 from erased e
  where p.record_id = e.record_id and p.host_id = $1 and p.receipt is null),
unsent as (delete from outbox x using erased e where x.record_id = e.record_id)
delete from catch_up c using erased e where c.record_id = e.record_id
"""

_PUT_OFF = """
update erasure_order set leased_until = clock_timestamp() + make_interval(secs => $3), waits_for = $4
where host_id = $1 and record_id = any($2::uuid[]) and done_at is null
"""

_LISTED = """
select e.record_id, e.erased_at, e.key_destroyed_at,
  count(o.host_id) as ordered, count(o.done_at) as done,
  coalesce(string_agg(o.host_id || case when o.waits_for = '' then '' else ' (' || o.waits_for || ')' end, ', ')
    filter (where o.done_at is null), '') as waiting
from erasure e left join erasure_order o on o.record_id = e.record_id
group by e.record_id having $2 or count(o.done_at) < count(o.host_id)
order by e.erased_at, e.record_id limit $1
"""


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order to one host, and what came of it: without a receipt it is still due."""

    host: str
    ordered_at: datetime
    due_at: datetime
    done_at: datetime | None
    entries: int | None
    bodies: int | None
    receipt: str | None
    waits_for: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """A record that is erased, and its orders."""

    record: UUID
    erased_at: datetime
    key_destroyed_at: datetime | None
    orders: tuple[OrderState, ...]


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """An erasure in a list: how many hosts were ordered, how many answered, and which did not, and why."""

    record: UUID
    erased_at: datetime
    key_destroyed_at: datetime | None
    ordered: int
    done: int
    waiting: str


class ErasureStore:
    """What the portal's database knows of erasures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, host: str, limit: int) -> list[tuple[UUID, int]]:
        """Records whose order to this host is due, with their placement version, for this worker alone for a minute."""
        return [(row[0], row[1]) for row in await self._database.fetch(_CLAIM, host, limit, LEASE_SECONDS)]

    async def order_all(self, records: Sequence[UUID]) -> None:
        """Order every host that was ever given something of these records, also one that was noted late."""
        await self._database.execute(_COMPLETE, list(records))

    async def done(self, host: str, erased: Sequence[ErasedRecord], receipt: str) -> None:
        """The host signed that it erased these."""
        await self._database.execute(
            _DONE, host, [each.record for each in erased], [each.entries for each in erased],
            [each.bodies for each in erased], receipt)

    async def put_off(self, host: str, records: Sequence[UUID], why: str, *, seconds: float) -> None:
        """Ask again then; `why` is what it waits for."""
        await self._database.execute(_PUT_OFF, host, list(records), seconds, why)

    async def put_off_all(self, host: str, why: str, *, seconds: float) -> None:
        """The same for all that is due at this host."""
        await self._database.execute(
            "update erasure_order set leased_until = clock_timestamp() + make_interval(secs => $2), waits_for = $3"
            " where host_id = $1 and done_at is null and due_at <= clock_timestamp()", host, seconds, why)

    async def approvals(self, host: str) -> list[str]:
        """Officers' approvals for this host that hold now, those that end first before the others."""
        rows = await self._database.fetch(
            "select approval from erasure_approval where host_id = $1 and ends_at > clock_timestamp() order by ends_at",
            host)
        return [row[0] for row in rows]

    async def approve(self, host: str, approval: str, *, most: int, ends_at: datetime, said: tuple[str, str]) -> None:
        """Keep an approval; `said` is why, and by whom. What waited for it is due at once."""
        reason, by = said
        async with self._database.transaction() as connection:
            await connection.execute(
                "insert into erasure_approval (approval_id, host_id, approval, most, ends_at, reason, approved_by)"
                " values ($1, $2, $3, $4, $5, $6, $7)", uuid4(), host, approval, most, ends_at, reason, by)
            await connection.execute(
                "update erasure_order set leased_until = '-infinity' where host_id = $1 and done_at is null", host)

    async def of(self, record: UUID) -> Erasure | None:
        """The erasure of this record; None when it is not erased."""
        row = await self._database.fetchrow(
            "select record_id, erased_at, key_destroyed_at from erasure where record_id = $1", record)
        if row is None:
            return None
        orders = await self._database.fetch(
            "select host_id, ordered_at, due_at, done_at, entries, bodies, receipt, waits_for from erasure_order"
            " where record_id = $1 order by host_id", record)
        return Erasure(row[0], row[1], row[2], tuple(OrderState(*order) for order in orders))

    async def listed(self, *, all_of_them: bool, limit: int = 1000) -> list[ErasureLine]:
        """Erasures that wait for a host, the oldest first; or all of them."""
        return [ErasureLine(*row) for row in await self._database.fetch(_LISTED, limit, all_of_them)]

    async def ends_in(self, days: int) -> datetime:
        """The time it is in so many days, by the database's clock."""
        later = timedelta(days=days)
        moment: datetime = await self._database.fetchval("select clock_timestamp() + $1::interval", later)
        return moment
