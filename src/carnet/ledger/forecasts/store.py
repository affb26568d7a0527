"""SQL of what forecasts suppose. Versions are only ever appended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from carnet.errors import Conflict
from carnet.journal.database import Database
from carnet.ledger.forecast import Assumptions

_SAY = """
insert into cost_assumptions (year, version, assumptions, said_by) values ($1, $2, $3::jsonb, $4)
on conflict do nothing returning said_at
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A version of a year's assumptions, who wrote it down, and when."""

    version: int
    assumptions: Assumptions
    by: str
    at: datetime


class AssumptionStore:
    """The table of assumptions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all_of(self, year: int) -> list[Said]:
        """The versions of a year, the newest first."""
        rows = await self._database.fetch(
            "select version, assumptions::text, said_by, said_at from cost_assumptions where year = $1"
            " order by version desc", year)
        return [
            Said(row["version"], msgspec.json.decode(row["assumptions"], type=Assumptions), row["said_by"],
                 row["said_at"])
            for row in rows]

    async def say(self, assumptions: Assumptions, by: str, *, after: int) -> Said:
        """Write down the version after that one. Raises Conflict when somebody wrote another meanwhile."""
        version = after + 1
        row = await self._database.fetchrow(
            _SAY, assumptions.year, version, msgspec.json.encode(assumptions).decode(), by)
        if row is None:
            raise Conflict(f"version {version} of the assumptions of {assumptions.year} was written meanwhile")
        return Said(version, assumptions, by, row["said_at"])
