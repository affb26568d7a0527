"""What the portal's database knows of a record: the row, its rights, and where its chain is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.hosting.directory import Placement
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.rights.facts import Authorisation, Facts, RecordState


@dataclass(frozen=True, slots=True)
class Known:
    """A record's row and rights, read together. Used only while `head` and `rights_version` are still the row's."""

    record: UUID
    holder: Ins
    traits: Traits
    state: RecordState
    opened_at: datetime
    closed_at: datetime | None
    closing_motive: str
    placement: Placement
    place: int
    head: bytes
    rights_version: int
    snapshot_place: int
    documents: int
    authorisations: Mapping[str, Authorisation]

    def facts(self, now: datetime) -> Facts:
        """The facts that a decision rests on, at `now` of the database's clock."""
        return Facts(self.holder, self.state, now, self.authorisations)


@dataclass(frozen=True, slots=True)
class Commit:
    """An entry to give its place: what it needs to be still true, and all that goes with it in one transaction.

    `expected_head` is None for what commutes (a deposit), and the head that was read for what does not.
    `locators` are identifiers that the entry brings, with the entryUUID each names.
    """

    known: Known
    header: bytes
    sealed: bytes
    holders: tuple[str, ...]
    ticket_end: datetime
    expected_head: bytes | None
    locators: tuple[tuple[str, UUID], ...]
    documents: int
    is_snapshot: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    """The place an entry got, and the heads before and after it."""

    place: int
    previous: bytes
    head: bytes
