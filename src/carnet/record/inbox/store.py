"""SQL of the inbox: messages, what became of them, and what goes out because of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec

from carnet.errors import Issue
from carnet.journal.database import Database
from carnet.people.ins import Ins
from carnet.record.inbox.message import COPIES, Channel, Kept, Message, MessageState, Outgoing, Partner, Taken
from carnet.record.inbox.sealed import SealedContent

LEASE_SECONDS = 120

# Whatever changes a message has it counted again: figures are made of it (steering/counting.py).
# What is deposited stays so, whatever a later sending of the same bytes is answered.
_PUT = """
with put as (
  insert into message as m (message_id, digest, channel, partner, organisation, organisation_name, software, kind,
    control_id, sent_at, acted_at, type_code, is_structured, ins, record_id, unique_ids, state, reasons, issues,
    day, header, sealed, next_at, settled_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17::text, $18, $19::text::jsonb,
    $20, $21, $22, clock_timestamp() + make_interval(secs => $23::int),
    case when $23::int is null then clock_timestamp() end)
  on conflict (partner, digest) do update set
    times = m.times + 1, attempts = m.attempts + 1, settled_at = coalesce(m.settled_at, excluded.settled_at),
    kind = excluded.kind, record_id = coalesce(excluded.record_id, m.record_id), unique_ids = excluded.unique_ids,
    type_code = excluded.type_code, is_structured = excluded.is_structured, ins = excluded.ins,
    acted_at = excluded.acted_at, to_count = true,
    day = case when m.state in ('deposited', 'replaced', 'deleted') then null else excluded.day end,
    header = case when m.state in ('deposited', 'replaced', 'deleted') then null else excluded.header end,
    sealed = case when m.state in ('deposited', 'replaced', 'deleted') then null else excluded.sealed end,
    state = case when m.state in ('deposited', 'replaced', 'deleted') then m.state else excluded.state end,
    reasons = case when m.state in ('deposited', 'replaced', 'deleted') then m.reasons else excluded.reasons end,
    issues = case when m.state in ('deposited', 'replaced', 'deleted') then m.issues else excluded.issues end,
    next_at = case when m.state in ('deposited', 'replaced', 'deleted') then null else excluded.next_at end
  returning message_id, (xmax = 0) as is_new),
gone as (
  update message set to_count = true,
    state = case when unique_ids && $25::text[] then 'deleted' else 'replaced' end
  where $17 = 'deposited' and unique_ids && ($24::text[] || $25::text[]) and state in ('deposited', 'replaced')
    and digest <> $2),
out as (
  insert into outgoing (outgoing_id, message_id, channel, destination, what, day, header, sealed, next_at)
  select o.id, put.message_id, o.channel, o.destination, o.what, o.day, o.header, o.sealed,
    case when not o.sleeps then clock_timestamp() end
  from put, unnest($26::uuid[], $27::text[], $28::text[], $29::text[], $30::date[], $31::bytea[], $32::bytea[],
    $33::boolean[]) as o(id, channel, destination, what, day, header, sealed, sleeps)
  on conflict do nothing)
select message_id, is_new from put
"""

# A message that waits for a record is due as soon as there is one, whatever it was put off to.
_CLAIM = """
with due as (
  select message_id from message m
  where next_at <= clock_timestamp() or (
    state = 'waiting' and reasons = '{no_record}' and ins <> '' and exists (
      select from locator l join record r on r.record_id = l.record_id
      where l.identifier = 'ins|' || m.ins and r.state = 'active'))
  order by next_at limit $1 for update skip locked)
update message m set next_at = clock_timestamp() + make_interval(secs => $2)
from due where m.message_id = due.message_id
returning m.message_id, m.channel, m.partner, m.organisation, m.organisation_name, m.software, m.day, m.header,
  m.sealed, m.attempts
"""
_CONTENT = """
select message_id, channel, partner, organisation, organisation_name, software, day, header, sealed, attempts
from message where message_id = $1
"""
_EARLIER = """
select message_id, channel, partner, organisation, organisation_name, software, day, header, sealed, attempts
from message
where ins = $1 and state in ('received', 'waiting') and organisation = $2 and not (partner = $3 and digest = $4)
  and received_at < coalesce(
    (select received_at from message where partner = $3 and digest = $4), 'infinity'::timestamptz)
