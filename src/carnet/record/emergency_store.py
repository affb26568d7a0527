"""The portal's rows about emergency accesses: how many, who agreed to one, and what an officer said of them.

Each change is one statement with its audit event (decision 0006). The rows of accesses themselves are written with the
record's rights (`sql.py`). The only clock is the database's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from carnet.audit.events import Event
from carnet.journal.database import Database
from carnet.record.effects import Notice, columns_of
from carnet.record.sql import OPENED_TODAY

CODE_MINUTES = 15           # a code is typed within this time
AGREED_MINUTES = 60         # and what it agrees to is opened within this one
WRONG_CODES = 5             # of one professional, in the time that a code lives
LATE_HOURS = 72             # a review that takes longer is late, and counted as such in public

_TRACED = (
    "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)"
    " select $1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb from")

_AGREED = f"""
select exists (select from second_person where record_id = $1 and professional = $2
  and agreed_at > clock_timestamp() - interval '{AGREED_MINUTES} minutes')
"""  # noqa: S608  numbers of this file
_FORGET = """
delete from second_person
where (record_id, professional) = ($1, $2) or asked_at < clock_timestamp() - interval '2 hours'
"""
_ASK = f"""
with asked as (
  insert into second_person (record_id, professional, code, asked_at) values ($1, $9, $10, clock_timestamp())
  on conflict do nothing returning record_id),
traced as ({_TRACED} asked)
select record_id from asked
"""  # noqa: S608  texts of this file
_WAITING = f"""
select record_id, professional from second_person
where code = $1 and agreed_at is null and asked_at > clock_timestamp() - interval '{CODE_MINUTES} minutes'
"""  # noqa: S608  numbers of this file
_AGREE = f"""
with agreed as (
  update second_person set agreed_by = $9, agreed_at = clock_timestamp()
  where record_id = $1 and professional = $10 and code = $11 and agreed_at is null
    and asked_at > clock_timestamp() - interval '{CODE_MINUTES} minutes'
  returning record_id),
traced as ({_TRACED} agreed)
select record_id from agreed
"""  # noqa: S608  texts of this file
_TRIES = f"""
select count(*) from second_person_try
where professional = $1 and at > clock_timestamp() - interval '{CODE_MINUTES} minutes'
"""  # noqa: S608  numbers of this file
_WITH_LATE = f"""
select *, review is null and opened_at < clock_timestamp() - interval '{LATE_HOURS} hours' as is_late from emergency
"""  # noqa: S608  numbers of this file
_USE = f"{_WITH_LATE} where record_id = $1 and emergency_id = $2"
_USES = f"""{_WITH_LATE}
where (review is not null) = $1 order by case when $1 then reviewed_at end desc, opened_at limit $2
"""
_CLOSE = f"""
with closed as (
  update emergency set review = $9, review_note = $10, reviewed_by = $11, reviewed_at = clock_timestamp()
  where record_id = $1 and emergency_id = $12 and review is null returning record_id),
told as (
  insert into notification (record_id, notification_id, recipient, act, detail, read_at)
  select record_id, n.id, n.recipient, n.act, n.detail::jsonb, case when n.is_read then clock_timestamp() end
  from closed, unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::bool[])
    as n(id, recipient, act, detail, is_read)),
traced as ({_TRACED} closed)
select record_id from closed
"""  # noqa: S608  texts of this file
_FIGURES = f"""
select count(*) filter (where review is null) as open,
  count(*) filter (where review is null and opened_at < clock_timestamp() - interval '{LATE_HOURS} hours') as late,
  count(*) filter (where review = 'justified') as justified,
  count(*) filter (where review = 'unjustified') as unjustified
from emergency
"""  # noqa: S608  numbers of this file


@dataclass(frozen=True, slots=True)
class EmergencyUse:
    """One emergency access as it is reviewed: who, when, why, and what an officer said. Of the patient, nothing."""

    record: UUID
    emergency_id: UUID
    professional: str
    professional_name: str
    organisation: str
    mode: str
    reason: str
    opened_at: datetime
    review: str | None
    review_note: str
    reviewed_by: str
    reviewed_at: datetime | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """How many emergency accesses wait for a review, how many of these are late, and what was said of the others."""

    open: int
    late: int
    justified: int
    unjustified: int


class EmergencyStore:
    """The tables `emergency`, `second_person` and `second_person_try`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def today(self, professional: str) -> int:
        """How many emergency accesses this professional opened in 24 hours, to any record."""
        count: int = await self._database.fetchval(OPENED_TODAY, professional)
        return count

    async def has_agreed(self, record: UUID, professional: str) -> bool:
        """True when a second person agreed, in the last hour, that this professional opens this record."""
        has: bool = await self._database.fetchval(_AGREED, record, professional)
        return has

    async def ask(self, record: UUID, professional: str, code: str, event: Event) -> bool:
        """Keep a code for a second person, in place of any earlier one; False when the code is someone else's."""
        async with self._database.transaction() as connection:
            await connection.execute(_FORGET, record, professional)
            return await connection.fetchval(_ASK, *event.columns(), professional, code) is not None

    async def waiting(self, code: str) -> tuple[UUID, str] | None:
        """The record and the professional that this code is about, while it may be typed."""
        row = await self._database.fetchrow(_WAITING, code)
        return None if row is None else (row["record_id"], row["professional"])

    async def agree(self, by: str, professional: str, code: str, event: Event) -> bool:
        """Note that this second person agrees; False when the code was used, or ended, meanwhile."""
        row = await self._database.fetchrow(_AGREE, *event.columns(), by, professional, code)
        return row is not None

    async def tried(self, professional: str) -> UUID | None:
        """Count a code that is about to be looked at; None when this professional typed too many wrong ones.

        It is counted before it is looked at, so that many at once are no more than one after the other.
        """
        this = uuid4()
        await self._database.execute(
            "insert into second_person_try (try_id, professional) values ($1, $2)", this, professional)
        if await self._database.fetchval(_TRIES, professional) <= WRONG_CODES:
            return this
        await self.forgive(this)
        return None

    async def forgive(self, attempt: UUID) -> None:
        """The code was right, or was not looked at: it does not count. Old ones are forgotten too."""
        await self._database.execute(
            "delete from second_person_try where try_id = $1 or at < clock_timestamp() - interval '1 day'", attempt)

    async def uses(self, *, closed: bool, limit: int) -> list[EmergencyUse]:
        """Accesses that wait for a review, the oldest first; or those reviewed, the latest first."""
        return [_use(row) for row in await self._database.fetch(_USES, closed, limit)]

    async def use(self, record: UUID, emergency_id: UUID) -> EmergencyUse | None:
        """This access, reviewed or not; None when there was none."""
        row = await self._database.fetchrow(_USE, record, emergency_id)
        return None if row is None else _use(row)

    async def close(
        self, emergency_id: UUID, event: Event, notices: tuple[Notice, ...], *, review: str, note: str,
    ) -> bool:
        """Note what an officer said of an access; False when it was said before."""
        row = await self._database.fetchrow(
            _CLOSE, *event.columns(), review, note, event.actor.identifier, emergency_id, *columns_of(notices))
        return row is not None

    async def figures(self) -> ReviewFigures:
        """The figures of all reviews."""
        row = await self._database.fetchrow(_FIGURES)
        return ReviewFigures(**row) if row is not None else ReviewFigures(0, 0, 0, 0)


def _use(row: Mapping[str, Any]) -> EmergencyUse:
    columns = {name: row[name] for name in EmergencyUse.__slots__ if name != "record"}
    return EmergencyUse(record=row["record_id"], **columns)
