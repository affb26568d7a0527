"""The facts of a comparison: everything its figures are made of, gathered once, kept as bytes, published.

Counts and cents only: nothing in them is about one record or one person. What nobody knows is absent, never 0. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.ledger.category import Category
from carnet.steering.comparison.protocol import CountedPart


class _Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Counts(_Fact, frozen=True, kw_only=True):
    """The records of a cohort in a département on the last day. What was not counted is None."""

    cohort: str
    departement: str
    records: int
    activated: int | None = None
    read: int | None = None
    with_1: int | None = None
    with_5: int | None = None
    documents: int | None = None
    consultations: int | None = None


class AtHost(_Fact, frozen=True, kw_only=True):
    """Records that a host keeps on the last day, of a cohort of the comparison, or (empty) of none."""

    host: str
    cohort: str
    records: int


class Spent(_Fact, frozen=True, kw_only=True):
    """The record's share of the lines of the days compared: cents by who they name, category and part of a cost."""

    host: str
    consortium: str
    category: Category | None
    part: CountedPart
    cents: int


class Answered(_Fact, frozen=True, kw_only=True):
    """How a host answered when it was asked by chance to prove what it holds; `days` on which it was asked."""

    host: str
    asked: int
    unanswered: int
    days: int


class Gravity(StrEnum):
    """How grave an incident was."""

    MINOR = "minor"         # an inconvenience
    SERIOUS = "serious"     # care was made harder
    GRAVE = "grave"         # somebody was, or could have been, harmed, or saw what was not theirs


class Incident(_Fact, frozen=True, kw_only=True):
    """What somebody named said of an incident. `host` or `cohort` says whose it was; neither: the platform's."""

    on: date
    gravity: Gravity
    words: str
    by: str
    host: str = ""
    cohort: str = ""
    minutes_down: int | None = None


def incident_of(on: date, gravity: str, words: str, by: str, whose: Mapping[str, object]) -> Incident:
    """An incident as somebody typed it. Raises InvalidInput."""
    said = {"on": on, "gravity": gravity, "words": words, "by": by, **whose}
    try:
        return msgspec.convert(said, Incident)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        raise InvalidInput(Issue("value", message, where.rstrip("`") or "incident")) from error


class Drawn(_Fact, frozen=True, kw_only=True):
    """A stratum of a cohort: records in the frame, and how many were drawn."""

    cohort: str
    stratum: str
    frame: int
    drawn: int


class Answers(_Fact, frozen=True, kw_only=True):
    """How many of a stratum gave a question this score, 1 to 5."""

    cohort: str
    stratum: str
    question: str
    score: int
    people: int


class Returned(_Fact, frozen=True, kw_only=True):
    """How many of a stratum sent anything back."""

    cohort: str
    stratum: str
    people: int


class Amended(_Fact, frozen=True, kw_only=True):
    """A version of the protocol: when it was said, by whom, why; the first is the registration."""

    version: int
    digest: str
    said_on: date
    by: str
    because: str
    after_first_day: bool


class Facts(_Fact, frozen=True, kw_only=True):
    """All of them, as they were when they were gathered. `counted_on` is the day that records were counted on."""

    protocol: str
    gathered_on: date
    counted_on: date | None
    amendments: tuple[Amended, ...]
    counts: tuple[Counts, ...] = ()
    at_hosts: tuple[AtHost, ...] = ()
    spent: tuple[Spent, ...] = ()
    answered: tuple[Answered, ...] = ()
    incidents: tuple[Incident, ...] = ()
    drawn: tuple[Drawn, ...] = ()
    frame_digests: tuple[tuple[str, str], ...] = ()
    answers: tuple[Answers, ...] = ()
    returned: tuple[Returned, ...] = ()

    @property
    def content(self) -> bytes:
        """The canonical bytes."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.content).hexdigest()


def facts_of(content: bytes) -> Facts:
    """The facts of canonical bytes. Raises InvalidInput."""
    try:
        return msgspec.json.decode(content, type=Facts)
    except msgspec.DecodeError as error:
        raise InvalidInput(Issue("structure", f"these are no facts of a comparison: {error}")) from error
