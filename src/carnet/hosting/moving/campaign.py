"""Campaigns and their records, as values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from carnet.errors import InvalidInput, Issue

Kind = Literal["migrate", "exit", "requests", "lost"]
Part = Literal["home", "reference", "any"]
MOST_AT_ONCE = 500
"""Records in one order of erasure: no host takes more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is asked to do. Empty hosts: each record has its own. `rate` and `most`: 0 for no limit."""

    kind: Kind
    from_host: str
    to_host: str = ""
    part: Part = "home"
    rate: int = 0
    most: int = 0
    in_background: bool = False
    approval: str = ""

    def __post_init__(self) -> None:
        if self.from_host and self.from_host == self.to_host:
            raise InvalidInput(Issue("value", "a host cannot take over from itself", "to"))
        if self.kind == "migrate" and not (self.from_host and self.to_host):
            raise InvalidInput(Issue("required", "a migration has two hosts", "to"))


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as its row says it."""

    id: UUID
    kind: Kind
    from_host: str
    to_host: str
    part: Part
    state: Literal["listing", "running", "paused", "ended"]
    why: str
    rate: int
    most: int
    in_background: bool
    approval: str
    by: str
    began_at: datetime
    ended_at: datetime | None
    listed: int
    inventory: bytes
    worked_ms: int
    bytes: int
    is_at_work: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records of a campaign are in which state."""

    waiting: int = 0
    filling: int = 0
    leaving: int = 0
    held: int = 0
    released: int = 0
    elsewhere: int = 0

    @property
    def in_all(self) -> int:
        """All of them."""
        return self.done + self.to_do

    @property
    def done(self) -> int:
        """Those that nothing more happens to."""
        return self.released + self.elsewhere

    @property
    def to_do(self) -> int:
        """Those that are not done."""
        return self.waiting + self.filling + self.leaving + self.held


@dataclass(frozen=True, slots=True)
class Listed:
    """A record on the list of a campaign: the part that moves, from which host, and to which; none for a stand-in."""

    record: UUID
    part: str
    from_host: str
    to_host: str


@dataclass(frozen=True, slots=True)
class Move:
    """A record whose turn has come, as the portal's row of it says: `both` are its two hosts under `version`.

    `place` and `head` are those of the record now; of one that is leaving, those it was switched at.
    """

    record: UUID
    part: Literal["home", "reference", "stand_in"]
    from_host: str
    to_host: str
    state: Literal["waiting", "filling", "leaving", "held"]
    version: int
    both: tuple[str, str]
    place: int
    head: bytes
    leaving_version: int | None = None

    @property
    def other_host(self) -> str:
        """The host that has the record before and after: the one of the two that does not change."""
        return next((host for host in self.both if host not in (self.from_host, self.to_host)), self.both[1])


@dataclass(frozen=True, slots=True)
class Taken:
    """Records whose turn has come, how many were found to be done already, and the last one looked at: None at the end.

    `refused` are those that their target may not be given now.
    """

    moves: tuple[Move, ...]
    done: int
    last: UUID | None
    refused: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A record of which the target said, in a receipt, that it holds it up to this head, and lacks no body."""

    move: Move
    place: int
    head: bytes
    bodies: tuple[bytes, ...] | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A record that has its two hosts without the one that leaves: `both`, under `version`, up to `place` and `head`.

    `bodies` are the ids that its entries name up to there, when they are at hand.
    """

    record: UUID
    host: str
    leaving_version: int
    both: tuple[str, str]
    version: int
    place: int
    head: bytes
    bodies: tuple[bytes, ...] | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A record that the host that left erased, and how many bodies the two others were verified to hold."""

    record: UUID
    host: str
    leaving_version: int
    verified_by: tuple[str, str]
    bodies: int
