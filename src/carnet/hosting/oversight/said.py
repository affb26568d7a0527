"""What hosts say, and what they are asked, as it is gathered and kept. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

PLATFORM = ""       # in the place of a host: what the platform itself was asked for


@dataclass(frozen=True, slots=True)
class Held:
    """What a host signed of a record: `says` it holds the chain up to `place`, or that it erased it."""

    record: UUID
    host: str
    says: str
    place: int
    head: bytes
    lacking: int | None
    signed: bytes
    at: float


@dataclass(frozen=True, slots=True)
class Told:
    """Where a host said that its chain of a record ends, in an answer to what was asked at `asked_at`, and how."""

    record: UUID
    host: str
    place: int
    head: bytes
    asked_at: float
    how: str


@dataclass(frozen=True, slots=True)
class ReadCount:
    """Bodies that a process asked a host for, on a day (days since 1970), for a purpose; or requests to show a record
    that the platform answered: those have an act for a purpose.
    """

    day: int
    host: str
    purpose: str
    bodies: int
    near: int
