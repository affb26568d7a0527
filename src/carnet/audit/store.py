"""SQL of audit: reading traces. Those of a record are written by the transaction they belong to, in `record/store.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from carnet.audit.events import Event
from carnet.audit.log.store import LogStore
from carnet.journal.content import Actor
from carnet.journal.database import Database

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """A trace as it was kept."""

    event_id: UUID
    at: datetime
    act: str
    outcome: str
    door: str
    actor: Actor
    detail: dict[str, Any]

    @property
    def documents(self) -> tuple[UUID, ...]:
        """The entryUUIDs it names."""
        return tuple(UUID(each) for each in self.detail.get("documents", ()))


class AuditStore:
    """Reads the traces of one record, adds those of no record. `log` is the log that all of them are in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.log = LogStore(database)

    async def append(self, event: Event) -> None:
        """Add the trace of something that is about no record, committed when this returns."""
        await self._database.execute(
            "insert into audit_event (record_id, event_id, act, outcome, door, request_id, actor, detail)"
            " values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb)", *event.columns())

    async def events_of(self, record: UUID) -> list[TracedEvent]:
        """The traces of this record, oldest first."""
        rows = await self._database.fetch(
            "select event_id, at, act, outcome, door, actor::text, detail::text from audit_event"
            " where record_id = $1 order by at, event_id limit $2", record, _MOST)
        return [_traced(row) for row in rows]

    async def event(self, record: UUID, event_id: UUID) -> TracedEvent | None:
        """This trace of this record; None when it has no such trace."""
        row = await self._database.fetchrow(
            "select event_id, at, act, outcome, door, actor::text, detail::text from audit_event"
            " where record_id = $1 and event_id = $2", record, event_id)
        return None if row is None else _traced(row)


def _traced(row: asyncpg.Record) -> TracedEvent:
    return TracedEvent(
        row["event_id"], row["at"], row["act"], row["outcome"], row["door"],
        msgspec.json.decode(row["actor"], type=Actor), msgspec.json.decode(row["detail"]))
