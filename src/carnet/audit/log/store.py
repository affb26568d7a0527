"""The tables of the audit log: its turn, its leaves, its subtrees, its checkpoints.

**Complete.** An event's `logged` is the number of the transaction that wrote it (`pg_current_xact_id`). A snapshot's
`pg_snapshot_xmin` is the lowest number that still runs: every transaction below has ended, and new numbers are greater.
An event below that horizon is visible or will never exist, and the log may pass it; the others wait. There is no clock
in it, and a transaction that commits late is not skipped: it holds the horizon back. Numbers are those of one cluster:
on another one (after a logical restore) every event without a leaf is taken first, whatever its number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from uuid import UUID

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.audit.checkpoint import Checkpoint
from carnet.audit.gap import ACT, Gap
from carnet.audit.leaf import SALT_BYTES, Leaf, LoggedEvent
from carnet.audit.log import sql
from carnet.audit.merkle import Frontier, Node, Range
from carnet.errors import InvalidInput
from carnet.journal.database import Database

_HASH_BYTES = 32
_AFTER_ALL = 2**64 - 1
_SHOWN = 20
_ROWS_AT_ONCE = 1000
_LEAVES_AT_ONCE = 50_000
_LEAF_COLUMNS = ("leaf_index", "leaf_hash", "record_id", "event_id", "salt")


@dataclass(slots=True)
class Turn:
    """One worker's turn at the log: nobody else appends until it ends. Nothing is kept unless it ends well."""

    connection: asyncpg.Connection
    tree: Frontier
    taken_to: int
    horizon: int
    cluster: int
    here: int
    signed_size: int
    signed_at: datetime
    now: datetime

    async def pending(self, most: int) -> list[LoggedEvent]:
        """The next events of the log, in order. A list that is not full says that none is left before the horizon."""
        start, end = (self.taken_to, self.horizon) if self.cluster == self.here else (0, _AFTER_ALL)
        rows = await self.connection.fetch(sql.PENDING, start, end, most)
        if len(rows) < most:
            self.taken_to, self.cluster = max(start, self.horizon), self.here
        elif self.cluster == self.here:
            self.taken_to = rows[-1]["logged"]      # its transaction may have written more
        return [_event(row) for row in rows]

    async def append(self, leaves: Sequence[Leaf], completed: Mapping[Node, bytes], tree: Frontier) -> None:
        """Keep these leaves, the subtrees they completed, and the tree they lead to."""
        rows = [(each.index, each.hash, each.record, each.event_id, each.salt) for each in leaves]
        await self.connection.copy_records_to_table("audit_leaf", columns=_LEAF_COLUMNS, records=rows)
        if completed:
            await self.connection.executemany(sql.INSERT_NODE, [(*node, found) for node, found in completed.items()])
        await self.connection.execute(sql.MOVE, tree.size, b"".join(tree.peaks), self.taken_to, self.cluster)
        self.tree = tree

    async def sign(self, checkpoint: Checkpoint) -> None:
        """Keep this checkpoint."""
        await self.connection.execute(
            sql.SIGN, checkpoint.size, checkpoint.root, checkpoint.at, checkpoint.signature)

    def is_checkpoint_due(self, every: timedelta) -> bool:
        """True when there is something new to sign, and the last time is long enough ago."""
        return self.tree.size > self.signed_size and self.now - self.signed_at >= every


