"""Claims: what was published, as a file says it, and the entries that are made of some of them.

Claims overlap and contradict each other: they are never added up. The entries are one decomposition of them in which
no euro stands twice; an amount of theirs is a sum of claims less others, and is typed nowhere. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal
from uuid import UUID, uuid5

import msgspec

from carnet.ledger.accounts import (
    BANK,
    CHARGE_OF,
    COMMITMENTS_COUNTERPART,
    COMMITMENTS_GIVEN,
    GRANTS_TO_PAY,
)
from carnet.ledger.category import Category
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.dimensions import Certainty, Dimensions
from carnet.ledger.entry import Entry, Line
from carnet.ledger.money import cents_of, euros_of

BOOKS, NAME = "history", "Ce qui a été publié, 2004–2024"
_NAMES = UUID("6f1c2b0a-3a52-5d6e-9c37-0c1f0b6a2014")
_UNKNOWN_PURPOSE = "658"
About = Literal["cost", "received", "ceiling", "market", "running", "benchmark", "comparison"]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that somebody published: an amount, what it is about, since and until when, and who says so.

    `part_of` is the claim that it is within, as far as was published; `months` those that a contract lasts.
    """

    id: str
    about: About
    euros: str
    certainty: Certainty
    since: date
    until: date
    fr: str
    en: str
    source: str
    part_of: str = ""
    months: int = 0
    note_fr: str = ""
    note_en: str = ""

    @property
    def cents(self) -> int:
        """The amount."""
        return cents_of(self.euros)

    @property
    def text(self) -> str:
        """What is kept as the proof of an entry: the claim as it was read, and where."""
        return (
            f"{self.id}\n{euros_of(self.cents)} EUR\n{self.since} / {self.until}\n{self.certainty}\n{self.fr}\n"
            f"{self.en}\n{self.source}\n")


class Made(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of the books: claims whose sum, less that of others, is its amount."""

    id: str
    plus: tuple[str, ...]
    less: tuple[str, ...] = ()
    category: Category | None = None
    funding_line: str = ""
    phase: str = ""


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many there were on a day, and who says so."""

    measure: Measure
    on: date
    count: int
    source: str


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    claim: tuple[Claim, ...]
    entry: tuple[Made, ...]
    count: tuple[Counted, ...]

    def claimed(self, claim_id: str) -> Claim:
        """The claim of this name. Raises KeyError."""
        found = next((each for each in self.claim if each.id == claim_id), None)
        if found is None:
            raise KeyError(claim_id)
        return found

    def claims_of(self, made: Made) -> list[Claim]:
        """The claims that this entry is made of; the first says when, and how sure it is."""
        return [self.claimed(name) for name in (*made.plus, *made.less)]

    def cents_of(self, made: Made) -> int:
        """The amount of this entry."""
        return sum(self.claimed(name).cents for name in made.plus) - sum(
            self.claimed(name).cents for name in made.less)

    def is_entered(self, claim_id: str) -> bool:
        """Say whether an entry is made of this claim."""
        return any(claim_id in made.plus for made in self.entry)

    def entries(self) -> Iterator[tuple[Entry, str]]:
        """The entries, each under an identifier that never changes, with the text that proves it. Not yet numbered."""
        for made in self.entry:
            claims = self.claims_of(made)
            yield _entry(made, claims[0], self.cents_of(made)), "\n".join(each.text for each in claims)

    def counts(self) -> list[Count]:
        """What was counted, under the name of these books."""
        return [
            Count(measure=each.measure, on=each.on, count=each.count, data_set=BOOKS, note=each.source)
            for each in self.count]


@cache
def published() -> History:
    """What was published. Raises ValidationError for a file that is not as it should be: a mistake of ours."""
    text = (files("carnet.ledger.history") / "claims.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), History)


def entry_id_of(name: str) -> UUID:
    """The identifier of an entry of these books."""
    return uuid5(_NAMES, name)


def _entry(made: Made, claim: Claim, cents: int) -> Entry:
    # What is promised is entered when it is; what was spent, when the span that was published ends.
    on = claim.since if claim.certainty is Certainty.COMMITTED else claim.until
    dimensions = Dimensions(
        category=made.category, certainty=claim.certainty, funding_line=made.funding_line, phase=made.phase)
    return Entry(
        entry_id=entry_id_of(made.id), journal="HI", journal_label="Chiffres publiés", number="", on=on, label=claim.fr,
        piece=made.id, committed_on=on if claim.certainty is Certainty.COMMITTED else None,
        paid_on=on if claim.certainty is Certainty.PAID else None, lines=_lines(cents, dimensions, claim.fr))


def _lines(cents: int, dimensions: Dimensions, label: str) -> tuple[Line, ...]:
    charge = CHARGE_OF[dimensions.category] if dimensions.category is not None else _UNKNOWN_PURPOSE
    debit, credit = {
        Certainty.PAID: (charge, BANK), Certainty.COMMITTED: (COMMITMENTS_COUNTERPART, COMMITMENTS_GIVEN),
    }.get(dimensions.certainty, (charge, GRANTS_TO_PAY))
    if cents < 0:
        debit, credit, cents = credit, debit, -cents
    return (
        Line(account=debit, debit_cents=cents, dimensions=dimensions, label=label),
        Line(account=credit, credit_cents=cents, dimensions=dimensions, label=label))
