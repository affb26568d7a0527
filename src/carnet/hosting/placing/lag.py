"""How far each host lags behind: entries that wait, shared out to the hosts that may lack them.

An entry waits until both of its hosts hold it. When one of the two is known to be down, it waits for that one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from carnet.journal.database import Database


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries that wait for one pair of hosts, and for how long the oldest has."""

    home: str
    reference: str
    entries: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits for a host, at most."""

    entries: int = 0
    oldest_seconds: float = 0.0


async def waiting(database: Database) -> list[Waiting]:
    """What waits, by pair of hosts."""
    rows = await database.fetch(
        """
        select r.home, r.reference, count(*) as entries,
          extract(epoch from clock_timestamp() - min(o.committed_at))::float8 as oldest
        from outbox o join record r on r.record_id = o.record_id group by r.home, r.reference
        """)
    return [Waiting(*row) for row in rows]


def shared_out(waits: Iterable[Waiting], down: Collection[str]) -> dict[str, Lag]:
    """What waits for each host, when these are known to be down."""
    lags: dict[str, Lag] = {}
    for wait in waits:
        pair = (wait.home, wait.reference)
        for host in [each for each in pair if each in down] or pair:
            before = lags.get(host, Lag())
            lags[host] = Lag(before.entries + wait.entries, max(before.oldest_seconds, wait.oldest_seconds))
    return lags
