"""In what capacity someone asks: docs/rights.md, section 1."""

from __future__ import annotations

from enum import StrEnum

from carnet.people.caller import (
    AccountantCaller,
    Caller,
    OfficerCaller,
    OrganisationCaller,
    PatientCaller,
    ProfessionalCaller,
    SystemCaller,
)
from carnet.rights.facts import Facts
from carnet.rights.held import ProxyKind


class Party(StrEnum):
    """Who someone is to one record, at one moment."""

    HOLDER = "holder"
    APPLICATION = "application"
    REPRESENTATIVE = "representative"
    CAREGIVER = "caregiver"
    INVITED = "invited"
    STRANGER = "stranger"
    PROFESSIONAL = "professional"
    ORGANISATION = "organisation"
    OFFICER = "officer"
    SYSTEM = "system"


OF_THE_PATIENT = frozenset({Party.HOLDER, Party.APPLICATION, Party.REPRESENTATIVE, Party.CAREGIVER})


def party_of(caller: Caller, facts: Facts) -> Party:
    """Who this caller is to the record that the facts are of."""
    match caller:
        case PatientCaller():
            return _party_of_person(caller, facts)
        case ProfessionalCaller():
            return Party.PROFESSIONAL
        case OrganisationCaller():
            return Party.ORGANISATION
        case OfficerCaller():
            return Party.OFFICER
        case AccountantCaller():
            return Party.STRANGER       # keeps books, and has nothing to do with anybody's record
        case SystemCaller():
            return Party.SYSTEM


def _party_of_person(caller: PatientCaller, facts: Facts) -> Party:
    if caller.ins == facts.holder:
        return Party.APPLICATION if caller.application else Party.HOLDER
    if caller.application:
        return Party.STRANGER       # an application acts for the holder, never for those who act for the holder
    if facts.proxy_of(caller.ins, ProxyKind.LEGAL_REPRESENTATIVE) is not None:
        return Party.REPRESENTATIVE
    if facts.proxy_of(caller.ins, ProxyKind.CAREGIVER) is not None:
        return Party.CAREGIVER
    return Party.INVITED if facts.invitation_of(caller.ins) is not None else Party.STRANGER
