"""What goes to a host and comes back in the calls of `bulk`: many records at once, and what a host says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec

from carnet.hosting.wire import EntryResult, Hash, JournalEntry
from carnet.journal.chain import SealedEntry


class KeptBody(msgspec.Struct, frozen=True, gc=False):
    """A sealed body as a host keeps it: `id` is the SHA-256 of `sealed`."""

    id: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """A record that is asked for, from the entry after place `after` on."""

    record: UUID
    version: int
    after: int = 0


class RecordCopy(msgspec.Struct, frozen=True):
    """What a host holds of one record after a place: `place` and `head` are its own, `before` is the head at `after`.

    One that is not whole was too large for an answer: it has no entries and no bodies, and is copied piece by piece.
    `lacking` are bodies that these entries name and that the host has not, or holds damaged.
    """

    record: UUID
    place: int
    head: bytes
    before: bytes
    entries: tuple[JournalEntry, ...]
    bodies: tuple[KeptBody, ...]
    lacking: tuple[bytes, ...]
    is_whole: bool


class ExportAnswer(msgspec.Struct, frozen=True):
    """As many of the records asked as fitted, from the first."""

    copies: tuple[RecordCopy, ...]


@dataclass(frozen=True, slots=True)
class CopyToFill:
    """Entries of one record for a host, the first after `previous` and at `place`, with bodies for it.

    `head` is what they lead to: whoever sends them has seen that they do. Bodies that none of these entries names are
    kept until `ticket_end` (Unix seconds), as a put keeps them.
    """

    record: UUID
    version: int
    place: int
    previous: bytes
    head: bytes
    entries: tuple[SealedEntry, ...]
    bodies: tuple[KeptBody, ...]
    ticket_end: int


class FillAnswer(msgspec.Struct, frozen=True):
    """One result per record, and the receipt for those the host holds."""

    results: tuple[EntryResult, ...]
    receipt: str


class ErasedRecord(msgspec.Struct, frozen=True):
    """A record that a host erased under this placement version, and how much of it there was."""

    record: UUID
    version: int
    entries: int
    bodies: int


class NotErased(msgspec.Struct, frozen=True):
    """A record that the host did not erase: it was placed there again since, or erased under a later version."""

    record: UUID
    version: int
    why: Literal["placed_since", "erased_later"]


class ErasedAnswer(msgspec.Struct, frozen=True):
    """The receipt of an erasure, what it says, and what was not done because the order came late."""

    receipt: str
    items: tuple[ErasedRecord, ...]
    refused: tuple[NotErased, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Bodies, and a range of entries, that a host should prove it holds. No range when `first` is 0."""

    record: UUID
    version: int
    bodies: tuple[bytes, ...] = ()
    first: int = 0
    last: int = 0


class Answer(msgspec.Struct, frozen=True):
    """One digest per body, and one for the range; None for what the host does not hold, or not whole."""

    bodies: tuple[bytes | None, ...]
    journal: bytes | None


class ChallengeAnswer(msgspec.Struct, frozen=True):
    """One answer per question, and the receipt for their journal digests."""

    answers: tuple[Answer, ...]
    receipt: str


class DailyCounts(msgspec.Struct, frozen=True):
    """What a host says it did on a day (UTC); `exported` and `challenged` are among `bodies_read`."""

    day: str
    bodies_read: int
    bytes_read: int
    bodies_put: int
    entries_appended: int
    refused: int
    exported: int
    challenged: int
    receipt: str


class Witnessed(msgspec.Struct, frozen=True):
    """A daily root that the host keeps for ever, since `at` (Unix seconds, its own clock)."""

    day: str
    root: Hash
    size: int
    at: int


class WitnessedAnswer(msgspec.Struct, frozen=True):
    """Daily roots, the oldest first."""

    roots: tuple[Witnessed, ...]