order by received_at, message_id limit 200
"""
_KEPT = """
select message_id, channel, partner, organisation, organisation_name, software, state, kind, control_id, received_at,
  settled_at, type_code, ins, record_id, unique_ids, reasons, issues::text as issues, sealed is not null as has_content,
  times, corrected_by, attempts
from message
"""
_NAMED = _KEPT + "where message_id = any($1::uuid[])"
_LIST = _KEPT + """
where ($1::text is null or partner = $1) and ($2::text is null or organisation = $2)
  and ($3::text is null or state = $3) and ($4::text is null or channel = $4)
  and ($5::text is null or control_id = $5 or ins = $5 or $5 = any(unique_ids) or message_id::text = $5)
  and ($6::timestamptz is null or received_at < $6 or (received_at = $6 and message_id > $8::uuid))
order by received_at desc, message_id limit $7
"""
_OVER = """
with empty as (update outgoing set day = null, header = null, sealed = null, next_at = null where day < $1)
update message set day = null, header = null, sealed = null, next_at = null, to_count = true,
  settled_at = coalesce(settled_at, clock_timestamp()),
  state = case when state in ('received', 'waiting') then 'refused' else state end,
  reasons = case when state in ('received', 'waiting') then '{waited_too_long}' else reasons end
where day < $1
"""
# What is corrected is over: it is tried no more, and its content is kept no longer.
_CORRECTED = """
update message set corrected_by = $2, day = null, header = null, sealed = null, next_at = null, to_count = true,
  settled_at = coalesce(settled_at, clock_timestamp()),
  state = case when state in ('received', 'waiting') then 'refused' else state end,
  reasons = case when state in ('received', 'waiting') then '{corrected}' else reasons end
where message_id = $1
"""
_ENDING = """
select message_id, channel, partner, organisation, organisation_name, software, day, header, sealed, attempts
from message where day < $1 and state in ('received', 'waiting') order by received_at limit $2
"""
# What has not left yet does not leave. A letter that was tried may have arrived.
_RECALLED = """
with copies as (
  select outgoing_id, destination, o.sent_at, o.attempts from outgoing o join message m using (message_id)
  where m.unique_ids && $1 and o.channel = $2 and o.what = any($3) for update of o),
kept as (
  update outgoing set next_at = null, last_error = 'the document was deleted', day = null, header = null, sealed = null
  where outgoing_id in (select outgoing_id from copies where sent_at is null))
select distinct destination from copies where sent_at is not null or attempts > 0 order by destination
"""
_DAYS = "select distinct day from message where day < $1 union select distinct day from outgoing where day < $1"


@dataclass(frozen=True, slots=True)
class Held:
    """A message whose content is here, to be read again."""

    message_id: UUID
    channel: Channel
    partner: Partner
    content: SealedContent | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Row:
    """What is written of a message: `try_again_seconds` for one that is to be tried again, else None."""

    digest: bytes
    channel: Channel
    partner: Partner
    message: Message | None
    taken: Taken
    content: SealedContent | None
    try_again_seconds: int | None
    outgoing: Sequence[tuple[Outgoing, SealedContent]] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are listed. `text` is a control id, an INS (`oid|value`), a uniqueId or a message id; `after` is
    the last one of the page before, received at `before`.
    """

    partner: str | None = None
    organisation: str | None = None
    state: MessageState | None = None
    channel: Channel | None = None
    text: str | None = None
    before: datetime | None = None
    after: UUID | None = None

    def following(self, last: Kept) -> Wanted:
        """The same, after this message."""
        return replace(self, before=last.received_at, after=last.message_id)


