"""A portal's database with events in it, written as the portal writes them, and what a test does to its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.audit.checkpoint import Checkpoint
from carnet.audit.events import Event
from carnet.audit.log.sequence import Sequencer
from carnet.audit.log.store import LogStore
from carnet.audit.log.verify import Verdict, verify
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.record.sql import TRACE

AT_ONCE = timedelta(0)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def event(record: UUID | None = None) -> Event:
    """A trace of an invented doctor."""
    return Event(
        record or uuid4(), "read", "done", "test", "a-request", Actor("professional", "899700218896", "Louis FICTIF"),
        {"documents": [str(uuid4())], "second": 1})


async def write(connection: asyncpg.Connection | asyncpg.Pool, *events: Event) -> None:
    """Keep these events, by the statement of the portal."""
    columns = [list(column) for column in zip(*(each.columns() for each in events), strict=True)]
    of_no_decision = [[None] * len(events)] * 3     # heads, versions of rights, numbers of matrices
    nobody = [None] * len(events)       # nor an epoch, nor a visitor to be counted
    await connection.fetch(TRACE, *columns, *of_no_decision, _LONG_AGO, nobody, nobody)


@dataclass
class Ground:
    """A database, the log in it, and the key of its signer."""

    pool: asyncpg.Pool
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def store(self) -> LogStore:
        return LogStore(Database(self.pool))

    @property
    def public(self) -> Ed25519PublicKey:
        return self.key.public_key()

    def sequencer(self, *, batch: int = 1000, every: timedelta = AT_ONCE) -> Sequencer:
        """A worker's; it signs at each turn unless told otherwise."""
        return Sequencer(self.store, self.key, batch=batch, every=every)

    async def written(self, count: int, *, of: UUID | None = None) -> list[Event]:
        """This many events, each by a transaction of its own."""
        events = [event(of) for _ in range(count)]
        for each in events:
            await write(self.pool, each)
        return events

    async def logged(self, count: int, *, checkpoint_each: int = 4) -> list[Event]:
        """This many events in the log, with a checkpoint after each few."""
        events: list[Event] = []
        while len(events) < count:
            events += await self.written(min(checkpoint_each, count - len(events)))
            await self.sequencer().round()
        return events

    async def order(self) -> list[UUID]:
        """The ids of events, in the order of the log."""
        rows = await self.pool.fetch("select event_id from audit_leaf order by leaf_index")
        return [row[0] for row in rows]

    async def verdict(self, *, kept: Checkpoint | None = None) -> Verdict:
        """What verification says."""
        return await verify(self.store, self.public, kept=kept)

    async def faults(self, *, kept: Checkpoint | None = None) -> Sequence[str]:
        """What it says is wrong."""
        return [each.what for each in (await self.verdict(kept=kept)).faults]
