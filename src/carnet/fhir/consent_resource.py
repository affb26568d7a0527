"""The Consent of FHIR R4 as this platform reads and writes it: choices of a record, authorisations, delegations.

docs/vendors/consent.md is the profile. An element that is not here is refused, not left out: an exception that nobody
weighs would give more than was agreed. https://hl7.org/fhir/R4/consent.html. May import: this room, rights.
"""

from __future__ import annotations

import msgspec

from carnet.fhir.elements import CodeableConcept, Coding, Element, Extension, Period, Reference
from carnet.fhir.resources import Resource
from carnet.rights.held import Choice, DelegateKind

DEFINITIONS = "https://carnet.example/fhir/StructureDefinition"
PROFILE = f"{DEFINITIONS}/carnet-consent"
CATEGORIES = "https://carnet.example/fhir/CodeSystem/consent-category"
ROLES = "https://carnet.example/fhir/CodeSystem/consent-role"
POLICIES = "https://carnet.example/fhir/CodeSystem/consent-policy"
CHANNEL = f"{DEFINITIONS}/consent-channel"
REASON = f"{DEFINITIONS}/consent-reason"
SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
PRIVACY = "patient-privacy"

AUTHORISATION = "authorisation"
DELEGATION = "delegation"
CATEGORY_CODES = (*(choice.value for choice in Choice), AUTHORISATION, DELEGATION)

PRESUMED = "presumed"           # nobody said anything: the law presumes
HOLDER = "holder"               # the holder's word
PROFESSIONAL = "professional"   # a professional's word, in the name of what the holder authorised

MEDECIN_TRAITANT = "medecin-traitant"
ADMINISTRATOR = "administrator"
DELEGATED_BY = "delegated-by"
MEMBER = "care-team-member"
DELEGATE_ROLES = {
    DelegateKind.PROFESSIONAL: "professional", DelegateKind.ORGANISATION: "organisation",
    DelegateKind.CARE_TEAM: "care-team",
}
ROLE_CODES = ("professional", MEDECIN_TRAITANT, ADMINISTRATOR, "organisation", "care-team", MEMBER, DELEGATED_BY)


class Actor(Element, frozen=True, forbid_unknown_fields=True):
    """Whom it is about, in which role."""

    role: CodeableConcept | None = None
    reference: Reference | None = None


class Provision(Element, frozen=True, forbid_unknown_fields=True):
    """What is permitted or denied, until when, to whom."""

    type: str = ""
    period: Period | None = None
    actor: tuple[Actor, ...] = ()


class Consent(Resource, frozen=True, tag="Consent", forbid_unknown_fields=True):
    """One thing that was said of a record. What says who recorded it is the platform's, and not read."""

    text: msgspec.Raw | None = None
    language: str = ""
    status: str = ""
    scope: CodeableConcept | None = None
    category: tuple[CodeableConcept, ...] = ()
    patient: Reference | None = None
    date_time: str = ""
    performer: tuple[Reference, ...] = ()
    organization: tuple[Reference, ...] = ()
    policy_rule: CodeableConcept | None = None
    provision: Provision | None = None

    def said_in(self, url: str) -> str:
        """The value of an extension, empty if there is none."""
        return next((each.value_string or each.value_code for each in self.extension if each.url == url), "")


def role(code: str) -> CodeableConcept:
    """A role of an actor."""
    return CodeableConcept(coding=(Coding(system=ROLES, code=code),))


def told(url: str, *, code: str = "", text: str = "") -> tuple[Extension, ...]:
    """An extension, if there is something to tell."""
    return (Extension(url=url, value_code=code, value_string=text),) if code or text else ()
