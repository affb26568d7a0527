"""A Consent that someone sends, as what it says: a choice, the holder's word on a professional, or a delegation.

Everything that is wrong is told at once; nothing that is sent is left out silently. docs/vendors/consent.md is the
profile. May import: this room, record, rights, people, errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import msgspec

from carnet.errors import InvalidSubmission, Issue
from carnet.fhir.consent_resource import (
    ADMINISTRATOR,
    AUTHORISATION,
    CATEGORIES,
    CATEGORY_CODES,
    CHANNEL,
    DELEGATE_ROLES,
    DELEGATED_BY,
    DELEGATION,
    MEDECIN_TRAITANT,
    MEMBER,
    PRIVACY,
    REASON,
    ROLE_CODES,
    ROLES,
    Actor,
    Consent,
    Provision,
)
from carnet.fhir.dates import span
from carnet.fhir.elements import CodeableConcept, Reference
from carnet.fhir.parse import parse
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings, ins_of
from carnet.fhir.systems import RPPS, oid_of
from carnet.people.caller import Caller, PatientCaller, ProfessionalCaller
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import Ins, InsPolicy
from carnet.record.restate import Standing, Word
from carnet.rights.held import PORTAL, Choice, DelegateKind

WHERE = "Consent"
ACTORS = f"{WHERE}.provision.actor"
_UNKNOWN = re.compile(r"unknown field `(\w+)`(?: - at `\$\.?(.*)`)?")
_KINDS = {code: kind for kind, code in DELEGATE_ROLES.items()}
_OF_AUTHORISATION = frozenset({"professional", MEDECIN_TRAITANT, ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class ChoiceSaid:
    """Yes or no to one use of the record."""

    choice: Choice
    given: bool
    text_version: str
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class DelegationSaid:
    """To whom, until when; `is_over` ends it."""

    kind: DelegateKind
    subject: str
    name: str
    members: tuple[str, ...]
    until: datetime | None
    is_over: bool


Said = ChoiceSaid | Word | DelegationSaid


@dataclass(frozen=True, slots=True)
class _Named:
    """An actor: what role, which identifier."""

    role: str
    identifier: str
    is_organisation: bool
    display: str


def read_consent(body: bytes) -> Consent:
    """The Consent in a body. Raises InvalidInput for what is no FHIR, InvalidSubmission for what is not weighed."""
    message = parse(body)
    try:
        return msgspec.json.decode(message.text, type=Consent)
    except msgspec.ValidationError as error:
        unknown = _UNKNOWN.search(str(error))
        if unknown is None:
            raise InvalidSubmission(Issue("structure", f"a {WHERE} is expected here", "Resource")) from None
        place = ".".join(part for part in (WHERE, unknown[2] or "", unknown[1]) if part)
        raise InvalidSubmission(Issue(
            "not-supported", "this platform does not weigh this element, so it must not be there", place)) from None


def patient_of(consent: Consent, policy: InsPolicy) -> Ins:
    """Whose record it is about. Raises InvalidInput."""
    return ins_of(consent.patient, Surroundings(()), policy, f"{WHERE}.patient")


def read_said(consent: Consent, caller: Caller, *, replaces: bool) -> Said:
    """What it says; `replaces` when it stands for all of what was there. Raises InvalidSubmission with every issue."""
    reading = _Reading(consent, caller, replaces)
    said = reading.said()
    if reading.problems.issues or said is None:
        raise InvalidSubmission(*reading.problems.issues)
    return said


class _Reading:
    def __init__(self, consent: Consent, caller: Caller, replaces: bool) -> None:
        self.problems = Problems()
        self._consent = consent
        self._caller = caller
        self._replaces = replaces
        self._provision = consent.provision or Provision()
        self._check()

    def said(self) -> Said | None:
        """The statement, or None when its kind is not known."""
        category = self._code(self._consent.category, CATEGORIES, CATEGORY_CODES, "category")
        if category == AUTHORISATION:
            return self._word()
        if category == DELEGATION:
            return self._delegation()
        return self._choice(Choice(category)) if category else None

    def _check(self) -> None:
        consent, add = self._consent, self.problems.add
        if consent.status not in ("active", "inactive"):
            add("code-invalid", "active or inactive is expected here", f"{WHERE}.status")
        if consent.scope is None or all(coding.code != PRIVACY for coding in consent.scope.coding):
            add("code-invalid", f"{PRIVACY} is expected here", f"{WHERE}.scope")
        if self._provision.type not in ("permit", "deny"):
            add("code-invalid", "permit or deny is expected here", f"{WHERE}.provision.type")
        if self._provision.period is not None and self._provision.period.start:
            add("not-supported", "it begins when it is recorded: leave the start out",
                f"{WHERE}.provision.period.start")

    def _choice(self, choice: Choice) -> ChoiceSaid:
        if self._consent.status == "inactive":
            self.problems.add("business-rule", "a choice is made anew, never taken away", f"{WHERE}.status")
        for name in ("period", "actor"):
            if getattr(self._provision, name):
                self.problems.add("not-supported", "a choice holds for all, and until another", f"{WHERE}.provision")
        policy = self._consent.policy_rule
        if policy is None or not policy.text.strip():
            self.problems.add(
                "required", "the version of the text that the patient was shown", f"{WHERE}.policyRule.text")
        return ChoiceSaid(
            choice, self._provision.type == "permit", policy.text if policy is not None else "", self._channel(),
            self._consent.said_in(REASON))

    def _channel(self) -> str:
        said = self._consent.said_in(CHANNEL)
        return said or (PORTAL if isinstance(self._caller, PatientCaller) else "")

    def _word(self) -> Word:
        actors = self._actors(_OF_AUTHORISATION)
        named = {actor.identifier for actor in actors if actor.identifier}
        if not actors and not self._replaces and isinstance(self._caller, ProfessionalCaller):
            named = {self._caller.ps_id}
        if len(named) != 1 or any(actor.is_organisation for actor in actors):
            self.problems.add("required", "one professional, by PS_IdNat or RPPS", ACTORS)
        standing, until = self._standing(), self._end()
        roles = {actor.role for actor in actors}
        if standing is not Standing.AUTHORISED and (until is not None or roles & {MEDECIN_TRAITANT, ADMINISTRATOR}):
            self.problems.add("business-rule", "who is not authorised has neither end nor role", f"{WHERE}.provision")
        if standing is Standing.AUTHORISED and self._replaces and until is None and MEDECIN_TRAITANT not in roles:
            self.problems.add("required", "until when", f"{WHERE}.provision.period.end")
        return Word(
            professional=next(iter(named), ""), standing=standing, until=until,
            is_medecin_traitant=self._has(roles, MEDECIN_TRAITANT), is_administrator=self._has(roles, ADMINISTRATOR),
            name=next((actor.display for actor in actors if actor.display), ""),
            channel=self._consent.said_in(CHANNEL))

    def _has(self, roles: set[str], role: str) -> bool | None:
        """What is not said of a role: taken away by who states the whole, left by who adds something."""
        return True if role in roles else False if self._replaces else None

    def _standing(self) -> Standing:
        denied = self._provision.type == "deny"
        if self._consent.status == "active":
            return Standing.BLOCKED if denied else Standing.AUTHORISED
        if denied or not self._replaces:
            self.problems.add(
                "business-rule", "only what is there can be made inactive, as a permit", f"{WHERE}.status")
        return Standing.NOTHING

    def _delegation(self) -> DelegationSaid | None:
        if self._provision.type == "deny":
            self.problems.add("business-rule", "a delegation permits; make it inactive to end it", f"{WHERE}.provision")
        actors = self._actors(frozenset({*_KINDS, MEMBER, DELEGATED_BY}))
        own = self._caller.ps_id if isinstance(self._caller, ProfessionalCaller) else ""
        given_by = {actor.identifier for actor in actors if actor.role == DELEGATED_BY}
        if not self._replaces and not given_by <= {own}:
            self.problems.add("business-rule", "one delegates one's own authorisation only", ACTORS)
        to = [actor for actor in actors if actor.role in _KINDS]
        if len(to) != 1:
            self.problems.add("required", "one professional, organisation or care team", ACTORS)
            return None
        kind = _KINDS[to[0].role]
        is_team = kind is DelegateKind.CARE_TEAM
        return DelegationSaid(
            kind, to[0].display if is_team else to[0].identifier, "" if is_team else to[0].display,
            tuple(actor.identifier for actor in actors if actor.role == MEMBER), self._end(),
            self._consent.status == "inactive")

    def _actors(self, roles: frozenset[str]) -> list[_Named]:
        found = [self._actor(actor, f"{ACTORS}[{place}]") for place, actor in enumerate(self._provision.actor)]
        for place, actor in enumerate(found):
            if actor.role not in roles:
                self.problems.add("code-invalid", f"one of {', '.join(sorted(roles))}", f"{ACTORS}[{place}].role")
        return found

    def _actor(self, actor: Actor, where: str) -> _Named:
        reference = actor.reference or Reference()
        identifier = reference.identifier
        system = oid_of(identifier.system) if identifier is not None else ""
        if identifier is not None and system not in (PS_ID_OID, STRUCT_ID_OID, RPPS):
            self.problems.add(
                "value", f"an identifier of urn:oid:{PS_ID_OID}, {RPPS} or urn:oid:{STRUCT_ID_OID}", where)
        value = identifier.value if identifier is not None else ""
        role = self._code((actor.role,) if actor.role else (), ROLES, ROLE_CODES, f"{where}.role")
        if not value and role != DELEGATE_ROLES[DelegateKind.CARE_TEAM]:
            self.problems.add("required", "who: reference.identifier", where)
        return _Named(role, f"8{value}" if system == RPPS else value, system == STRUCT_ID_OID, reference.display)

    def _code(self, concepts: tuple[CodeableConcept, ...], system: str, codes: tuple[str, ...], where: str) -> str:
        found = [coding.code for concept in concepts for coding in concept.coding if coding.system == system]
        if len(found) == 1 and found[0] in codes:
            return found[0]
        place = where if where.startswith(WHERE) else f"{WHERE}.{where}"
        self.problems.add("code-invalid", f"one code of {system}: {', '.join(codes)}", place)
        return ""

    def _end(self) -> datetime | None:
        """The end: of a day, the whole day counts."""
        period = self._provision.period
        if period is None or not period.end:
            return None
        text = period.end
        found = self.problems.attempt(lambda: span(text), f"{WHERE}.provision.period.end")
        return None if found is None else found[0] if "T" in text else found[1]
