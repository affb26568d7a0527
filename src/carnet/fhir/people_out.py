"""People and organisations of a document, as contained resources (PDSm: fr-core PractitionerRole, Patient, Device,
Organization).

`people_in.py` reads back exactly what is written here. May import: this room, documents, people.
"""

from __future__ import annotations

from carnet.documents.entry import Author
from carnet.fhir.elements import CodeableConcept, Coding, Extension, HumanName, Identifier, Reference
from carnet.fhir.resources import (
    Device,
    DeviceName,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Resource,
)
from carnet.fhir.systems import FR_IDENTIFIER_TYPES, IDENTIFIER_TYPES, concept, uri_of
from carnet.people.names import Institution, Person

# Of devices and of patients FHIR does not say in which role they write: XDS does (authorRole, authorSpecialty).
ROLE = "urn:carnet:author-role"
SPECIALTY = "urn:carnet:author-specialty"

_INTERNATIONAL_TYPES = frozenset({"RI", "EI", "PI"})


def author(found: Author, number: int) -> tuple[Reference, list[Resource]]:
    """An author as a reference and the contained resources that it needs."""
    id_ = f"author-{number}"
    person, institution = found.person, found.institution
    made_for = [organization(institution, f"{id_}-org" if person else id_)] if institution else []
    extensions = _extensions(found)
    if person is None:
        return Reference(reference=f"#{id_}", extension=extensions), [*made_for]
    owner = Reference(reference=f"#{id_}-org") if institution else None
    if person.kind == "U":
        return Reference(reference=f"#{id_}", extension=extensions), [device(person, id_, owner), *made_for]
    if person.id_type == "NH" and institution is None:
        return Reference(reference=f"#{id_}", extension=extensions), [_patient_author(person, id_)]
    role = PractitionerRole(
        id=id_, practitioner=Reference(reference=f"#{id_}-ps"), organization=owner,
        code=tuple(concept(code) for code in found.roles),
        specialty=tuple(concept(code) for code in found.specialties),
    )
    return Reference(reference=f"#{id_}"), [role, practitioner(person, f"{id_}-ps"), *made_for]


def practitioner(person: Person, id_: str) -> Practitioner:
    """A person who answers for something."""
    return Practitioner(id=id_, identifier=identifiers(person), name=_names(person))


def organization(institution: Institution, id_: str) -> Organization:
    """An organisation."""
    found: tuple[Identifier, ...] = ()
    if institution.identifier:
        found = (Identifier(
            type=identifier_type(institution.id_type), system=uri_of(institution.system), value=institution.identifier,
        ),)
    return Organization(id=id_, identifier=found, name=institution.name)


def device(person: Person, id_: str, owner: Reference | None) -> Device:
    """An automaton or a software that signs documents."""
    names = (DeviceName(name=person.family, type="user-friendly-name"),) if person.family else ()
    return Device(
        id=id_, identifier=identifiers(person), device_name=names, model_number=person.given, owner=owner)


def identifiers(person: Person) -> tuple[Identifier, ...]:
    """The identifier of a person, with its type; nothing if there is none."""
    if not person.identifier:
        return ()
    return (Identifier(
        type=identifier_type(person.id_type), system=uri_of(person.system), value=person.identifier),)


def _patient_author(person: Person, id_: str) -> Patient:
    return Patient(id=id_, identifier=identifiers(person), name=_names(person))


def _names(person: Person) -> tuple[HumanName, ...]:
    if not person.family and not person.given:
        return ()
    return (HumanName(family=person.family, given=(person.given,) if person.given else ()),)


def identifier_type(code: str) -> CodeableConcept | None:
    """The kind of an identifier (IDNPS, IDNST, NH, PI...), in the French list or the international one."""
    if not code:
        return None
    system = IDENTIFIER_TYPES if code in _INTERNATIONAL_TYPES else FR_IDENTIFIER_TYPES
    return CodeableConcept(coding=(Coding(system=system, code=code),))


def _extensions(found: Author) -> tuple[Extension, ...]:
    """Role and specialty of an author who is no PractitionerRole."""
    return (
        *(Extension(url=ROLE, value_codeable_concept=concept(code)) for code in found.roles),
        *(Extension(url=SPECIALTY, value_codeable_concept=concept(code)) for code in found.specialties),
    )
