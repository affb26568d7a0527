"""Holding: what each host holds of a record, in bytes and in byte·days, made of what happened to the record. Pure.

A day counts what is held at its end (UTC). Byte·days are kept as two numbers that only ever have something added: the
bytes now, and their moment, the sum of each change times the number of its day. Before day X that is `bytes × X −
moment`, in whatever order the changes were learnt: nothing has to be written on days on which nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec.structs import replace

from carnet.journal.chain import Header

WHOLE = ""      # in the place of a host: the record itself, all that is committed of it


class Size(msgspec.Struct, frozen=True):
    """Bodies, their sealed bytes, and the bytes of sealed entries with their clear headers."""

    bodies: int = 0
    body_bytes: int = 0
    journal_bytes: int = 0

    @property
    def bytes(self) -> int:
        """All of it: what is priced."""
        return self.body_bytes + self.journal_bytes

    def __add__(self, other: Size) -> Size:
        return Size(
            self.bodies + other.bodies, self.body_bytes + other.body_bytes, self.journal_bytes + other.journal_bytes)

    def __sub__(self, other: Size) -> Size:
        return self + other.times(-1)

    def times(self, number: int) -> Size:
        """So many times this."""
        return Size(self.bodies * number, self.body_bytes * number, self.journal_bytes * number)


NOTHING = Size()


class Role(StrEnum):
    """What a host is to a record: one of its two, one that still holds what it had, or one that holds nothing."""

    KEEPS = "keeps"
    LEAVES = "leaves"
    GONE = "gone"


class Held(msgspec.Struct, frozen=True):
    """What a host holds of a record, and its moment. `place` and `recounted` are the whole record's alone: the last
    entry that is in it, and up to which entry it was counted anew from the journal.
    """

    role: Role = Role.GONE
    size: Size = NOTHING
    moment: Size = NOTHING
    place: int = 0
    recounted: int = 0

    def byte_days(self, before: date) -> int:
        """Bytes × days of all days before this one, the last change being before it too."""
        return self.size.bytes * before.toordinal() - self.moment.bytes

    def changed(self, size: Size, on: date) -> Held:
        """With so much more, from this day on."""
        return Held(self.role, self.size + size, self.moment + size.times(on.toordinal()), self.place, self.recounted)


class Delivered(msgspec.Struct, frozen=True):
    """A committed entry that both hosts hold. `holders` took its bodies before it was committed."""

    place: int
    size: Size
    holders: frozenset[str]
    committed_on: date
    delivered_on: date


class Placed(msgspec.Struct, frozen=True):
    """What a host became to the record, on a day."""

    host: str
    role: Role
    on: date


class Recounted(msgspec.Struct, frozen=True):
    """What the record comes to up to a place, by its journal itself."""

    place: int
    size: Size
    on: date


Event = Delivered | Placed | Recounted


class Change(msgspec.Struct, frozen=True):
    """What a host holds more from a day on (or less, below 0): records it is one of the two of, and bytes; and the
    bodies and entries that it was given on that day.
    """

    host: str
    on: date
    size: Size = NOTHING
    records: int = 0
    deposits: int = 0
    entries: int = 0


@dataclass(slots=True)
class Holding:
    """What is held of one record, and what changes as events are added; `changes` are those of hosts alone."""

    held: dict[str, Held]
    changes: list[Change] = field(default_factory=list)

    def add(self, events: Iterable[Event]) -> None:
        """Learn what happened, in the order in which it did."""
        for event in events:
            match event:
                case Delivered():
                    self._entry(event)
                case Placed():
                    self._placed(event)
                case Recounted():
                    self._recounted(event)

    def _entry(self, entry: Delivered) -> None:
        whole = self._of(WHOLE)
        if entry.place <= whole.recounted:
            return      # it was in what was counted anew
        keepers = self._keepers()
        self.held[WHOLE] = replace(whole.changed(entry.size, entry.delivered_on), place=max(whole.place, entry.place))
        for host in keepers:
            # A host is paid for what it held: one that took the bodies did from the commit on.
            since = entry.committed_on if host in entry.holders else entry.delivered_on
            self._change(Change(host, since, entry.size, 0, entry.size.bodies, 1))
        bodies = replace(entry.size, journal_bytes=0)
        for host in entry.holders.difference(keepers):      # stood in, until both hosts had it
            self._change(Change(host, entry.committed_on, bodies, 0, bodies.bodies))
            self._change(Change(host, entry.delivered_on, bodies.times(-1)))

    def _placed(self, placed: Placed) -> None:
        held = self._of(placed.host)
        keeps = placed.role is Role.KEEPS
        if placed.role is Role.LEAVES and held.role is not Role.KEEPS:
            return      # a host that is being filled, or stands in, counts for nothing of its own
        now = self._of(WHOLE).size if keeps else NOTHING if placed.role is Role.GONE else held.size
        records = int(keeps) - int(held.role is Role.KEEPS)
        self._change(Change(placed.host, placed.on, now - held.size, records))
        self.held[placed.host] = replace(self._of(placed.host), role=placed.role)

    def _recounted(self, counted: Recounted) -> None:
        whole = self._of(WHOLE)
        if counted.place < whole.place:
            return      # what came since is not in it
        self.held[WHOLE] = replace(
            whole.changed(counted.size - whole.size, counted.on), place=counted.place, recounted=counted.place)
        for host in self._keepers():
            self._change(Change(host, counted.on, counted.size - self._of(host).size))

    def _change(self, change: Change) -> None:
        if change == Change(change.host, change.on):
            return
        self.held[change.host] = self._of(change.host).changed(change.size, change.on)
        self.changes.append(change)

    def _of(self, host: str) -> Held:
        return self.held.get(host, Held())

    def _keepers(self) -> list[str]:
        return sorted(host for host, held in self.held.items() if host != WHOLE and held.role is Role.KEEPS)


def size_of(header: bytes, sealed_bytes: int) -> Size:
    """What an entry adds to a host that holds it, by its clear header. Raises InvalidInput for a malformed one."""
    bodies = Header.parse(header).bodies
    return Size(len(bodies), sum(body.size for body in bodies), len(header) + sealed_bytes)


def by_day(changes: Iterable[Change]) -> Mapping[tuple[str, date], Change]:
    """The changes of each host on each day, summed."""
    found: dict[tuple[str, date], Change] = {}
    for each in changes:
        key = each.host, each.on
        before = found.get(key, Change(*key))
        found[key] = Change(
            *key, before.size + each.size, before.records + each.records, before.deposits + each.deposits,
            before.entries + each.entries)
    return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of some records, in the order they happened, and what was held of those records before."""

    held: Mapping[UUID, Mapping[str, Held]]
    events: Mapping[UUID, list[Event]]

    def folded(self) -> tuple[dict[UUID, dict[str, Held]], list[Change]]:
        """What is held of them now, and all that changed."""
        after, changes = {}, []
        for record, events in self.events.items():
            now = Holding(dict(self.held.get(record, {})))
            now.add(events)
            after[record] = now.held
            changes += now.changes
        return after, changes
