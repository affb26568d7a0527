"""What goes to a host and comes back: the values of its API (its OpenAPI document says their bytes)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import msgspec

Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""A SHA-256 as a host writes it in JSON."""


@dataclass(frozen=True, slots=True)
class BodyToPut:
    """A sealed body for a host, under a placement version, until the ticket's end (Unix seconds)."""

    record: UUID
    version: int
    id: bytes
    sealed: bytes
    ticket_end: int


@dataclass(frozen=True, slots=True)
class BodyAt:
    """A body asked from a host, and what for: counted here, and told to nobody."""

    record: UUID
    version: int
    id: bytes
    purpose: str = "retrieve"


@dataclass(frozen=True, slots=True)
class EntryToAppend:
    """An entry for a host: it goes after `previous` and takes `place`."""

    record: UUID
    version: int
    place: int
    previous: bytes
    header: bytes
    sealed: bytes


class EntryResult(msgspec.Struct, frozen=True):
    """What a host did with an entry; `place` and `head` are its own afterwards, `lacking` the bodies it has not."""

    status: str
    place: int
    head: bytes
    lacking: tuple[bytes, ...] = ()

    @property
    def is_stored(self) -> bool:
        """True when the host has the entry."""
        return self.status in ("appended", "already")


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """An answer that is only a receipt."""

    receipt: str


class AppendAnswer(msgspec.Struct, frozen=True):
    """One result per entry, and the receipt for those that were appended."""

    results: tuple[EntryResult, ...]
    receipt: str


class CollectAnswer(msgspec.Struct, frozen=True):
    """The bodies that were collected."""

    collected: tuple[bytes, ...]
    receipt: str


class BodiesRead(msgspec.Struct, frozen=True):
    """Sealed bodies in the order asked; None for one the host has not."""

    bodies: tuple[bytes | None, ...]


class HeadAnswer(msgspec.Struct, frozen=True):
    """A host's copy of one record: `lacking` are hex ids of bodies that are named there and not held.

    `damaged` are places whose entry is not there or not what it was; only a host that was asked to verify says them.
    """

    place: int
    head: Hash
    version: int
    bodies: int
    lacking: tuple[Hash, ...] = ()
    damaged: tuple[int, ...] = ()


class JournalEntry(msgspec.Struct, frozen=True):
    """One entry as a host keeps it."""

    place: int
    header: bytes
    sealed: bytes


class JournalPage(msgspec.Struct, frozen=True):
    """Entries in order; `head` is the head before the first of them, `place` the host's last place."""

    place: int
    head: bytes
    entries: tuple[JournalEntry, ...]


class InventoryLine(msgspec.Struct, frozen=True):
    """What a host holds of one record: `lacking` counts named bodies that it has not, `unnamed` those it holds that no
    entry names.
    """

    record: UUID
    version: int
    place: int
    head: Hash
    bodies: int
    lacking: int
    unnamed: int = 0


class Tombstone(msgspec.Struct, frozen=True):
    """A record that a host erased, under this placement version."""

    record: UUID
    version: int


class InventoryPage(msgspec.Struct, frozen=True):
    """A page of an inventory; `next` is the record to go on after, None at the end."""

    records: tuple[InventoryLine, ...]
    next: UUID | None = None
    tombstones: tuple[Tombstone, ...] = ()


class UnnamedAnswer(msgspec.Struct, frozen=True):
    """Records with bodies that no entry names."""

    records: tuple[UUID, ...]


class StatusAnswer(msgspec.Struct, frozen=True):
    """What a host says of itself: `boot` changes at each start; `state` is active, read_only or full."""

    host: str
    boot: str
    state: str
    epoch: int = 0
