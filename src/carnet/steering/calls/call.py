"""A call for projects as the authority writes it: a TOML file (docs/calls.md), checked whole before it opens. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from carnet.documents.codes import is_in_dmp
from carnet.errors import InvalidIdentifier, InvalidInput
from carnet.ledger.dimensions import is_siren
from carnet.people.identifiers import DEMONSTRATION, StructId, StructIdKind
from carnet.steering.calls.faults import Fault, Rule, fault
from carnet.steering.calls.reading import read, repeated

Words = Annotated[str, Meta(min_length=1, max_length=500)]
Short = Annotated[str, Meta(min_length=1, max_length=100)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")]
Percent = Annotated[int, Meta(ge=0, le=100)]
Cents = Annotated[int, Meta(ge=1, le=10**12)]
_FEWEST = {"regions": 1, "wanted": 1, "criteria": 1, "scorers": 2, "milestones": 1}
_MOST = 20


class Applicants(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which groups may apply: of how many organisations, by which registers (empty: any), or only those named."""

    fewest: Annotated[int, Meta(ge=1, le=200)] = 1
    most: Annotated[int, Meta(ge=1, le=200)] = 50
    registers: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A type of document that is asked for, and how many a month the whole group promises at least."""

    type_code: Short
    fewest_a_month: Annotated[int, Meta(ge=1, le=10**7)]


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an application is judged by, and how much it weighs."""

    id: Name
    words: Words
    weight: Annotated[int, Meta(ge=1, le=1000)]


class Scorer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An officer who scores, and the organisations that they have an interest in."""

    officer: Short
    name: Short
    organisations: tuple[str, ...] = ()


class Milestone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A share of each grant, and what must have been fed before that day: so many hundredths of what was promised by
    then. 0: nothing, an advance.
    """

    id: Name
    words: Words
    on: date
    share: Annotated[int, Meta(ge=1, le=100)]
    percent: Percent


class Appeal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second measure, once: asked for within so many days, counting so many days more."""

    within_days: Annotated[int, Meta(ge=1, le=365)]
    counts_days: Annotated[int, Meta(ge=1, le=730)]


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a call says. `closes` is the last day of applications."""

    call: Name
    purpose: Words
    legal_act: Words
    payer: str
    category: Literal["regional_projects", "feeding_incentives"]
    funding_line: Short
    contract: Short
    budget_cents: Cents
    most_asked_cents: Cents
    opens: date
    closes: date
    regions: tuple[str, ...]
    applicants: Applicants
    wanted: tuple[Wanted, ...]
    scale: Annotated[int, Meta(ge=1, le=100)]
    least_percent: Percent
    criteria: tuple[Criterion, ...]
    scorers: tuple[Scorer, ...]
    milestones: tuple[Milestone, ...]
    partly: Literal["pro_rata", "nothing"] = "nothing"
    least_reached_percent: Percent = 0
    appeal: Appeal | None = None

    def milestone(self, name: str) -> Milestone | None:
        """The milestone of this name."""
        return next((each for each in self.milestones if each.id == name), None)

    def scorer(self, officer: str) -> Scorer | None:
        """This officer, as a scorer."""
        return next((each for each in self.scorers if each.officer == officer), None)


def read_call(content: bytes) -> Call:
    """The call in these bytes. Raises InvalidInput with everything that is wrong, and TooLarge."""
    call = read(content, Call)
    if faults := list(_faults(call)):
        raise InvalidInput(*faults)
    return call


def _faults(call: Call) -> Iterator[Fault]:
    if not is_siren(call.payer):
        yield fault(Rule.SIREN, "payer", what=call.payer[:40])
    if call.closes < call.opens:
        yield fault(Rule.ORDER, "closes", what="closes", other="opens")
    for name, least in _FEWEST.items():
        if len(getattr(call, name)) < least:
            yield fault(Rule.FEW, name, n=len(getattr(call, name)), least=least)
        elif len(getattr(call, name)) > _MOST:
            yield fault(Rule.MANY, name, n=len(getattr(call, name)), most=_MOST)
    if call.applicants.most < call.applicants.fewest:
        yield fault(Rule.ORDER, "applicants.most", what="most", other="fewest")
    yield from _repeated(call)
    yield from _codes(call)
    yield from _milestones(call)


def _repeated(call: Call) -> Iterator[Fault]:
    lists = {
        "regions": list(call.regions), "wanted": [each.type_code for each in call.wanted],
        "criteria": [each.id for each in call.criteria], "scorers": [each.officer for each in call.scorers],
        "milestones": [each.id for each in call.milestones]}
    for where, values in lists.items():
        for what in repeated(values):
            yield fault(Rule.TWICE, where, what=what)


def _codes(call: Call) -> Iterator[Fault]:
    for place, each in enumerate(call.wanted):
        if not is_in_dmp(each.type_code):
            yield fault(Rule.TYPE, f"wanted[{place}].type_code", what=each.type_code)
    registers = {kind.name for kind in StructIdKind}
    for place, register in enumerate(call.applicants.registers):
        if register not in registers:
            yield fault(Rule.SHAPE, f"applicants.registers[{place}]", why=", ".join(sorted(registers)))
    named = [(f"applicants.only[{place}]", each) for place, each in enumerate(call.applicants.only)]
    for place, scorer in enumerate(call.scorers):
        named += [(f"scorers[{place}].organisations[{at}]", each) for at, each in enumerate(scorer.organisations)]
    for where, organisation in named:
        if not is_organisation(organisation):
            yield fault(Rule.SHAPE, where, why="Struct_IdNat")


def _milestones(call: Call) -> Iterator[Fault]:
    total = sum(each.share for each in call.milestones)
    if call.milestones and total != 100:
        yield fault(Rule.SHARES, "milestones", n=total)
    for place, each in enumerate(call.milestones):
        if each.on <= call.closes:
            yield fault(Rule.ORDER, f"milestones[{place}].on", what=each.id, other="closes")
        if place and each.on < call.milestones[place - 1].on:
            yield fault(Rule.ORDER, f"milestones[{place}].on", what=each.id, other=call.milestones[place - 1].id)


def is_organisation(text: str) -> bool:
    """True for a Struct_IdNat. Its key is not asked to fit here: an invented one may stand in a demonstration."""
    try:
        StructId.parse(text, DEMONSTRATION)
    except InvalidIdentifier:
        return False
    return True
