"""The header of a CDA that we write: the French minimal header (CI-SIS, Volet Structuration minimale), in its order.

May import: this room, people, errors.
"""

from __future__ import annotations

from copy import deepcopy

import msgspec
from lxml import etree

from carnet.documents import codes
from carnet.documents.cda_read import first
from carnet.documents.codes import CodeList
from carnet.documents.elements import E, element
from carnet.documents.entry import Author
from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.names import Institution, Person
from carnet.people.patient import Patient, Sex

FRENCH_HEADER = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1")
LEVEL_1 = "1.3.6.1.4.1.19376.1.2.20"
MEDICAL_DOCUMENT = "1.3.6.1.4.1.19376.1.5.3.1.1.1"   # IHE PCC: any medical document; the French header wants a model
_GENDERS = {Sex.FEMALE: "Féminin", Sex.MALE: "Masculin"}


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a header says. `unique_id` and `replaces` are in the one form of `identifiers.unique_id`."""

    unique_id: str
    type_code: str
    title: str
    patient: Patient
    author: Author
    made_at: Dtm
    care_start: Dtm | None = None
    care_stop: Dtm | None = None
    act: Code | None = None
    facility: str = "SA07"
    practice_setting: str = "AMBULATOIRE"
    confidentiality: str = "N"
    language: str = "fr-FR"
    local_id: tuple[str, str] | None = None   # the patient's number at the place of care, and its OID
    replaces: str | None = None
    version: int = 1
    templates: tuple[str, ...] = ()


def readdressed(root: etree._Element, head: Letterhead) -> etree._Element:
    """A copy of a document whose letterhead differs only by identifier, patient and the beginning of care.

    It takes a third of the time that writing the header again would.
    """
    copied = deepcopy(root)
    for path, new in (
        ("id", _id(head.unique_id)), ("setId", _id(head.unique_id, "setId")), ("recordTarget", _patient(head)),
        ("documentationOf/serviceEvent/effectiveTime/low", _care_start(head)),
        ("componentOf/encompassingEncounter/effectiveTime/low", _care_start(head)),
    ):
        old = first(copied, path)
        if old is not None and (parent := old.getparent()) is not None:
            parent.replace(old, new)
    return copied


def header_elements(head: Letterhead, *, level_1: bool) -> list[etree._Element]:
    """The children of ClinicalDocument, from realmCode to componentOf. Raises InvalidSubmission for an unknown type."""
    templates = (*FRENCH_HEADER, LEVEL_1 if level_1 else MEDICAL_DOCUMENT, *head.templates)
    level = codes.code(CodeList.CONFIDENTIALITY, head.confidentiality)
    elements = [
        E.realmCode(code="FR"),
        E.typeId(root="2.16.840.1.113883.1.3", extension="POCD_HD000040"),
        *(E.templateId(root=template) for template in templates),
        _id(head.unique_id),
        _coded("code", codes.type_code(head.type_code)),
        E.title(head.title),
        E.effectiveTime(value=_written(head.made_at)),
        _coded("confidentialityCode", level),
        E.languageCode(code=head.language),
        _id(head.unique_id, "setId"),
        E.versionNumber(value=str(head.version)),
        _patient(head),
        _author(head),
        E.custodian(E.assignedCustodian(_organisation(head.author.institution, "representedCustodianOrganization"))),
        _legal_authenticator(head),
        _documentation(head),
    ]
    if head.replaces:
        elements.append(E.relatedDocument(E.parentDocument(_id(head.replaces)), typeCode="RPLC"))
    return [*elements, _encounter(head)]


def _patient(head: Letterhead) -> etree._Element:
    ins, traits = head.patient.ins, head.patient.traits
    names = [
        E.family(traits.birth_family, qualifier="BR"),
        E.given(" ".join(traits.given_names) or traits.birth_given),
        E.given(traits.birth_given, qualifier="BR"),
        E.family(traits.family, qualifier="CL"),
        E.given(traits.given, qualifier="CL"),
    ]
    gender = Code(traits.sex, "2.16.840.1.113883.5.1", _GENDERS.get(traits.sex, "Inconnu"))
    person = E.patient(
        E.name(*names),
        _coded("administrativeGenderCode", gender),
        E.birthTime(value=traits.birth_date.replace("-", "")),
    )
    if traits.birthplace:
        person.append(E.birthplace(E.place(E.addr(E.county(traits.birthplace)))))
    identifiers = [E.id(root=str(ins.oid), extension=ins.value)]
    if head.local_id is not None:
        identifiers.append(E.id(root=head.local_id[1], extension=head.local_id[0]))
    return E.recordTarget(E.patientRole(*identifiers, *_unasked(), person))


def _author(head: Letterhead) -> etree._Element:
    person, specialties = head.author.person, head.author.specialties
    assigned = E.assignedAuthor(_person_id(person))
    if specialties:
        assigned.append(_coded("code", specialties[0]))
    assigned.extend(_unasked())
    if person is not None and person.kind == "U":
        assigned.append(E.assignedAuthoringDevice(
            E.manufacturerModelName(person.given or "."), E.softwareName(person.family)
        ))
    else:
        assigned.append(_named(person, "assignedPerson"))
    if head.author.institution is not None:
        assigned.append(_organisation(head.author.institution, "representedOrganization"))
    return E.author(E.time(value=_written(head.made_at)), assigned)


def _legal_authenticator(head: Letterhead) -> etree._Element:
    entity = E.assignedEntity(_person_id(head.author.person), *_unasked(), _named(head.author.person, "assignedPerson"))
    return E.legalAuthenticator(E.time(value=_written(head.made_at)), E.signatureCode(code="S"), entity)


def _documentation(head: Letterhead) -> etree._Element:
    interval = E.effectiveTime(_care_start(head))
    if head.care_stop is not None:
        interval.append(E.high(value=_written(head.care_stop)))
    place = _organisation(head.author.institution, "representedOrganization")
    place.append(_coded("standardIndustryClassCode", codes.code(CodeList.PRACTICE_SETTING, head.practice_setting)))
    performer = E.performer(
        E.assignedEntity(
            _person_id(head.author.person), *_unasked(), _named(head.author.person, "assignedPerson"), place
        ),
        typeCode="PRF",
    )
    event = E.serviceEvent(*([_coded("code", head.act)] if head.act else []), interval, performer)
    return E.documentationOf(event)


def _encounter(head: Letterhead) -> etree._Element:
    facility = codes.code(CodeList.FACILITY_TYPE, head.facility)
    place = E.healthCareFacility(_coded("code", facility))
    return E.componentOf(E.encompassingEncounter(E.effectiveTime(_care_start(head)), E.location(place)))


def _care_start(head: Letterhead) -> etree._Element:
    return E.low(value=_written(head.care_start or head.made_at))


def _coded(name: str, code: Code) -> etree._Element:
    return element(name, code=code.code, displayName=code.display or code.code, codeSystem=code.system)


def _id(identifier: str, name: str = "id") -> etree._Element:
    root, _, extension = identifier.partition("^")
    return element(name, root=root, extension=extension) if extension else element(name, root=root)


def _person_id(person: Person | None) -> etree._Element:
    if person is None or not person.identifier:
        return E.id(nullFlavor="UNK")
    return E.id(root=person.system, extension=person.identifier)


def _named(person: Person | None, name: str) -> etree._Element:
    family, given = (person.family, person.given) if person is not None else ("", "")
    return element(name, E.name(E.family(family or "."), E.given(given or ".")))


def _organisation(institution: Institution | None, name: str) -> etree._Element:
    if institution is None:
        return element(name, E.id(nullFlavor="UNK"))
    known = institution.identifier
    identifier = E.id(root=institution.system, extension=known) if known else E.id(nullFlavor="UNK")
    return element(
        name, identifier, E.name(institution.name), E.telecom(nullFlavor="NASK"), E.addr(nullFlavor="NASK")
    )


def _unasked() -> list[etree._Element]:
    """Address and telephone, which the standard wants and nobody asked for."""
    return [E.addr(nullFlavor="NASK"), E.telecom(nullFlavor="NASK")]


def _written(moment: Dtm) -> str:
    """As HL7 writes it, with its zone as soon as it has an hour."""
    text = moment.text
    return f"{text}+0000" if len(text) > 8 and "+" not in text and "-" not in text else text
