"""The protocol of a comparison: everything that is decided before its first day, as a file in TOML, checked whole.

Its form, field by field: docs/comparison.md. What is kept and signed are its canonical bytes, which do not depend on
how the file was laid out. Pure.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.ledger.category import Category
from carnet.ledger.parts import Part

MOST_BYTES = 256 * 1024
Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Words = Annotated[str, Meta(min_length=1, max_length=500)]
Approach = Literal["consortia", "portal"]
Rule = Literal["own", "shared", "aside"]
# Parts of a cost that may be added up: no euro is in two of them.
CountedPart = Literal["spent", "committed", "estimated", "in_kind"]
PARTS: dict[CountedPart, Part] = {
    "spent": Part.SPENT, "committed": Part.COMMITTED, "estimated": Part.ESTIMATED, "in_kind": Part.IN_KIND}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Cohort(_Table, frozen=True, kw_only=True):
    """The records of one approach: those that placement put into its cohorts (`placing`), so many as planned."""

    id: Id
    name: Words
    approach: Approach
    consortium: Annotated[str, Meta(max_length=200)] = ""
    hosts: Annotated[tuple[str, ...], Meta(min_length=1)]
    placing: Annotated[tuple[str, ...], Meta(min_length=1)]
    departements: Annotated[tuple[str, ...], Meta(min_length=1)]
    opened_from: date
    opened_until: date
    records: int


class Stratum(_Table, frozen=True, kw_only=True):
    """Départements of both cohorts that are alike: shares are compared within it first."""

    id: Id
    name: Words
    departements: Annotated[tuple[str, ...], Meta(min_length=2)]


class CostRule(_Table, frozen=True, kw_only=True):
    """How lines of a category that name no host and no consortium count: `shared` out over all records by their
    number, or for neither (`own`). A category that is `aside` counts for neither at all.
    """

    category: Category
    rule: Rule
    because: Words


class Charge(_Table, frozen=True, kw_only=True):
    """Cents that a cohort is charged beside the ledger: what it was given free, at the price that is named here."""

    id: Id
    cohort: Id
    category: Category
    cents: Annotated[int, Meta(ge=0)]
    because: Words


class Named(_Table, frozen=True, kw_only=True):
    """A question of the survey, or an assumption, in words."""

    id: Id
    words: Words


class Difference(_Table, frozen=True, kw_only=True):
    """What is called a difference: its interval does not contain 0, and it is at least this large."""

    cents: Annotated[int, Meta(ge=1)]
    points: Annotated[float, Meta(gt=0, le=100)]
    score: Annotated[float, Meta(gt=0, le=4)]
    visits: Annotated[float, Meta(gt=0)]
    confidence: Annotated[float, Meta(ge=0.8, le=0.999)] = 0.95


class Protocol(_Table, frozen=True, kw_only=True):
    """All of it. `seed` draws the sample and the bootstrap; `sample` is how many of each cohort are asked."""

    id: Id
    title: Words
    purpose: Words
    is_demonstration: bool = False
    from_: date = msgspec.field(name="from")
    until: date
    auditor: Id
    seed: Annotated[str, Meta(min_length=8, max_length=100)]
    parts: Annotated[tuple[CountedPart, ...], Meta(min_length=1)]
    sample: Annotated[int, Meta(ge=20, le=100_000)]
    bootstraps: Annotated[int, Meta(ge=200, le=10_000)] = 2000
    cohorts: tuple[Cohort, Cohort]
    strata: Annotated[tuple[Stratum, ...], Meta(min_length=1)]
    costs: tuple[CostRule, ...]
    charges: tuple[Charge, ...] = ()
    questions: Annotated[tuple[Named, ...], Meta(min_length=1)]
    assumptions: Annotated[tuple[Named, ...], Meta(min_length=1)]
    differences: Difference

    @property
    def first(self) -> Cohort:
        """The cohort that stands on the left; differences are the other less this one."""
        return self.cohorts[0]

    @property
    def second(self) -> Cohort:
        """The cohort that stands on the right."""
        return self.cohorts[1]

    def stratum_of(self, departement: str) -> str:
        """The stratum that a département is in; empty for one of no cohort."""
        return next((each.id for each in self.strata if departement in each.departements), "")

    @property
    def content(self) -> bytes:
        """The canonical bytes: JSON with its names in order, no spaces."""
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes."""
        return hashlib.sha256(self.content).hexdigest()


def read_toml(content: bytes) -> Protocol:
    """The protocol of a file. Raises InvalidInput, TooLarge. What it says is not yet checked: see `rules.py`."""
    if len(content) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    try:
        return msgspec.convert(tomllib.loads(content.decode("utf-8")), Protocol)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(Issue("structure", f"is not TOML in UTF-8: {error}", "the file")) from error
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        raise InvalidInput(Issue("value", message, where.rstrip("`") or "the file")) from error


def read_canonical(content: bytes) -> Protocol:
    """The protocol of canonical bytes. Raises InvalidInput for any other bytes, also of the same protocol."""
    try:
        found = msgspec.json.decode(content, type=Protocol)
    except msgspec.DecodeError as error:
        raise InvalidInput(Issue("structure", f"this is no protocol: {error}")) from error
    if found.content != content:
        raise InvalidInput(Issue("structure", "these are not the canonical bytes of a protocol"))
    return found
