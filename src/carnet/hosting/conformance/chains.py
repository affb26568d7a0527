"""Invented contents for a host: bodies, and chains of entries that name them. Random, and they mean nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from carnet.journal.chain import BodyName, Header, body_id, genesis, next_head

TICKET_END = 2_000_000_000      # far away: nothing with it is collected
ENDED = 1_000                   # long ago


@dataclass(frozen=True, slots=True)
class Body:
    """A sealed body of a record, as far as a host can tell."""

    record: UUID
    sealed: bytes
    ticket_end: int = TICKET_END

    @property
    def id(self) -> bytes:
        """The SHA-256 of the bytes."""
        return body_id(self.sealed)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a chain, with the head it leads to."""

    record: UUID
    place: int
    previous: bytes
    header: bytes
    sealed: bytes

    @property
    def head(self) -> bytes:
        """The head after it."""
        return next_head(self.previous, self.header, self.sealed)


def new_body(record: UUID, *, size: int = 300, ticket_end: int = TICKET_END) -> Body:
    """A body of random bytes."""
    return Body(record, os.urandom(size), ticket_end)


def header_of(record: UUID, bodies: Sequence[Body] = ()) -> Header:
    """The clear header of an entry that names these bodies."""
    return Header(record, uuid4(), bodies=tuple(BodyName(body.id, len(body.sealed)) for body in bodies))


def entry_after(previous: Entry | UUID, *bodies: Body, size: int = 200) -> Entry:
    """An entry that follows another one, or is the first of a record."""
    if isinstance(previous, UUID):
        record, place, head = previous, 0, genesis(previous)
    else:
        record, place, head = previous.record, previous.place, previous.head
    return Entry(record, place + 1, head, header_of(record, bodies).encode(), os.urandom(size))


def chain(record: UUID, length: int, *, size: int = 200) -> list[Entry]:
    """The first entries of a record, which name no body."""
    entries: list[Entry] = []
    for _ in range(length):
        entries.append(entry_after(entries[-1] if entries else record, size=size))
    return entries