class InboxStore:
    """The tables `message` and `outgoing`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, row: Row) -> tuple[UUID, bool]:
        """Write what became of a message, with what goes out because of it: its id, and whether it is the first time.
        """
        message = row.message or Message("", ())
        [found] = await self._database.fetch(
            _PUT, row.taken.message_id, row.digest, row.channel, row.partner.partner_id, row.partner.organisation,
            row.partner.name, row.partner.software, message.kind, message.control_id, message.sent_at,
            message.acted_at, message.type_code, message.is_structured, person(message.ins), row.taken.record,
            list(message.unique_ids), row.taken.state, list(row.taken.reasons),
            msgspec.json.encode(row.taken.issues).decode(), *_columns(row.content), row.try_again_seconds,
            list(message.replaced_ids), list(message.deleted_ids), *_outgoing(row.outgoing))
        return found["message_id"], found["is_new"]

    async def claim(self, limit: int) -> list[Held]:
        """Messages to try again now, for this worker alone until its lease ends."""
        return [_held(row) for row in await self._database.fetch(_CLAIM, limit, LEASE_SECONDS)]

    async def held(self, message_id: UUID) -> Held | None:
        """One message with its content."""
        row = await self._database.fetchrow(_CONTENT, message_id)
        return _held(row) if row is not None else None

    async def earlier(self, ins: Ins, partner: Partner, digest: bytes) -> list[Held]:
        """What this partner's organisation sent of this person before the message of this digest, and that waits."""
        rows = await self._database.fetch(
            _EARLIER, person(ins), partner.organisation, partner.partner_id, digest)
        return [_held(row) for row in rows]

    async def of(self, wanted: Wanted, *, limit: int = 100) -> list[Kept]:
        """Messages, the newest first."""
        rows = await self._database.fetch(
            _LIST, wanted.partner, wanted.organisation, wanted.state, wanted.channel, wanted.text, wanted.before, limit,
            wanted.after)
        return [_kept(row) for row in rows]

    async def named(self, message_ids: Sequence[UUID]) -> list[Kept]:
        """These messages, in no order; those that are none are left out."""
        return [_kept(row) for row in await self._database.fetch(_NAMED, list(message_ids))]

    async def corrected(self, message_id: UUID, by: UUID) -> None:
        """Note which message was sent instead of this one, which is over then."""
        await self._database.execute(_CORRECTED, message_id, by)

    async def recalled(self, unique_ids: Sequence[str]) -> list[str]:
        """The boxes that have, or may have, copies of these documents, which are void; those still here do not leave.
        """
        rows = await self._database.fetch(_RECALLED, list(unique_ids), Channel.MAIL, list(COPIES))
        return [row["destination"] for row in rows]

    async def days_before(self, day: date) -> list[date]:
        """The days before this one of which some content is left."""
        return [row["day"] for row in await self._database.fetch(_DAYS, day)]

    async def ending(self, day: date, *, limit: int) -> list[Held]:
        """What came before this day and still waits, the oldest first."""
        return [_held(row) for row in await self._database.fetch(_ENDING, day, limit)]

    async def end_before(self, day: date) -> None:
        """Keep no content that came before this day; what still waited is refused."""
        await self._database.execute(_OVER, day)


def person(ins: Ins | None) -> str:
    """An INS as the inbox keeps it."""
    return f"{ins.oid}|{ins.value}" if ins is not None else ""


def _columns(content: SealedContent | None) -> tuple[date | None, bytes | None, bytes | None]:
    return (content.day, content.header, content.sealed) if content is not None else (None, None, None)


def _outgoing(outgoing: Sequence[tuple[Outgoing, SealedContent]]) -> tuple[list[Any], ...]:
    return (
        [uuid4() for _ in outgoing], [each.channel.value for each, _ in outgoing],
        [each.destination for each, _ in outgoing], [each.what for each, _ in outgoing],
        [content.day for _, content in outgoing], [content.header for _, content in outgoing],
        [content.sealed for _, content in outgoing], [each.sleeps for each, _ in outgoing])


def _held(row: Mapping[str, Any]) -> Held:
    content = SealedContent(row["day"], row["header"], row["sealed"]) if row["day"] is not None else None
    return Held(row["message_id"], Channel(row["channel"]), _partner(row), content, row["attempts"])


def _partner(row: Mapping[str, Any]) -> Partner:
    return Partner(row["partner"], row["organisation"], row["organisation_name"], row["software"])


def _kept(row: Mapping[str, Any]) -> Kept:
    return Kept(
        message_id=row["message_id"], channel=Channel(row["channel"]), partner=_partner(row),
        state=MessageState(row["state"]), kind=row["kind"], control_id=row["control_id"],
        received_at=row["received_at"], settled_at=row["settled_at"], type_code=row["type_code"], ins=row["ins"],
        record=row["record_id"], unique_ids=tuple(row["unique_ids"]), reasons=tuple(row["reasons"]),
        issues=tuple(msgspec.json.decode(row["issues"], type=list[Issue])), has_content=row["has_content"],
        times=row["times"], corrected_by=row["corrected_by"], attempts=row["attempts"])
