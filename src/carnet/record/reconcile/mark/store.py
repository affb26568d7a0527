"""SQL on the key store: the mark of how far the portal had come, and the keys there are, by record."""

from __future__ import annotations

from uuid import UUID

from carnet.journal.database import Database
from carnet.record.reconcile.found import Key
from carnet.record.reconcile.position import Mark, PublishedCheckpoint

# Monotone: of two processes that write at once, the one that saw more wins, whichever comes last.
_ADVANCE = """
insert into portal_mark as m (epoch, log_size, logged, matrix, hosts, checkpoint_size, checkpoint_root, checkpoint_at,
  checkpoint_signature, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (the_one) do update set epoch = excluded.epoch, log_size = excluded.log_size, logged = excluded.logged,
  matrix = excluded.matrix, hosts = excluded.hosts, checkpoint_size = excluded.checkpoint_size,
  checkpoint_root = excluded.checkpoint_root, checkpoint_at = excluded.checkpoint_at,
  checkpoint_signature = excluded.checkpoint_signature, at = excluded.at
where m.epoch < excluded.epoch
  or (m.epoch = excluded.epoch and m.log_size <= excluded.log_size and m.logged <= excluded.logged)
"""
_KEYS = """
select record_id, bool_or(wrapped is not null) as is_present from wrapped_key where record_id > $1
group by record_id order by record_id limit $2
"""


class MarkStore:
    """What the key store knows beside keys, and which keys there are. Gives no key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remembered(self) -> Mark | None:
        """How far the portal had come; None before it was first said."""
        row = await self._database.fetchrow("select * from portal_mark")
        if row is None:
            return None
        checkpoint = PublishedCheckpoint(
            row["checkpoint_size"], row["checkpoint_root"], row["checkpoint_at"], row["checkpoint_signature"])
        return Mark(
            epoch=row["epoch"], log_size=row["log_size"], logged=int(row["logged"]), matrix=row["matrix"],
            hosts=tuple(row["hosts"]), checkpoint=checkpoint, at=row["at"])

    async def advance(self, mark: Mark) -> None:
        """Remember that the portal has come this far; one that is behind what is remembered changes nothing."""
        checkpoint = mark.checkpoint
        await self._database.execute(
            _ADVANCE, mark.epoch, mark.log_size, mark.logged, mark.matrix, list(mark.hosts), checkpoint.size,
            checkpoint.root, checkpoint.at, checkpoint.signature, mark.at)

    async def page(self, *, after: UUID, limit: int) -> list[tuple[UUID, Key]]:
        """Records that have, or had, a key, by id."""
        rows = await self._database.fetch(_KEYS, after, limit)
        return [(row["record_id"], Key.PRESENT if row["is_present"] else Key.DESTROYED) for row in rows]
