"""What was found of one record: at the portal, in the key store, at each host. Pure.

`first_look` says what kind of case it is, without asking anybody anything more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID

from carnet.hosting.directory import Placement
from carnet.journal.chain import genesis


class Key(Enum):
    """What the key store says of the record's key."""

    PRESENT = "present"
    DESTROYED = "destroyed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PortalRow:
    """The portal's row. `placed` are the hosts that it remembers, with their part; `outbox_from` is the first place
    that waits in its outbox.
    """

    placement: Placement
    place: int
    head: bytes
    is_erased: bool
    awaits: str
    placed: Mapping[str, str]
    outbox_from: int | None = None


@dataclass(frozen=True, slots=True)
class AtHost:
    """What a host said of the record. A tombstone is `erased_version`; both may be, when it was placed there again."""

    version: int = -1
    place: int = 0
    head: bytes = b""
    bodies: int = 0
    lacking: int = 0
    unnamed: int = 0
    erased_version: int = -1

    @property
    def is_live(self) -> bool:
        """True when the host has entries of the record."""
        return self.version > self.erased_version and self.place > 0

    @property
    def holds(self) -> bool:
        """True when the host has entries or bodies of the record."""
        return self.version > self.erased_version and (self.place > 0 or self.bodies > 0)

    @property
    def least_version(self) -> int:
        """The placement version had come at least so far: a host that leaves erases under the one before the switch."""
        return max(self.version, self.erased_version + 1)


@dataclass(frozen=True, slots=True)
class Found:
    """One record, as everybody has it."""

    record: UUID
    row: PortalRow | None
    key: Key
    at: Mapping[str, AtHost] = field(default_factory=dict)

    @property
    def base(self) -> tuple[int, bytes]:
        """Where the portal's chain ends."""
        return (self.row.place, self.row.head) if self.row is not None else (0, genesis(self.record))

    @property
    def live(self) -> list[str]:
        """Hosts with entries, those with most first."""
        return sorted((host for host, here in self.at.items() if here.is_live), key=lambda host: -self.at[host].place)

    @property
    def holders(self) -> list[str]:
        """Hosts with entries or bodies."""
        return [host for host, here in self.at.items() if here.holds]

    @property
    def unnamed(self) -> Mapping[str, int]:
        """How many bodies that no entry names each host holds."""
        return {host: here.unnamed for host, here in self.at.items() if here.unnamed}


class Case(Enum):
    """What a first look tells."""

    EQUAL = "equal"                 # portal and hosts say the same
    NOTHING = "nothing"             # nobody holds anything
    ERASED = "erased"               # its key was destroyed, and the portal or a host does not know
    WITHOUT_KEY = "without_key"     # something is held, and there never was a key: nobody can ever read it
    CHAINS = "chains"               # the chains must be looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that differed, for the list."""

    record: UUID
    kind: str
    host: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


def first_look(found: Found) -> Case:
    """What kind of case this record is."""
    row = found.row
    if found.key is Key.DESTROYED:
        known = row is not None and row.is_erased and set(found.holders) <= set(row.placed)
        return Case.EQUAL if known or (row is None and not found.holders) else Case.ERASED
    if row is not None and row.is_erased:
        return Case.EQUAL
    if found.key is Key.NONE:
        return Case.WITHOUT_KEY if row is not None or found.holders else Case.NOTHING
    if row is None:
        return Case.CHAINS if found.holders else Case.NOTHING
    return Case.EQUAL if _is_equal(found, row) else Case.CHAINS


def _is_equal(found: Found, row: PortalRow) -> bool:
    if row.awaits or any(here.unnamed for here in found.at.values()):
        return False
    both = row.placement.both
    for host in both:
        here = found.at.get(host)
        if here is None or (here.place, here.head) != (row.place, row.head):
            return False
        if here.lacking or here.least_version > row.placement.version:
            return False
    return all(
        host in both or (host in row.placed and not here.is_live and here.least_version <= row.placement.version)
        for host, here in found.at.items())
