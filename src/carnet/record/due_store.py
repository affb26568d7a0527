"""SQL of what is due: records that the worker must look at, and what is left of one that is erased."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from carnet.audit.events import Event
from carnet.journal.database import Database
from carnet.people.patient import Sex, Traits
from carnet.record.effects import Notice, columns_of
from carnet.rights.held import RecordRights

LEASE_SECONDS = 60
NOBODY = Traits(birth_family="", birth_given="", birth_date="0001", sex=Sex.UNKNOWN)

# Due again after a lease: a worker that dies leaves nothing undone. A change of rights meanwhile sets its own time.
_CLAIM = """
with due as (
  select record_id from record where next_due <= clock_timestamp() and (select reconciling from platform) is null
  order by next_due limit $1 for update skip locked)
update record r set next_due = clock_timestamp() + make_interval(secs => $2)
from due where r.record_id = due.record_id returning r.record_id
"""

_PUT_OFF = "update record set next_due = $2 where record_id = $1 and rights_version = $3"

# Hosts are ordered to erase by the statement that empties the row: all that were ever given anything of the record. Not
# at once: that it is unreadable at once is the key's part, and a mistake can still be seen.
# The row stays, as the tombstone that identifiers of documents lead to: they name nothing else, ever. What the person
# is told of the erasure stays too, and traces, which are the audit log's. Nothing else says whose record it was.
_EMPTY = """
with freed as (
  delete from locator l using record r
  where r.record_id = $1 and r.state = 'erased' and l.record_id = $1
    and l.identifier = 'ins|' || r.ins_oid || '|' || r.ins_value),
untold as (delete from notification where record_id = $1 and act <> 'erase'),
alone as (delete from proxy where record_id = $1),
uncounted as (delete from record_fill where record_id = $1),
unread as (delete from record_read where record_id = $1),
unvisited as (delete from record_visit where record_id = $1),
unnamed as (update message set ins = '' where record_id = $1),
unasked as (delete from second_person where record_id = $1),
unchecked as (delete from document_check where record_id = $1),
unsampled as (delete from comparison_sampled where record_id = $1),
unexplained as (update emergency set reason = '' where record_id = $1),
erased as (insert into erasure (record_id) values ($1) on conflict do nothing),
ordered as (
  insert into erasure_order (record_id, host_id, due_at)
  select record_id, host_id, clock_timestamp() + $4::interval from placement where record_id = $1
  on conflict do nothing)
update record set ins_value = '', traits = $2::text::jsonb, rights = $3::text::jsonb, documents = 0,
  rights_version = rights_version + 1
where record_id = $1 and state = 'erased' and ins_value <> ''
"""

# Its key was destroyed, and a portal that was restored does not know: no entry can be sealed that says so.
_FOUND_ERASED = """
with found as (
  update record set state = 'erased', rights = $3::text::jsonb, rights_version = rights_version + 1
  where record_id = $1 and rights_version = $2 and state <> 'erased' returning record_id)
insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
select $4::uuid, $5::uuid, $6::text, $7::text, $8::text, $9::text, $10::text::jsonb, $11::text::jsonb from found
"""

# Told once, however often it is found due: each notice has an identifier of its own.
_TELL = """
with told as (
  insert into notification (record_id, notification_id, recipient, act, detail, read_at)
  select $1, n.id, n.recipient, n.act, n.detail::jsonb, case when n.is_read then clock_timestamp() end
  from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bool[]) as n(id, recipient, act, detail, is_read)
  on conflict do nothing returning notification_id)
insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)
select $7::uuid, $8::uuid, $9::text, $10::text, $11::text, $12::text, $13::text::jsonb, $14::text::jsonb
where exists (select from told)
"""


class DueStore:
    """The portal's rows about what time itself changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, limit: int) -> list[UUID]:
        """Records that are due, those due longest first, for this worker alone until its lease ends."""
        return [row["record_id"] for row in await self._database.fetch(_CLAIM, limit, LEASE_SECONDS)]

    async def put_off(self, record: UUID, until: datetime | None, *, rights_version: int) -> None:
        """Look at this record again then, or never, unless its rights changed meanwhile."""
        await self._database.execute(_PUT_OFF, record, until, rights_version)

    async def put_off_for_a_day(self, record: UUID) -> None:
        """Look at this record again tomorrow, whatever becomes of it."""
        await self._database.execute(
            "update record set next_due = clock_timestamp() + interval '1 day' where record_id = $1", record)

    async def empty(self, record: UUID, rights: RecordRights, *, orders_due_in: timedelta) -> None:
        """Leave nothing in an erased record's rows that says whose it was; the person may have another one.

        The orders that its hosts erase it are there with the same commit, due after that time.
        """
        await self._database.execute(
            _EMPTY, record, msgspec.json.encode(NOBODY).decode(), msgspec.json.encode(rights).decode(), orders_due_in)

    async def key_destroyed(self, record: UUID, at: datetime | None) -> None:
        """Keep when the key of this erased record was destroyed."""
        await self._database.execute(
            "update erasure set key_destroyed_at = $2 where record_id = $1 and key_destroyed_at is null", record, at)

    async def found_erased(self, record: UUID, rights: RecordRights, event: Event, *, rights_version: int) -> None:
        """The key of this record is found destroyed: it is erased, unless its rights changed meanwhile. Traced."""
        await self._database.execute(
            _FOUND_ERASED, record, rights_version, msgspec.json.encode(rights).decode(), *event.columns())

    async def look_at(self, record: UUID) -> None:
        """Have a worker look at this record now."""
        await self._database.execute(
            "update record set next_due = clock_timestamp() where record_id = $1 and state <> 'erased'", record)

    async def tell(self, record: UUID, notices: Sequence[Notice], event: Event) -> None:
        """Tell these persons, and trace it; those who were told before are not told again."""
        await self._database.execute(_TELL, record, *columns_of(notices), *event.columns())
