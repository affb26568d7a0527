"""A leaf of the audit log: which bytes stand for an event, and their salted hash.

The bytes hold the event's whole row and its place in the log, so that an event that is altered, or moved, has another
hash. The salt keeps a hash from being guessed back to its event once the event's content is gone.
May import: `merkle` of this room.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from carnet.audit.merkle import leaf_hash

FORMAT = 1
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event's row, whole. `actor` and `detail` are JSON texts, however the database spaces and orders them."""

    record: UUID
    event_id: UUID
    at: datetime
    act: str
    outcome: str
    door: str
    request_id: str
    actor: str
    detail: str

    def bytes_at(self, index: int) -> bytes:
        """The only bytes that say this event as leaf `index`: JSON, keys sorted, no spaces."""
        return _encoder.encode(_Said(
            self.act, msgspec.json.decode(self.actor), self.at, msgspec.json.decode(self.detail), self.door,
            self.event_id, FORMAT, index, self.outcome, self.record, self.request_id))

    def leaf(self, index: int, salt: bytes) -> bytes:
        """Its leaf hash at this place, under this salt."""
        return leaf_hash(salt + self.bytes_at(index))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf as it is kept."""

    index: int
    hash: bytes
    record: UUID
    event_id: UUID
    salt: bytes


class _Said(msgspec.Struct, frozen=True):
    act: str
    actor: Any
    at: datetime
    detail: Any
    door: str
    event: UUID
    format: int
    index: int
    outcome: str
    record: UUID
    request: str


_encoder = msgspec.json.Encoder(order="sorted")
