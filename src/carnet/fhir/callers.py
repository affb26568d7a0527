"""What the one who asks adds to a deposit: who they are, and where they practise. Nothing clinical follows from it.

May import: this room, documents, people.
"""

from __future__ import annotations

import msgspec

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author
from carnet.errors import NotPermitted
from carnet.people.caller import Caller, OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID, StructIdKind
from carnet.people.names import Institution, Person
from carnet.rights.decision import Decision
from carnet.rights.reasons import Reason

EXPRESSION_OF_THE_PATIENT = "EXP_PATIENT"
SECTOR_NOT_DEFINED = "SA43"


def author_of_caller(caller: Caller) -> Author:
    """The caller as the author of a submission."""
    match caller:
        case PatientCaller(ins=ins, family=family, given=given):
            person = Person(ins.value, ins.oid.value, family, given, id_type="NH")
            specialty = codes.find(CodeList.SPECIALTY, EXPRESSION_OF_THE_PATIENT)
            return Author(person, specialties=(specialty,) if specialty else ())
        case ProfessionalCaller():
            person = Person(caller.ps_id, PS_ID_OID, caller.family, caller.given)
            return Author(person, institution_of_caller(caller), (), caller.specialties)
        case OrganisationCaller():
            return Author(None, institution_of_caller(caller))
        case _:
            raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))      # officers and the platform deposit nothing


def institution_of_caller(caller: Caller) -> Institution | None:
    """The organisation for which the caller acts."""
    match caller:
        case ProfessionalCaller(organisation=str(struct_id), organisation_name=name):
            return Institution(name or struct_id, struct_id)
        case OrganisationCaller(struct_id=struct_id, name=name):
            return Institution(name or struct_id, struct_id)
        case _:
            return None


def completed_by_caller(author: Author, caller: Caller) -> Author:
    """An author who is the caller, with what the token says of them; any other author as they are."""
    person = author.person
    if not isinstance(caller, ProfessionalCaller) or person is None or person.identifier != caller.ps_id:
        return author
    named = msgspec.structs.replace(
        person, family=person.family or caller.family, given=person.given or caller.given)
    return msgspec.structs.replace(
        author, person=named, institution=author.institution or institution_of_caller(caller),
        specialties=author.specialties or caller.specialties)


def facility_of_caller(caller: Caller) -> Code | None:
    """The kind of facility: of a patient their own, else `SA43`, a sector that is not defined."""
    value = EXPRESSION_OF_THE_PATIENT if isinstance(caller, PatientCaller) else SECTOR_NOT_DEFINED
    return codes.find(CodeList.FACILITY_TYPE, value)


def setting_of_caller(caller: Caller) -> Code | None:
    """The practice setting: of a patient their own; an establishment where a FINESS names it; else ambulatory care."""
    if isinstance(caller, PatientCaller):
        return codes.find(CodeList.PRACTICE_SETTING, EXPRESSION_OF_THE_PATIENT)
    institution = institution_of_caller(caller)
    in_finess = institution is not None and institution.identifier.startswith(StructIdKind.FINESS)
    return codes.find(CodeList.PRACTICE_SETTING, "ETABLISSEMENT" if in_finess else "AMBULATOIRE")
