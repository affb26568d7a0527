"""Proofs from the log: that an event is in it, and that it still begins with what it was.

Whoever has a proof verifies it with the public key alone, without the platform.
May import: the other files of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.audit import merkle
from carnet.audit.checkpoint import Checkpoint
from carnet.audit.log.store import LogStore
from carnet.audit.merkle import Node, Range
from carnet.errors import IntegrityError


@dataclass(frozen=True, slots=True)
class EventProof:
    """An event as it was logged, with all that ties it to a signed checkpoint. `said` is JSON (`audit/leaf.py`)."""

    said: bytes
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def holds(self, key: Ed25519PublicKey) -> bool:
        """Say whether the owner of this key signed a log that has exactly this event at this index."""
        return self.checkpoint.is_signed_by(key) and merkle.is_included(
            merkle.leaf_hash(self.salt + self.said), index=self.index, size=self.checkpoint.size, proof=self.path,
            root=self.checkpoint.root)


async def event_proof(store: LogStore, record: UUID, event_id: UUID) -> EventProof | None:
    """The proof of this event under the latest checkpoint; None when no checkpoint covers it yet."""
    logged, checkpoint = await store.logged(record, event_id), await store.last_checkpoint()
    if logged is None or checkpoint is None or logged[0].index >= checkpoint.size:
        return None
    leaf, event = logged
    path = await _hashes_of(store, merkle.inclusion_ranges(leaf.index, checkpoint.size))
    return EventProof(event.bytes_at(leaf.index), leaf.salt, leaf.index, path, checkpoint)


async def consistency(store: LogStore, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `new` leaves begins with the tree of `old`; both sizes are of the log, and not 0."""
    return await _hashes_of(store, merkle.consistency_ranges(old, new))


async def _hashes_of(store: LogStore, ranges: Sequence[Range]) -> tuple[bytes, ...]:
    known = {node: await _hash_of(store, node) for each in ranges for node in merkle.perfect(each)}
    return tuple(merkle.proof(ranges, known.__getitem__))


async def _hash_of(store: LogStore, node: Node) -> bytes:
    level, numbers = merkle.stored_under(node)
    hashes = await store.hashes(level, numbers)
    if len(hashes) < numbers.end - numbers.start:
        raise IntegrityError("the audit log lacks leaves")
    return merkle.perfect_root(hashes)
