"""Who is asking, as established by a login or a token. It says who, never what they may do.

Rights are decided elsewhere from these facts; the identity provider proved all of it, nothing was looked up.
May import: the types of this room.
"""

from __future__ import annotations

import msgspec

from carnet.people.code import Code
from carnet.people.ins import Ins

PROFESSION = "1.2.250.1.71.1.2.7"   # TRE_G15-ProfessionSante: 10 is a doctor, 60 a nurse, 21 a pharmacist


class PatientCaller(msgspec.Struct, frozen=True, tag="patient"):
    """The holder of a record, or someone who asks for their own."""

    ins: Ins
    family: str
    given: str


class ProfessionalCaller(msgspec.Struct, frozen=True, tag="professional", kw_only=True):
    """A health professional, for one organisation at a time (a professional may work for several).

    `ps_id` is a PS_IdNat (`8` and the RPPS), `profession` a code of TRE_G15, `organisation` a Struct_IdNat.
    """

    ps_id: str
    family: str
    given: str
    profession: Code
    specialties: tuple[Code, ...] = ()
    organisation: str | None = None
    organisation_name: str = ""


class OrganisationCaller(msgspec.Struct, frozen=True, tag="organisation"):
    """An organisation's software that feeds records, without a person behind the request."""

    struct_id: str
    name: str
    software: str


Caller = PatientCaller | ProfessionalCaller | OrganisationCaller
