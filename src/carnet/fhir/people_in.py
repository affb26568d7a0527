"""People and organisations that a document names: from the resources it contains to our own nouns.

May import: this room, documents, people.
"""

from __future__ import annotations

from carnet.documents.entry import Author
from carnet.fhir.elements import CodeableConcept, HumanName, Identifier, Reference
from carnet.fhir.people_out import ROLE, SPECIALTY
from carnet.fhir.references import Surroundings
from carnet.fhir.resources import Device, Organization, Patient, Practitioner, PractitionerRole, kind_of, read
from carnet.fhir.systems import RPPS, first_code, oid_of
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import InsOid
from carnet.people.names import Institution, Person

_INS_OIDS = frozenset(InsOid)
_PERSON_SYSTEMS = (PS_ID_OID, *InsOid)   # the identifiers to prefer when there are several


def author(reference: Reference, surroundings: Surroundings) -> Author | None:
    """An author, or None when the reference points to nothing in the message."""
    found = _author(reference, surroundings)
    if found is None or not reference.extension:
        return found
    return Author(
        found.person, found.institution, found.roles + _codes(reference, ROLE),
        found.specialties + _codes(reference, SPECIALTY),
    )


def person(reference: Reference | None, surroundings: Surroundings) -> Person | None:
    """Who answers for a document, or None: an organisation cannot."""
    found = _author(reference, surroundings) if reference is not None else None
    return found.person if found is not None else None


def _author(reference: Reference, surroundings: Surroundings) -> Author | None:
    raw = surroundings.find(reference)
    if raw is None:
        return _logical(reference)
    match kind_of(raw):
        case "PractitionerRole":
            return _in_a_role(read(raw, PractitionerRole), surroundings)
        case "Practitioner":
            professional = read(raw, Practitioner)
            return _by(_person(professional.identifier, professional.name))
        case "Patient":
            patient = read(raw, Patient)
            return _by(_person(patient.identifier, patient.name))
        case "Device":
            return _device(read(raw, Device), surroundings)
        case "Organization":
            return Author(None, _institution(read(raw, Organization)))
        case _:
            return None


def _logical(reference: Reference) -> Author | None:
    """A reference that says who by an identifier only."""
    if reference.identifier is None:
        return None
    if oid_of(reference.identifier.system) == STRUCT_ID_OID:
        return Author(None, _institution(Organization(identifier=(reference.identifier,), name=reference.display)))
    return _by(_person((reference.identifier,), (HumanName(text=reference.display),)))


def _in_a_role(role: PractitionerRole, surroundings: Surroundings) -> Author | None:
    raw = surroundings.find(role.practitioner)
    own = read(raw, Practitioner) if raw is not None and kind_of(raw) == "Practitioner" else Practitioner()
    logical = role.practitioner.identifier if role.practitioner is not None else None
    identifiers = own.identifier or ((logical,) if logical is not None else role.identifier)
    raw = surroundings.find(role.organization)
    institution = _institution(read(raw, Organization)) if raw is not None and kind_of(raw) == "Organization" else None
    if institution is None and role.organization is not None and role.organization.identifier is not None:
        institution = _institution(
            Organization(identifier=(role.organization.identifier,), name=role.organization.display))
    someone = _person(identifiers, own.name)
    if someone is None and institution is None:
        return None
    return Author(someone, institution, _all_codes(role.code), _all_codes(role.specialty))


def _device(device: Device, surroundings: Surroundings) -> Author | None:
    identifier = _preferred(device.identifier, ())
    name = device.device_name[0].name if device.device_name else ""
    raw = surroundings.find(device.owner)
    institution = _institution(read(raw, Organization)) if raw is not None and kind_of(raw) == "Organization" else None
    if identifier is None and not name:
        return None
    value, system, id_type = _identified(identifier)
    return Author(Person(value, system, name, device.model_number, kind="U", id_type=id_type or "RI"), institution)


def _person(identifiers: tuple[Identifier, ...], names: tuple[HumanName, ...]) -> Person | None:
    value, system, id_type = _identified(_preferred(identifiers, _PERSON_SYSTEMS))
    name = next((name for name in names if name.family), names[0] if names else HumanName())
    family = name.family or name.text
    if not value and not family:
        return None
    if system == RPPS:
        value, system = f"8{value}", PS_ID_OID
        id_type = "IDNPS"
    return Person(value, system, family, " ".join(name.given), id_type=id_type or _inferred_type(value, system))


def _institution(organization: Organization) -> Institution | None:
    identifier = _preferred(organization.identifier, (STRUCT_ID_OID,))
    if identifier is None:
        return Institution(organization.name) if organization.name else None
    value, system, id_type = _identified(identifier)
    return Institution(
        organization.name or value, value, system, id_type or ("IDNST" if system == STRUCT_ID_OID else ""))


def _identified(identifier: Identifier | None) -> tuple[str, str, str]:
    """Value, system and type code of an identifier; empty where it has none."""
    if identifier is None:
        return "", "", ""
    code = first_code(identifier.type)
    return identifier.value, oid_of(identifier.system), code.code if code is not None else ""


def _preferred(identifiers: tuple[Identifier, ...], systems: tuple[str, ...]) -> Identifier | None:
    with_value = [identifier for identifier in identifiers if identifier.value]
    for system in systems:
        for identifier in with_value:
            if oid_of(identifier.system) == system:
                return identifier
    return with_value[0] if with_value else None


def _inferred_type(value: str, system: str) -> str:
    if system in _INS_OIDS:
        return "NH"
    return "IDNPS" if system == PS_ID_OID and value[:1] in "08" else "EI"


def _by(someone: Person | None) -> Author | None:
    return Author(someone) if someone is not None else None


def _all_codes(concepts: tuple[CodeableConcept, ...]) -> tuple[Code, ...]:
    return tuple(code for code in map(first_code, concepts) if code is not None)


def _codes(reference: Reference, url: str) -> tuple[Code, ...]:
    return tuple(
        code for extension in reference.extension if extension.url == url
        if (code := first_code(extension.value_codeable_concept)) is not None
    )
