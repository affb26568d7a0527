"""An application: a group of organisations, what they commit to feed, and what they ask for. A TOML or JSON file. Pure.

It is checked against its call by itself (`read_application`), and again when the call is decided: an amendment may have
changed what is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from carnet.errors import InvalidInput
from carnet.ledger.dimensions import is_siren
from carnet.people.identifiers import DEMONSTRATION, StructId
from carnet.steering.calls.call import Call, Cents, Short, Words, is_organisation
from carnet.steering.calls.faults import Fault, Rule, fault
from carnet.steering.calls.months import whole_months
from carnet.steering.calls.reading import read, repeated


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the authority writes to. Shown to officers only."""

    name: Short
    email: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]


class Organisation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site of the group: its Struct_IdNat and its name."""

    id: str
    name: Short


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one organisation commits to: so many documents of a type a month, from a day on."""

    organisation: str
    type_code: str
    documents_a_month: Annotated[int, Meta(ge=1, le=10**7)]
    from_: date = msgspec.field(name="from")


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that an application says. `beneficiary` is the SIREN of who is paid for the group."""

    call: str
    name: Words
    lead: str
    beneficiary: str
    region: Short
    asked_cents: Cents
    contact: Contact
    organisations: tuple[Organisation, ...]
    feeds: tuple[Feed, ...]

    @property
    def struct_ids(self) -> tuple[str, ...]:
        """Its organisations."""
        return tuple(each.id for each in self.organisations)

    @property
    def type_codes(self) -> tuple[str, ...]:
        """The types of document that it commits to, each once."""
        return tuple(sorted({each.type_code for each in self.feeds}))


def read_application(content: bytes, call: Call) -> Application:
    """The application in these bytes. Raises InvalidInput with everything that is wrong, and TooLarge."""
    application = read(content, Application)
    if faults := list(faults_of(application, call)):
        raise InvalidInput(*faults)
    return application


def faults_of(application: Application, call: Call) -> Iterator[Fault]:
    """Everything of the call that an application breaks."""
    if application.call != call.call:
        yield fault(Rule.OTHER_CALL, "call", what=application.call[:40])
    if not is_siren(application.beneficiary):
        yield fault(Rule.SIREN, "beneficiary", what=application.beneficiary[:40])
    if application.region not in call.regions:
        yield fault(Rule.REGION, "region", what=application.region)
    if application.asked_cents > min(call.most_asked_cents, call.budget_cents):
        yield fault(
            Rule.TOO_MUCH, "asked_cents", cents=application.asked_cents,
            most_cents=min(call.most_asked_cents, call.budget_cents))
    yield from _organisations(application, call)
    yield from _feeds(application, call)


def _organisations(application: Application, call: Call) -> Iterator[Fault]:
    ids, may = list(application.struct_ids), call.applicants
    if len(ids) < may.fewest:
        yield fault(Rule.FEW, "organisations", n=len(ids), least=may.fewest)
    if len(ids) > may.most:
        yield fault(Rule.MANY, "organisations", n=len(ids), most=may.most)
    for what in repeated(ids):
        yield fault(Rule.TWICE, "organisations", what=what[:40])
    if application.lead not in ids:
        yield fault(Rule.ORGANISATION, "lead", what=application.lead[:40])
    for place, each in enumerate(ids):
        if not is_organisation(each):
            yield fault(Rule.SHAPE, f"organisations[{place}].id", why="Struct_IdNat")
        elif not _may_apply(each, call):
            yield fault(Rule.NOT_INVITED, f"organisations[{place}].id", what=each)


def _may_apply(organisation: str, call: Call) -> bool:
    may = call.applicants
    is_of_register = not may.registers or StructId.parse(organisation, DEMONSTRATION).kind.name in may.registers
    return is_of_register and (not may.only or organisation in may.only)


def _feeds(application: Application, call: Call) -> Iterator[Fault]:
    wanted = {each.type_code: each.fewest_a_month for each in call.wanted}
    first = next((each for each in call.milestones if each.percent), None)
    promised: dict[str, int] = {}
    if len(application.feeds) < 1:
        yield fault(Rule.FEW, "feeds", n=0, least=1)
    for what in repeated([f"{each.organisation} {each.type_code}" for each in application.feeds]):
        yield fault(Rule.TWICE, "feeds", what=what[:80])
    for place, each in enumerate(application.feeds):
        if each.organisation not in application.struct_ids:
            yield fault(Rule.ORGANISATION, f"feeds[{place}].organisation", what=each.organisation[:40])
        if each.type_code not in wanted:
            yield fault(Rule.TYPE, f"feeds[{place}].type_code", what=each.type_code[:40])
        if first is not None and whole_months(each.from_, first.on) < 1:
            yield fault(Rule.LATE_FEED, f"feeds[{place}].from", what=first.id)
        promised[each.type_code] = promised.get(each.type_code, 0) + each.documents_a_month
    for type_code, promise in promised.items():
        if promise < wanted.get(type_code, 0):
            yield fault(Rule.TOO_LITTLE, "feeds", n=promise, what=type_code, least=wanted[type_code])
