"""SQL of audit: reading traces. They are written by the transaction they belong to, in `record/store.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

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
    """Reads the traces of one record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def events_of(self, record: UUID) -> list[TracedEvent]:
        """The traces of this record, oldest first."""
        rows = await self._database.fetch(
            "select event_id, at, act, outcome, door, actor::text, detail::text from audit_event"
            " where record_id = $1 order by at, event_id limit $2", record, _MOST)
        return [
            TracedEvent(
                row["event_id"], row["at"], row["act"], row["outcome"], row["door"],
                msgspec.json.decode(row["actor"], type=Actor), msgspec.json.decode(row["detail"]))
            for row in rows
        ]