@dataclass(frozen=True, slots=True)
class Logged:
    """A leaf with its event; the event is None when its row is not there."""

    leaf: Leaf
    event: LoggedEvent | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole log as it was at one moment."""

    connection: asyncpg.Connection
    tree: Frontier
    signed_size: int

    async def leaves(self) -> AsyncIterator[Logged]:
        """Every leaf, in order."""
        async for row in self.connection.cursor(sql.LEAVES, prefetch=_ROWS_AT_ONCE):
            yield _logged(row)

    async def nodes(self) -> dict[Node, bytes]:
        """The subtrees that are kept: one for 255 leaves."""
        rows = await self.connection.fetch("select level, number, hash from audit_node")
        return {Node(row["level"], row["number"]): row["hash"] for row in rows}

    async def checkpoints(self) -> list[Checkpoint]:
        """Every checkpoint, the smallest first."""
        return [Checkpoint(*row) for row in await self.connection.fetch(sql.CHECKPOINTS)]

    async def gaps(self, key: Ed25519PublicKey) -> list[tuple[datetime, Gap]]:
        """Every gap that the owner of this key signed, with its time, the first one first."""
        found = []
        for row in await self.connection.fetch(sql.GAPS, ACT):
            try:
                found.append((row["at"], Gap.parse(msgspec.json.decode(row["detail"]), key)))
            except InvalidInput:
                continue        # not the portal's word: it explains nothing
        return found

    async def passed_over(self) -> list[LoggedEvent]:
        """Some of the events that the log should have and has not: none, unless somebody touched its tables."""
        return [_event(row) for row in await self.connection.fetch(sql.PASSED_OVER, _SHOWN)]

    async def waiting(self) -> int:
        """How many events wait for the log: those of the last moments, unless no worker runs."""
        return int(await self.connection.fetchval(sql.WAITING))


class LogStore:
    """Opens turns at the log and readings of it; answers what a proof is made of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn | None]:
        """A turn at the log, until the block ends; None when another worker has it."""
        # Each statement sees all that was committed before it: the second sees what the first's horizon says has ended.
        async with self._database.transaction(isolation="read_committed") as connection:
            row = await connection.fetchrow(sql.TURN)
            yield None if row is None else Turn(
                connection, _tree(row), row["taken_to"], row["horizon"], row["cluster"], row["here"],
                row["signed_size"], row["signed_at"], row["now"])

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """The whole log as it is now, until the block ends."""
        async with self._database.transaction(isolation="repeatable_read", readonly=True) as connection:
            row = await connection.fetchrow("select size, peaks, signed_size from audit_log")
            yield Reading(connection, _tree(row), row["signed_size"])

    async def logged(self, record: UUID, event_id: UUID) -> tuple[Leaf, LoggedEvent] | None:
        """This event and its leaf; None when it has none yet."""
        row = await self._database.fetchrow(sql.LEAF_OF_EVENT, record, event_id)
        return None if row is None else (_leaf(row), _event(row))

    async def last_checkpoint(self) -> Checkpoint | None:
        """The latest one; None before the first."""
        row = await self._database.fetchrow(sql.LAST_CHECKPOINT)
        return None if row is None else Checkpoint(*row)

    async def hashes(self, level: int, numbers: Range) -> list[bytes]:
        """The hashes of these leaves (level 0), or of these subtrees of a stored level."""
        if level == 0:
            rows = await self._database.fetch(sql.LEAF_HASHES, *numbers)
        else:
            rows = await self._database.fetch(sql.NODE_HASHES, level, *numbers)
        return [row[0] for row in rows]

    async def bodies_traced(self, start: datetime, end: datetime) -> int | None:
        """How many bodies the traced retrievals of this time are; None while the log does not have all its events."""
        row = await self._database.fetchrow(sql.LEAVES_OF_TIME, start, end)
        if row is None or row["is_behind"]:
            return None
        traced = 0
        for first in range(row["first"], row["last"], _LEAVES_AT_ONCE):
            last = min(first + _LEAVES_AT_ONCE, row["last"])
            traced += int(await self._database.fetchval(sql.BODIES_TRACED, first, last, start, end))
        return traced


def new_salt() -> bytes:
    """A salt that nobody can guess."""
    return token_bytes(SALT_BYTES)


def _tree(row: asyncpg.Record) -> Frontier:
    peaks: bytes = row["peaks"]
    return Frontier(row["size"], tuple(peaks[at:at + _HASH_BYTES] for at in range(0, len(peaks), _HASH_BYTES)))


def _leaf(row: asyncpg.Record) -> Leaf:
    return Leaf(row["leaf_index"], row["leaf_hash"], row["record_id"], row["event_id"], row["salt"])


def _event(row: asyncpg.Record) -> LoggedEvent:
    return LoggedEvent(
        row["record_id"], row["event_id"], row["at"], row["act"], row["outcome"], row["door"], row["request_id"],
        row["actor"], row["detail"])


def _logged(row: asyncpg.Record) -> Logged:
    return Logged(_leaf(row), None if row["at"] is None else _event(row))
