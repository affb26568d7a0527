"""People in a CDA header: the patient, the authors, who answers for the document.

May import: this room, people, errors.
"""

from __future__ import annotations

from lxml import etree

from carnet.documents.cda_read import Notes, code_of, every, first, id_of, text_of
from carnet.documents.entry import Author
from carnet.errors import InvalidIdentifier
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import Ins, InsOid, InsPolicy
from carnet.people.names import Institution, Person
from carnet.people.patient import Sex, Traits, parse_birth_date

_INS_OIDS = frozenset(InsOid)
_STREET = ("houseNumber", "streetNameType", "streetName")
_PATIENT = "/ClinicalDocument/recordTarget/patientRole"


def patient_id(role: etree._Element | None, policy: InsPolicy, notes: Notes) -> Ins | None:
    """The INS among the patient's identifiers, or None; one that cannot be accepted is noted."""
    for element in every(role, "id"):
        root, extension = id_of(element)
        if root in _INS_OIDS:
            try:
                return Ins.parse(extension, root, policy)
            except InvalidIdentifier as error:
                notes.add("value", error.issues[0].message, f"{_PATIENT}/id[@root='{root}']/@extension")
                return None
    return None


def source_patient_id(role: etree._Element | None) -> str:
    """The patient's identifier at the place of care (IPP) as CX, or the INS if there is none."""
    ins = ""
    for element in every(role, "id"):
        root, extension = id_of(element)
        if root in _INS_OIDS:
            ins = ins or f"{extension}^^^&{root}&ISO^NH"
        elif root and extension:
            return f"{extension}^^^&{root}&ISO^PI"
    return ins


def traits(role: etree._Element | None) -> Traits | None:
    """The traits of identity, or None when the patient is not described. Not checked: `Traits.checked` does."""
    patient = first(role, "patient")
    if patient is None:
        return None
    name = first(patient, "name")
    families, givens = _by_qualifier(name, "family"), _by_qualifier(name, "given")
    all_given = " ".join(text for qualifier, text in givens if not qualifier)
    birth = first(patient, "birthTime")
    place = text_of(first(patient, "birthplace/place/addr/county"))
    return Traits(
        birth_family=_qualified(families, "BR") or _qualified(families, ""),
        birth_given=_qualified(givens, "BR") or all_given.partition(" ")[0],
        given_names=tuple(all_given.split()),
        birth_date=parse_birth_date(birth.get("value", "")) or "" if birth is not None else "",
        sex=_sex(first(patient, "administrativeGenderCode")),
        birthplace=place if len(place) == 5 else "",
        used_family=_qualified(families, "CL") or _qualified(families, "SP"),
        used_given=_qualified(givens, "CL"),
    )


def source_patient_info(role: etree._Element | None, found: Traits | None) -> tuple[str, ...]:
    """The patient as the sender knew them, as lines of an HL7 PID (ITI TF-3, 4.2.3.2.23)."""
    if found is None:
        return ()
    address = first(role, "addr")
    parts = [text_of(first(address, name)) for name in ("city", "postalCode", "country")]
    street = " ".join(text_of(element) for name in _STREET for element in every(address, name))
    lines = [
        f"PID-3|{source_patient_id(role)}",
        f"PID-5|{found.birth_family}^{found.birth_given}^{' '.join(found.given_names)}^^^^L",
        f"PID-5|{found.used_family}^{found.used_given}^^^^^D" if found.used_family else "",
        f"PID-7|{found.birth_date.replace('-', '')}" if found.birth_date else "",
        f"PID-8|{found.sex}",
        f"PID-11|{street}^^{parts[0]}^^{parts[1]}^{parts[2]}" if any(parts) else "",
        f"PID-11|^^^^^^BDL^^{found.birthplace}" if found.birthplace else "",
    ]
    return tuple(line for line in lines if line)


def author(element: etree._Element) -> Author | None:
    """One author: a person or a device, their institution, role and specialty; None if nobody is named."""
    assigned = first(element, "assignedAuthor")
    person = _person(assigned, first(assigned, "assignedPerson"), first(assigned, "assignedAuthoringDevice"))
    made_for = institution(first(assigned, "representedOrganization"))
    if person is None and made_for is None:
        return None
    role, specialty = code_of(first(element, "functionCode")), code_of(first(assigned, "code"))
    return Author(person, made_for, (role,) if role else (), (specialty,) if specialty else ())


def responsible(entity: etree._Element | None) -> Person | None:
    """An assignedEntity as a person, or None."""
    return _person(entity, first(entity, "assignedPerson"), None)


def institution(element: etree._Element | None) -> Institution | None:
    """An organisation with its first identifier, or None when it has no name and no identifier."""
    root, extension = id_of(first(element, "id"))
    name = text_of(first(element, "name"))
    if not extension:
        return Institution(name) if name else None
    return Institution(name or extension, extension, root, "IDNST" if root == STRUCT_ID_OID else "")


def _person(
    assigned: etree._Element | None, person: etree._Element | None, device: etree._Element | None
) -> Person | None:
    root, extension = id_of(first(assigned, "id"))
    if device is not None:
        software, model = (text_of(first(device, name)) for name in ("softwareName", "manufacturerModelName"))
        return Person(extension or root, root, software, model.strip("."), kind="U", id_type="RI")
    name = first(person, "name")
    family, given = text_of(first(name, "family")), text_of(first(name, "given")).strip(".")
    if not extension and not family:
        return None
    return Person(extension, root, family or text_of(name), given, id_type=_id_type(root, extension))


def _id_type(root: str, extension: str) -> str:
    if root in _INS_OIDS:
        return "NH"
    return "IDNPS" if root == PS_ID_OID and extension[:1] in "08" else "EI"


def _by_qualifier(name: etree._Element | None, part: str) -> list[tuple[str, str]]:
    return [(element.get("qualifier", ""), text_of(element)) for element in every(name, part)]


def _qualified(parts: list[tuple[str, str]], wanted: str) -> str:
    """The first part with this qualifier; `BR` is the name of birth, `CL` the name in use, `SP` that of a spouse."""
    return next((text for qualifier, text in parts if wanted in qualifier.split() or qualifier == wanted), "")


def _sex(element: etree._Element | None) -> Sex:
    found = code_of(element)
    return Sex(found.code) if found is not None and found.code in ("F", "M") else Sex.UNKNOWN
