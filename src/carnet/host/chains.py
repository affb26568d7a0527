"""Chains: what an entry that comes is to the copy we have. Decides, and looks nothing up.

Equal heads, it is appended; the one we have already, the same answer, and it mends what we have when that was lost or
altered; anything else is a conflict. No entry can take the place of another one: it must hash to the head we kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal
from uuid import UUID

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.journal.chain import Header, genesis, next_head

Status = Literal["appended", "already", "conflict", "erased"]


class Result(msgspec.Struct, frozen=True):
    """What became of an entry: this host's own place and head after it, and the bodies it names that are not here."""

    status: Status
    place: int
    head: bytes
    lacking: tuple[bytes, ...] = ()

    @property
    def is_here(self) -> bool:
        """True when this host holds the entry."""
        return self.status in ("appended", "already")


# Many of these at once, and none of them refers back: they are no work for the collector of cycles.
class Entry(msgspec.Struct, frozen=True, gc=False):
    """An entry to append, with the head it leads to and the bodies it names."""

    record: UUID
    version: int
    place: int
    previous: bytes
    head: bytes
    header: bytes
    sealed: bytes
    names: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """What we have at the place of an entry that comes: is its head the one we kept, and are its bytes still right?"""

    is_ours: bool
    is_intact: bool


@dataclass(slots=True)
class Copy:
    """Our copy of one record while entries are compared with it, by place and head with what is `stored`."""

    place: int
    head: bytes
    erased_version: int
    stored: dict[tuple[int, bytes], Stored] = field(default_factory=dict)

    def take(self, entry: Entry) -> Result:
        """What this entry is to the copy, which goes on with it when it follows."""
        if self.erased_version >= entry.version:
            return self._now("erased")
        if self._stored_at(entry).is_ours:
            return self._now("already")
        if (entry.place, entry.previous) != (self.place + 1, self.head):
            return self._now("conflict")
        self.place, self.head = entry.place, entry.head
        self.stored[entry.place, entry.head] = Stored(is_ours=True, is_intact=True)
        return self._now("appended")

    def mends(self, entry: Entry) -> bool:
        """Is it an entry of this copy, whose bytes were lost or altered?"""
        stored = self._stored_at(entry)
        return stored.is_ours and not stored.is_intact

    def _stored_at(self, entry: Entry) -> Stored:
        return self.stored.get((entry.place, entry.head), Stored(is_ours=False, is_intact=False))

    def _now(self, status: Status) -> Result:
        return Result(status, self.place, self.head)


class Position(msgspec.Struct, frozen=True, gc=False):
    """Where an entry should go, and under which placement version."""

    record: UUID
    version: int
    place: int
    previous: bytes


def checked(position: Position, header: bytes, sealed: bytes, *, most_header_bytes: int, where: str) -> Entry:
    """An entry, parsed and hashed once. Raises InvalidInput if its header is none, is too long, or of another record.

    `where` says which part of the call this is.
    """
    if len(header) > most_header_bytes:
        raise InvalidInput(Issue("too-long", f"a header has at most {most_header_bytes} bytes", where))
    parsed = Header.parse(header)
    if parsed.record != position.record:
        raise InvalidInput(Issue("value", "the header names another record", where))
    return Entry(
        record=position.record,
        version=position.version,
        place=position.place,
        previous=position.previous,
        head=next_head(position.previous, header, sealed),
        header=header,
        sealed=sealed,
        names=tuple(body.id for body in parsed.bodies),
    )


class Looked(msgspec.Struct, frozen=True):
    """What is there already: a kept head that is its own, bytes that lead to it, a next entry that follows it."""

    is_kept: bool
    is_intact: bool
    is_followed: bool


def recognised(copy: Copy, entries: Sequence[Entry], found: Sequence[Looked]) -> dict[tuple[int, bytes], Stored]:
    """Which of these entries are of this copy: three ways to know one, since any part of what we keep may be damaged.

    The head kept with it is its own; the one we have next leads on from it; or it is what the copy's head, or an entry
    that is recognised itself, comes after.
    """
    leads_on = {(copy.place, copy.head)}
    ours: dict[tuple[int, bytes], Stored] = {}
    for entry, look in sorted(zip(entries, found, strict=True), key=lambda pair: -pair[0].place):
        at = (entry.place, entry.head)
        if entry.place <= copy.place and (look.is_kept or look.is_followed or at in leads_on):
            leads_on.add((entry.place - 1, entry.previous))
            ours[at] = Stored(is_ours=True, is_intact=look.is_intact)
    return ours


def is_chain(entries: Sequence[Entry]) -> bool:
    """Does each follow the one before it, and does the first begin a record only where records begin?"""
    first = entries[0]
    return (first.place > 1 or first.previous == genesis(first.record)) and all(
        after.place == before.place + 1 and after.previous == before.head for before, after in pairwise(entries)
    )
