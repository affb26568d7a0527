"""Who is asking, as established by a login or a token. It says who, never what they may do.

Rights are decided elsewhere from these facts; the identity provider proved all of it, nothing was looked up.
May import: the types of this room.
"""

from __future__ import annotations

import msgspec

from carnet.people.code import Code
from carnet.people.ins import Ins

PROFESSION = "1.2.250.1.71.1.2.7"   # TRE_G15-ProfessionSante: 10 is a doctor, 60 a nurse, 21 a pharmacist
TRAINEE = "1.2.250.1.71.1.2.8"      # TRE_G16: professionals in training, with the codes of TRE_G15
ROLE = "1.2.250.1.213.1.6.1.107"    # TRE_R85: roles, for who is no health professional, or beside a profession
SOCIAL = "1.2.250.1.213.1.6.1.4"    # TRE_R94: professions of the social sector
TITLE = "1.2.250.1.213.1.6.1.109"   # TRE_R95: titles that the law protects (psychologists…)


class PatientCaller(msgspec.Struct, frozen=True, tag="patient"):
    """A person, for their own record or for that of someone they represent or help.

    `application` names the application that acts for them, when it is not the person at the portal.
    """

    ins: Ins
    family: str
    given: str
    application: str = ""


class ProfessionalCaller(msgspec.Struct, frozen=True, tag="professional", kw_only=True):
    """A health professional, for one organisation at a time (a professional may work for several).

    `ps_id` is a PS_IdNat (`8` and the RPPS), `profession` a code of TRE_G15 or of its sister lists, `organisation` a
    Struct_IdNat, `specialties` know-hows and roles.
    `is_regulator` is true for who works for an emergency regulation centre (Acces_Regulation_Medicale).
    """

    ps_id: str
    family: str
    given: str
    profession: Code
    specialties: tuple[Code, ...] = ()
    organisation: str | None = None
    organisation_name: str = ""
    is_regulator: bool = False


class OrganisationCaller(msgspec.Struct, frozen=True, tag="organisation"):
    """An organisation's software that feeds records, without a person behind the request."""

    struct_id: str
    name: str
    software: str


class OfficerCaller(msgspec.Struct, frozen=True, tag="officer"):
    """An agent of the authority: announces and suspends records, and reviews emergency accesses. Reads none."""

    officer_id: str
    family: str
    given: str


class AccountantCaller(msgspec.Struct, frozen=True, tag="accountant"):
    """Somebody who keeps the programme's books. A stranger to every record: reads none, decides nothing about one."""

    accountant_id: str
    family: str
    given: str


class SystemCaller(msgspec.Struct, frozen=True, tag="system"):
    """The platform itself, when a delay that the law sets is over."""

    name: str = "Carnet"


Caller = PatientCaller | ProfessionalCaller | OrganisationCaller | OfficerCaller | AccountantCaller | SystemCaller
