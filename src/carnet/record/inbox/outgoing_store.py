"""SQL of what goes out because of messages: business acknowledgements, letters. A queue that any process may serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from carnet.journal.database import Database
from carnet.record.inbox.message import OF_A_READER, Channel
from carnet.record.inbox.sealed import SealedContent

LEASE_SECONDS = 120
MOST_TRIES = 12     # with the pauses between: about two days
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 15, 6 * 3600

_CLAIM = """
with due as (
  select outgoing_id from outgoing where channel = $1 and next_at <= clock_timestamp() and sealed is not null
  order by next_at limit $2 for update skip locked)
update outgoing o set next_at = clock_timestamp() + make_interval(secs => $3), attempts = attempts + 1
from due where o.outgoing_id = due.outgoing_id
returning o.outgoing_id, o.message_id, o.destination, o.what, o.day, o.header, o.sealed, o.attempts
"""
# What was sent is not kept: whom it went to, and when, is.
_SENT = """
update outgoing set sent_at = clock_timestamp(), next_at = null, last_error = '',
  day = null, header = null, sealed = null
where outgoing_id = $1
"""
_FAILED = """
update outgoing set last_error = $2,
  next_at = case when attempts < $3 then clock_timestamp() + make_interval(secs => $4) end
where outgoing_id = $1
"""
# What sleeps until it is known what became of a letter is of the same message, and names its box.
_CAME_BACK = """
with letter as (
  update outgoing set read_at = case when $2 = '' then coalesce(read_at, clock_timestamp()) else read_at end,
    last_error = case when $2 = '' then last_error else $2 end
  where outgoing_id = $1 and sent_at is not null returning message_id, destination)
update outgoing o set next_at = clock_timestamp() from letter
where o.message_id = letter.message_id and o.what = $3 || ' ' || letter.destination
  and o.sent_at is null and o.attempts = 0 and o.sealed is not null
"""
_OF = """
select outgoing_id, channel, destination, what, made_at, sent_at, attempts, next_at, last_error, read_at
from outgoing where message_id = $1 order by made_at, outgoing_id
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to send now."""

    outgoing_id: UUID
    message_id: UUID
    destination: str
    what: str
    content: SealedContent
    attempts: int


@dataclass(frozen=True, slots=True)
class Sending:
    """How a sending goes: sent, due again at `next_at`, or given up (or asleep) when there is neither."""

    outgoing_id: UUID
    channel: Channel
    destination: str
    what: str
    made_at: datetime
    sent_at: datetime | None
    attempts: int
    next_at: datetime | None
    last_error: str
    read_at: datetime | None


class OutgoingStore:
    """The table `outgoing`, which `InboxStore` fills."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, channel: Channel, limit: int) -> list[Due]:
        """What is due on this channel, for this process alone until its lease ends."""
        return [_due(row) for row in await self._database.fetch(_CLAIM, channel, limit, LEASE_SECONDS)]

    async def sent(self, outgoing_id: UUID) -> None:
        """It arrived: its content is kept no more."""
        await self._database.execute(_SENT, outgoing_id)

    async def failed(self, due: Due, error: str, *, for_good: bool = False) -> None:
        """It did not arrive, for this reason: it is tried again later, and given up at last."""
        pause = min(_FIRST_PAUSE_SECONDS * 2**due.attempts, _LONGEST_PAUSE_SECONDS)
        await self._database.execute(_FAILED, due.outgoing_id, error[:500], 0 if for_good else MOST_TRIES, pause)

    async def came_back(self, outgoing_id: UUID, why: str) -> None:
        """It had been sent, and did not arrive after all: who waits for its reader is told."""
        await self._database.execute(_CAME_BACK, outgoing_id, why[:500] or "came back", OF_A_READER)

    async def was_read(self, outgoing_id: UUID) -> None:
        """Its reader says that it was read: who waits for it is told."""
        await self._database.execute(_CAME_BACK, outgoing_id, "", OF_A_READER)

    async def of(self, message_id: UUID) -> list[Sending]:
        """What went out, or will, because of this message."""
        return [
            Sending(**{**row, "channel": Channel(row["channel"])})
            for row in await self._database.fetch(_OF, message_id)]


def _due(row: Mapping[str, Any]) -> Due:
    content = SealedContent(row["day"], row["header"], row["sealed"])
    return Due(row["outgoing_id"], row["message_id"], row["destination"], row["what"], content, row["attempts"])
