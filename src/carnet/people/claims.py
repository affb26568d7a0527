"""Who a verified token speaks of: claims of Pro Sante Connect, of patients' and officers' issuers, as a `Caller`.

SPEC 1.6; docs/vendors/tokens.md lists the claims. Which kind of caller a token speaks of follows from the claim that
names them: `ins` a patient, `SubjectNameID` a professional, `SubjectOfficerID` an officer, `SubjectAccountantID` an
accountant, else `SubjectOrganizationID` an organisation's software. What else it says (why, when, in secret) is
`identity.py`'s.
May import: the types of this room, errors. Pure: signature, issuer and dates were checked before (`tokens.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from carnet.errors import InvalidIdentifier, Unauthenticated
from carnet.people.caller import (
    PROFESSION,
    ROLE,
    SOCIAL,
    TITLE,
    TRAINEE,
    AccountantCaller,
    Caller,
    OfficerCaller,
    OrganisationCaller,
    PatientCaller,
    ProfessionalCaller,
    SystemCaller,
)
from carnet.people.code import Code
from carnet.people.identifiers import PRODUCTION as PRODUCTION_IDENTIFIERS
from carnet.people.identifiers import IdentifierPolicy, PsId, StructId
from carnet.people.ins import PRODUCTION as PRODUCTION_INS
from carnet.people.ins import Ins, InsPolicy

SPECIALTY = "1.2.250.1.213.1.1.4.5"   # authorSpecialty of a professional: `G15_10/SM54`
ROLE_VALUE_SET = "1.2.250.1.213.1.1.5.5"   # JDV_J65, the list that Pro Sante Connect names in SubjectRole
_STUDENT = "E"     # TRE_R09-CategorieProfessionnelle
_AGENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REGULATOR = {"VRAI": True, "FAUX": False, "": False}


class CallerKind(StrEnum):
    """Whom an issuer may speak for."""

    PATIENT = "patient"
    PROFESSIONAL = "professional"
    ORGANISATION = "organisation"
    OFFICER = "officer"
    ACCOUNTANT = "accountant"
    SYSTEM = "system"


class _Practice(msgspec.Struct):
    """One line of `SubjectRefPro.exercices`."""

    profession: str = msgspec.field(default="", name="codeProfession")
    knowhow: str = msgspec.field(default="", name="codeSavoirFaire")
    category: str = msgspec.field(default="", name="codeCategorieProfessionnelle")


class _References(msgspec.Struct):
    """`SubjectRefPro`."""

    practices: list[_Practice] = msgspec.field(default_factory=list, name="exercices")


class _Claims(msgspec.Struct):
    """The claims that say who, of all kinds of caller."""

    ins: str = ""
    ins_oid: str = ""
    given_name: str = ""
    family_name: str = ""
    name_id: str = msgspec.field(default="", name="SubjectNameID")
    officer_id: str = msgspec.field(default="", name="SubjectOfficerID")
    accountant_id: str = msgspec.field(default="", name="SubjectAccountantID")
    roles: list[str] | str = msgspec.field(default_factory=list, name="SubjectRole")
    organisation_id: str = msgspec.field(default="", name="SubjectOrganizationID")
    organisation: str = msgspec.field(default="", name="SubjectOrganization")
    references: _References = msgspec.field(default_factory=_References, name="SubjectRefPro")
    regulation: str = msgspec.field(default="", name="Acces_Regulation_Medicale")
    client_id: str = ""
    azp: str = ""


def caller_of(
    claims: Mapping[str, Any],
    *,
    ins_policy: InsPolicy = PRODUCTION_INS,
    identifier_policy: IdentifierPolicy = PRODUCTION_IDENTIFIERS,
) -> Caller:
    """Whom these claims speak of. Raises Unauthenticated, saying which claim is missing or wrong."""
    try:
        said = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError as error:
        raise Unauthenticated(f"a claim of the token has another form than expected: {error}") from error
    _refuse_several(said)
    try:
        if said.ins:
            return _patient(said, ins_policy)
        if said.name_id:
            return _professional(said, identifier_policy)
        if said.officer_id:
            return OfficerCaller(_agent("SubjectOfficerID", said.officer_id), said.family_name, said.given_name)
        if said.accountant_id:
            return AccountantCaller(
                _agent("SubjectAccountantID", said.accountant_id), said.family_name, said.given_name)
        if said.organisation_id:
            return _organisation(said, identifier_policy)
    except InvalidIdentifier as error:
        raise Unauthenticated(f"an identifier in the token is not valid: {error}") from error
    raise Unauthenticated(
        "the token names nobody: no claim ins, SubjectNameID, SubjectOfficerID, SubjectAccountantID or "
        "SubjectOrganizationID")


def _refuse_several(said: _Claims) -> None:
    named = {
        "ins": said.ins, "SubjectNameID": said.name_id, "SubjectOfficerID": said.officer_id,
        "SubjectAccountantID": said.accountant_id}
    several = [name for name, value in named.items() if value]
    if len(several) > 1:
        raise Unauthenticated(f"the token speaks of several people at once: {', '.join(several)}")


def kind_of(caller: Caller) -> CallerKind:
    """Which kind of caller this is."""
    match caller:
        case PatientCaller():
            return CallerKind.PATIENT
        case ProfessionalCaller():
            return CallerKind.PROFESSIONAL
        case OrganisationCaller():
            return CallerKind.ORGANISATION
        case OfficerCaller():
            return CallerKind.OFFICER
        case AccountantCaller():
            return CallerKind.ACCOUNTANT
        case SystemCaller():
            return CallerKind.SYSTEM


def _patient(said: _Claims, policy: InsPolicy) -> PatientCaller:
    if not said.ins_oid:
        raise Unauthenticated("the claim ins_oid, the authority of the ins, is missing")
    return PatientCaller(Ins.parse(said.ins, said.ins_oid, policy), said.family_name, said.given_name)


def _professional(said: _Claims, policy: IdentifierPolicy) -> ProfessionalCaller:
    profession = _profession(said)
    organisation = str(StructId.parse(said.organisation_id, policy)) if said.organisation_id else None
    return ProfessionalCaller(
        ps_id=str(PsId.parse(said.name_id, policy)), family=said.family_name, given=said.given_name,
        profession=profession, specialties=_specialties(said, profession),
        organisation=organisation, organisation_name=said.organisation, is_regulator=_is_regulator(said),
    )


def _is_regulator(said: _Claims) -> bool:
    if said.regulation not in _REGULATOR:
        raise Unauthenticated("the claim Acces_Regulation_Medicale is VRAI or FAUX")
    return _REGULATOR[said.regulation]


def _agent(claim: str, value: str) -> str:
    """Who an officer or an accountant is, by the claim of their kind."""
    if not _AGENT_ID.fullmatch(value):
        raise Unauthenticated(f"the claim {claim} has 1 to 64 letters, digits, dots, dashes or underscores")
    return value


def _organisation(said: _Claims, policy: IdentifierPolicy) -> OrganisationCaller:
    struct_id = str(StructId.parse(said.organisation_id, policy))
    return OrganisationCaller(struct_id, said.organisation, said.client_id or said.azp)


def _profession(said: _Claims) -> Code:
    """The first role that is a profession, else that of the first practice; practices say who is in training."""
    for code, system in _roles(said):
        if system in (PROFESSION, ROLE_VALUE_SET):
            return Code(code, _list_of(code, said))
        if system in (TRAINEE, SOCIAL, TITLE):
            return Code(code, system)
    for practice in said.references.practices:
        if practice.profession:
            return Code(practice.profession, _list_of(practice.profession, said))
    raise Unauthenticated("the claim SubjectRole names no profession (code^1.2.250.1.71.1.2.7)")


def _roles(said: _Claims) -> Iterator[tuple[str, str]]:
    for role in [said.roles] if isinstance(said.roles, str) else said.roles:
        code, _, system = role.partition("^")
        if code:
            yield code, system


def _list_of(code: str, said: _Claims) -> str:
    """A profession's list: that of trainees when every practice of it is a student's."""
    categories = {each.category for each in said.references.practices if each.profession == code}
    return TRAINEE if categories == {_STUDENT} else PROFESSION


def _specialties(said: _Claims, profession: Code) -> tuple[Code, ...]:
    """Know-hows of the profession in use, as documents write an author's specialty; then roles (TRE_R85)."""
    table = "G16" if profession.system == TRAINEE else "G15"
    knowhows = (
        Code(f"{table}_{profession.code}/{practice.knowhow}", SPECIALTY)
        for practice in said.references.practices
        if practice.knowhow and practice.profession in ("", profession.code)
    )
    return (*knowhows, *(Code(code, system) for code, system in _roles(said) if system == ROLE))
