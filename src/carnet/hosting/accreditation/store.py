"""SQL of accreditation: applications, steps, standings."""

from __future__ import annotations

from carnet.hosting.directory import Standing
from carnet.journal.database import Database


class AccreditationStore:
    """What the portal's database knows of the accreditation of hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standings(self) -> list[Standing]:
        """What the accreditation of every host comes to, now by the database's clock."""
        rows = await self._database.fetch(
            """
            select s.host_id, state, a.host_id is not null as is_active, s.siren, company, active_from, active_until,
              capacity
            from host_standing s left join active_host a on a.host_id = s.host_id order by s.host_id
            """)
        return [Standing(*row) for row in rows]
