"""What the portal's database knows of a record: the row, its rights, and where its chain is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.audit.events import Event
from carnet.hosting.directory import Placement
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.record.effects import Notice
from carnet.record.to_count import ToCount
from carnet.rights.facts import Facts, RightsPolicy
from carnet.rights.held import RecordRights
from carnet.rights.matrix import NOTHING_OPEN, Matrix


@dataclass(frozen=True, slots=True)
class Known:
    """A record's row and rights, read together. Used only while `head`, `rights_version` and the matrix in force are
    still the database's, and the platform's epoch too. One that is not served was not compared with its hosts since the
    portal was restored, or awaits officers."""

    record: UUID
    holder: Ins
    traits: Traits
    rights: RecordRights
    opened_at: datetime
    placement: Placement
    place: int
    head: bytes
    rights_version: int
    snapshot_place: int
    documents: int
    matrix_number: int = 0
    matrix: Matrix = NOTHING_OPEN
    epoch: int = 1
    is_served: bool = True

    def facts(self, now: datetime, policy: RightsPolicy) -> Facts:
        """The facts that a decision rests on, at `now` of the database's clock."""
        return Facts(self.holder, self.traits.birth_date, now, self.rights, self.matrix, policy)


@dataclass(frozen=True, slots=True)
class Commit:
    """An entry to give its place: what it needs to be still true, and all that goes with it in one transaction.

    `expected_head` is None for what commutes (a deposit), and the head that was read for what does not.
    `locators` are identifiers that the entry brings, with the entryUUID each names. `also` are audit events beside the
    first one: what not everybody may know has a trace of its own. `to_count` is what figures are made of, `checks`
    are fingerprints of documents to hold to the national rules.
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
    also: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    to_count: tuple[ToCount, ...] = ()
    checks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """The place an entry got, and the heads before and after it."""

    place: int
    previous: bytes
    head: bytes
