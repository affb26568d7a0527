"""SQL of circuits: each process tells its own, and everybody reads those of processes that still tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.journal.database import Database

SILENT_SECONDS = 30
"""A process that told nothing for this long is gone, and what it told with it."""


@dataclass(frozen=True, slots=True)
class CircuitSeen:
    """One host as one process sees it: `down_for` says which calls it does not try, of puts, writes and reads."""

    process: str
    host: str
    down_for: tuple[str, ...]
    since: datetime
    told_at: datetime


class CircuitStore:
    """What processes tell of hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tell(self, process: str, states: Iterable[tuple[str, Sequence[str]]]) -> None:
        """What this process makes of each host now; `since` moves only when that changed."""
        hosts, down_for = zip(*((host, ",".join(kinds)) for host, kinds in states), strict=True)
        await self._database.execute(
            "insert into circuit as c (process, host_id, down_for) select $1, host, down"
            " from unnest($2::text[], $3::text[]) as told (host, down)"
            " on conflict (process, host_id) do update set told_at = clock_timestamp(), down_for = excluded.down_for,"
            " since = case when c.down_for = excluded.down_for then c.since else clock_timestamp() end",
            process, list(hosts), list(down_for))

    async def seen(self) -> list[CircuitSeen]:
        """What processes that still tell make of hosts, by host; those long gone are forgotten."""
        await self._database.execute("delete from circuit where told_at < clock_timestamp() - interval '1 day'")
        rows = await self._database.fetch(
            "select * from circuit where told_at > clock_timestamp() - make_interval(secs => $1)"
            " order by host_id, process", SILENT_SECONDS)
        return [
            CircuitSeen(
                row["process"], row["host_id"], tuple(filter(None, row["down_for"].split(","))), row["since"],
                row["told_at"])
            for row in rows]
