"""The portal's rows of what people were told: that something happened, never what a document says.

They are written by the transaction of what happened. Here they are read, by whom they are for only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from carnet.journal.database import Database
from carnet.people.ins import Ins, InsOid
from carnet.people.patient import Traits

# The newest first. The holder's name is read with them: a notification itself holds no name of a patient.
_OF = """
select n.record_id, n.notification_id, n.act, n.detail::text as detail, n.at, n.read_at,
  r.ins_value, r.ins_oid, r.traits::text as traits
from notification n join record r on r.record_id = n.record_id
where n.recipient = $1 and ($2::text is null or 'person|' || r.ins_oid || '|' || r.ins_value = $2)
order by n.at desc, n.notification_id limit $3
"""
_UNREAD = """
select count(*) from notification n join record r on r.record_id = n.record_id
where n.recipient = $1 and n.read_at is null
  and ($2::text is null or 'person|' || r.ins_oid || '|' || r.ins_value = $2)
"""
_READ = """
update notification set read_at = clock_timestamp()
where recipient = $1 and notification_id = any($2::uuid[]) and read_at is null
"""


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that its reader is told. `act` is an `Act` value or what an officer did.

    `about` is the name of the record's holder when that is not the reader, empty once the record is erased. `detail`:
    see `notices.py`.
    """

    record: UUID
    notification_id: UUID
    act: str
    detail: Mapping[str, str]
    at: datetime
    read_at: datetime | None
    about: str


class NotificationStore:
    """The table `notification`. `only_about` is the recipient's own key when other people's records are left out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, recipient: str, *, limit: int, only_about: str | None = None) -> list[Notification]:
        """What this recipient was told, the newest first."""
        return [_told(row, recipient) for row in await self._database.fetch(_OF, recipient, only_about, limit)]

    async def unread(self, recipient: str, *, only_about: str | None = None) -> int:
        """How much of it was not read yet."""
        count: int = await self._database.fetchval(_UNREAD, recipient, only_about)
        return count

    async def read(self, recipient: str, notification_ids: Sequence[UUID]) -> None:
        """Note that these were read. Those of somebody else stay as they are."""
        await self._database.execute(_READ, recipient, list(notification_ids))


def _told(row: Mapping[str, Any], recipient: str) -> Notification:
    holder, traits = Ins(row["ins_value"], InsOid(row["ins_oid"])), msgspec.json.decode(row["traits"], type=Traits)
    is_own = recipient == f"person|{holder.oid}|{holder.value}"
    return Notification(
        record=row["record_id"], notification_id=row["notification_id"], act=row["act"],
        detail=msgspec.json.decode(row["detail"], type=dict[str, str]), at=row["at"], read_at=row["read_at"],
        about="" if is_own else f"{traits.given} {traits.family}".strip())
