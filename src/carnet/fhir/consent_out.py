"""What was said of a record, as Consents (docs/vendors/consent.md). Each has a version that only its own words make.

May import: this room, record, rights, people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from carnet.fhir.consent_id import ConsentIds
from carnet.fhir.consent_resource import (
    ADMINISTRATOR,
    AUTHORISATION,
    CATEGORIES,
    CHANNEL,
    DELEGATE_ROLES,
    DELEGATED_BY,
    DELEGATION,
    HOLDER,
    MEDECIN_TRAITANT,
    MEMBER,
    POLICIES,
    PRESUMED,
    PRIVACY,
    PROFESSIONAL,
    PROFILE,
    REASON,
    SCOPES,
    Actor,
    Consent,
    Provision,
    role,
    told,
)
from carnet.fhir.document_out import subject
from carnet.fhir.elements import CodeableConcept, Coding, Identifier, Meta, Period, Reference
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import Ins
from carnet.record.choices import Choices
from carnet.record.consents import Consents
from carnet.rights.held import Authorisation, Choice, DelegateKind, Delegation

Held = Choice | Authorisation | Delegation


@dataclass(frozen=True, slots=True)
class Shown:
    """A Consent, its bytes, its tag, and what it is made of."""

    resource: Consent
    held: Held

    @property
    def tag(self) -> str:
        """Its ETag."""
        return f'W/"{self.resource.meta.version_id if self.resource.meta else ""}"'


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the Consents of one patient, at one moment."""

    ids: ConsentIds
    ins: Ins
    now: datetime

    def all(self, consents: Consents) -> Iterator[Shown]:
        """All that is to be seen: choices in the order of the law, professionals by number, delegations."""
        if consents.choices is not None:
            for choice in consents.choices.consents:
                yield self.choice(choice, consents.choices)
        for authorisation in consents.authorisations:
            if _says_something(authorisation):
                yield self.authorisation(authorisation)
        for delegation in consents.delegations:
            yield self.delegation(delegation)

    def choice(self, choice: Choice, choices: Choices) -> Shown:
        """One choice: what was said, or what the law presumes."""
        said = choices.consents[choice]
        permitted = choices.consents_to[choice]
        provision = Provision(type="permit" if permitted else "deny")
        id_ = self.ids.of_choice(self.ins, choice)
        if said is None:
            return self._shown(choice, Consent(
                id=id_, status="active", category=_category(choice.value), policy_rule=_policy(PRESUMED),
                provision=provision))
        return self._shown(choice, Consent(
            id=id_, status="active", category=_category(choice.value), date_time=_moment(said.at),
            extension=told(CHANNEL, code=said.channel) + told(REASON, text=said.reason),
            policy_rule=CodeableConcept(text=said.text_version) if said.text_version else _policy(HOLDER),
            provision=provision))

    def authorisation(self, given: Authorisation) -> Shown:
        """What was said of one professional."""
        who = _professional(given.professional, given.professional_name)
        roles = {"professional": True, MEDECIN_TRAITANT: given.is_medecin_traitant,
                 ADMINISTRATOR: given.is_administrator}
        until = given.valid_until if not given.is_medecin_traitant else None
        in_force = given.is_forbidden or given.is_medecin_traitant or (until is not None and until > self.now)
        provision = Provision(
            type="deny" if given.is_forbidden else "permit",
            period=Period(end=_moment(until)) if until is not None else None,
            actor=tuple(Actor(role=role(code), reference=who) for code, holds in roles.items() if holds))
        return self._shown(given, Consent(
            id=self.ids.of_authorisation(self.ins, given), status="active" if in_force else "inactive",
            category=_category(AUTHORISATION), policy_rule=_policy(HOLDER), provision=provision))

    def delegation(self, given: Delegation, *, ended: bool = False) -> Shown:
        """What a professional delegated."""
        actors = [Actor(role=role(DELEGATED_BY), reference=_professional(given.delegated_by)), _delegate(given)]
        actors += [Actor(role=role(MEMBER), reference=_professional(member)) for member in given.members]
        provision = Provision(type="permit", period=Period(end=_moment(given.valid_until)), actor=tuple(actors))
        return self._shown(given, Consent(
            id=self.ids.of_delegation(self.ins, given), status="inactive" if ended else "active",
            category=_category(DELEGATION), policy_rule=_policy(PROFESSIONAL), provision=provision))

    def _shown(self, held: Held, made: Consent) -> Shown:
        scope = CodeableConcept(coding=(Coding(system=SCOPES, code=PRIVACY),))
        made = msgspec.structs.replace(made, scope=scope, patient=subject(self.ins))
        version = hashlib.sha256(msgspec.json.encode(made)).hexdigest()[:32]
        return Shown(msgspec.structs.replace(made, meta=Meta(version_id=version, profile=(PROFILE,))), held)


def _says_something(given: Authorisation) -> bool:
    return (
        given.is_forbidden or given.valid_until is not None or given.is_medecin_traitant or given.is_administrator)


def _category(code: str) -> tuple[CodeableConcept, ...]:
    return (CodeableConcept(coding=(Coding(system=CATEGORIES, code=code),)),)


def _policy(code: str) -> CodeableConcept:
    return CodeableConcept(coding=(Coding(system=POLICIES, code=code),))


def _professional(ps_id: str, name: str = "") -> Reference:
    return Reference(
        type="Practitioner", identifier=Identifier(system=f"urn:oid:{PS_ID_OID}", value=ps_id), display=name)


def _delegate(given: Delegation) -> Actor:
    match given.kind:
        case DelegateKind.PROFESSIONAL:
            reference = _professional(given.subject, given.name)
        case DelegateKind.ORGANISATION:
            reference = Reference(
                type="Organization", identifier=Identifier(system=f"urn:oid:{STRUCT_ID_OID}", value=given.subject),
                display=given.name)
        case DelegateKind.CARE_TEAM:
            reference = Reference(type="CareTeam", display=given.subject)
    return Actor(role=role(DELEGATE_ROLES[given.kind]), reference=reference)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
