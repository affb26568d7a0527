"""SQL of who keeps a record: by which rule it is where it is, and the wish that it go elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.journal.database import Database

_OF_RECORD = """
select r.home, r.reference, r.placed_by, r.departement, r.cohort, coalesce(c.consortium, '') as consortium,
  coalesce(m.host_id, '') as asked_host, coalesce(m.state, '') as asked_state, coalesce(m.answer, '') as answer,
  m.asked_at
from record r left join cohort c on c.cohort_id = r.cohort left join move_request m on m.record_id = r.record_id
where r.record_id = $1
"""
# A wish replaces the one before, whatever became of that.
_ASK = """
insert into move_request (record_id, host_id) values ($1, $2)
on conflict (record_id) do update set host_id = excluded.host_id, asked_at = clock_timestamp(), state = 'asked',
  answer = '', changed_at = clock_timestamp()
"""


@dataclass(frozen=True, slots=True)
class KeptBy:
    """Who keeps a record, by which rule (empty for one older than the rules), and what was asked of that."""

    home: str
    reference: str
    placed_by: str
    departement: str
    cohort: str
    consortium: str
    asked_host: str
    asked_state: str
    answer: str
    asked_at: datetime | None


class KeeperStore:
    """The rows about the place of a record that its holder may look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, record: UUID) -> KeptBy:
        """Who keeps this record."""
        [row] = await self._database.fetch(_OF_RECORD, record)
        return KeptBy(**dict(row))

    async def ask(self, record: UUID, host: str) -> None:
        """Remember the wish that this host keep the record."""
        await self._database.execute(_ASK, record, host)

    async def withdraw(self, record: UUID) -> None:
        """Forget the wish, if it still waits."""
        await self._database.execute(
            "update move_request set state = 'withdrawn', changed_at = clock_timestamp()"
            " where record_id = $1 and state = 'asked'", record)
