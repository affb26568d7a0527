"""METADATA.XML of a lot that goes out: a SubmitObjectsRequest in ebRIM 3.0 (ITI TF-3, 4.2). Pure.

May import: this room, documents, people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml import etree

from carnet.documents.codes import CONFIDENTIALITY, VISIBILITY
from carnet.documents.entry import AssociationType, Author, DocumentEntry, SubmissionSet
from carnet.documents.submission import Submission
from carnet.feeds.mail import ebrim
from carnet.feeds.mail.ebrim import rim
from carnet.people.code import Code

_SET = "SubmissionSet01"
_NAMESPACES = {"lcm": ebrim.LCM, "rim": ebrim.RIM}


def metadata_of(submission: Submission, uris: Sequence[str]) -> bytes:
    """What describes these documents, each under its name beside the file."""
    root = etree.Element(f"{{{ebrim.LCM}}}SubmitObjectsRequest", nsmap=_NAMESPACES)
    objects = etree.SubElement(root, rim("RegistryObjectList"))
    for place, (document, uri) in enumerate(zip(submission.documents, uris, strict=True), 1):
        _entry(objects, document.entry, f"Document{place:02}", uri)
    _submission_set(objects, submission.submission_set)
    for place in range(1, len(uris) + 1):
        link = etree.SubElement(objects, rim("Association"), {
            "id": f"Member{place:02}", "associationType": AssociationType.HAS_MEMBER.value, "sourceObject": _SET,
            "targetObject": f"Document{place:02}"})
        _slot(link, "SubmissionSetStatus", "Original")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _entry(objects: etree._Element, entry: DocumentEntry, name: str, uri: str) -> None:
    made = etree.SubElement(objects, rim("ExtrinsicObject"), {
        "id": name, "mimeType": entry.mime_type, "objectType": ebrim.STABLE_DOCUMENT,
        "status": entry.availability_status.value})
    _slot(made, "creationTime", entry.creation_time.text)
    _slot(made, "hash", entry.hash)
    _slot(made, "languageCode", entry.language_code)
    if entry.legal_authenticator is not None:
        _slot(made, "legalAuthenticator", str(entry.legal_authenticator))
    _slot(made, "serviceStartTime", entry.service_start_time.text)
    if entry.service_stop_time is not None:
        _slot(made, "serviceStopTime", entry.service_stop_time.text)
    _slot(made, "size", str(entry.size))
    _slot(made, "sourcePatientId", entry.source_patient_id)
    _slot(made, "sourcePatientInfo", *entry.source_patient_info)
    _slot(made, "URI", uri)
    if entry.reference_ids:
        _slot(made, "urn:ihe:iti:xds:2013:referenceIdList", *(
            f"{each.identifier}^^^&{each.system}&ISO^{each.id_type}" for each in entry.reference_ids))
    _words(made, "Name", entry.title)
    _words(made, "Description", entry.comments)
    for author in entry.authors:
        _author(made, ebrim.ENTRY_AUTHOR, name, author)
    for scheme, code in _codes(entry):
        _coded(made, scheme, name, code)
    _identifier(made, ebrim.ENTRY_PATIENT_ID, name, str(entry.patient_id), "XDSDocumentEntry.patientId")
    _identifier(made, ebrim.ENTRY_UNIQUE_ID, name, entry.unique_id, "XDSDocumentEntry.uniqueId")


def _codes(entry: DocumentEntry) -> Iterable[tuple[str, Code]]:
    yield ebrim.ENTRY_CLASS, entry.class_code
    yield ebrim.ENTRY_CONFIDENTIALITY, Code(entry.confidentiality_code, CONFIDENTIALITY, entry.confidentiality_code)
    for visibility in sorted(entry.visibility):
        yield ebrim.ENTRY_CONFIDENTIALITY, Code(visibility.value, VISIBILITY, visibility.value)
    for event in entry.event_codes:
        yield ebrim.ENTRY_EVENT, event
    yield ebrim.ENTRY_FORMAT, entry.format_code
    yield ebrim.ENTRY_FACILITY, entry.healthcare_facility_type_code
    yield ebrim.ENTRY_PRACTICE, entry.practice_setting_code
    yield ebrim.ENTRY_TYPE, entry.type_code


def _submission_set(objects: etree._Element, lot: SubmissionSet) -> None:
    made = etree.SubElement(objects, rim("RegistryPackage"), {"id": _SET, "status": lot.availability_status.value})
    _slot(made, "submissionTime", lot.submission_time.text)
    _words(made, "Name", lot.title)
    _words(made, "Description", lot.comments)
    _author(made, ebrim.SET_AUTHOR, _SET, lot.author)
    _coded(made, ebrim.SET_CONTENT_TYPE, _SET, lot.content_type_code)
    _identifier(made, ebrim.SET_PATIENT_ID, _SET, str(lot.patient_id), "XDSSubmissionSet.patientId")
    _identifier(made, ebrim.SET_SOURCE_ID, _SET, lot.source_id, "XDSSubmissionSet.sourceId")
    _identifier(made, ebrim.SET_UNIQUE_ID, _SET, lot.unique_id, "XDSSubmissionSet.uniqueId")
    etree.SubElement(objects, rim("Classification"), {
        "id": f"{_SET}-is", "classifiedObject": _SET, "classificationNode": ebrim.SUBMISSION_SET})


def _author(parent: etree._Element, scheme: str, of: str, author: Author) -> None:
    made = _classification(parent, scheme, of, "")
    if author.institution is not None:
        _slot(made, "authorInstitution", str(author.institution))
    if author.person is not None:
        _slot(made, "authorPerson", str(author.person))
    _slot(made, "authorRole", *(str(role) for role in author.roles))
    _slot(made, "authorSpecialty", *(str(specialty) for specialty in author.specialties))


def _coded(parent: etree._Element, scheme: str, of: str, code: Code) -> None:
    made = _classification(parent, scheme, of, code.code)
    _slot(made, "codingScheme", code.system)
    _words(made, "Name", code.display or code.code)


def _classification(parent: etree._Element, scheme: str, of: str, value: str) -> etree._Element:
    return etree.SubElement(parent, rim("Classification"), {
        "id": f"{of}-{len(parent)}", "classificationScheme": scheme, "classifiedObject": of,
        "nodeRepresentation": value})


def _identifier(parent: etree._Element, scheme: str, of: str, value: str, name: str) -> None:
    made = etree.SubElement(parent, rim("ExternalIdentifier"), {
        "id": f"{of}-{len(parent)}", "identificationScheme": scheme, "registryObject": of, "value": value})
    _words(made, "Name", name)


def _slot(parent: etree._Element, name: str, *values: str) -> None:
    if not values:
        return
    made = etree.SubElement(etree.SubElement(parent, rim("Slot"), {"name": name}), rim("ValueList"))
    for value in values:
        etree.SubElement(made, rim("Value")).text = value


def _words(parent: etree._Element, name: str, text: str) -> None:
    if text:
        made = etree.SubElement(parent, rim(name))
        etree.SubElement(made, rim("LocalizedString"), {"value": text})
