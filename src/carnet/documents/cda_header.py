"""What the header of a CDA R2 says, as a value (SPEC 5.1 column "CDA origin", and 5.5).

Reading is tolerant: absent parts are None or empty, wrong parts are listed in `issues`; a reader says what it needs.
CDA: HL7 Clinical Document Architecture R2, with the French header (CI-SIS, Volet Structuration minimale).
May import: this room, people, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from lxml import etree

from carnet.documents import cda_people, codes
from carnet.documents.cda_read import HL7, Notes, code_of, every, first, id_of, text_of, time_of
from carnet.documents.entry import Author, ReferenceId
from carnet.documents.identifiers import unique_id
from carnet.documents.time import Dtm
from carnet.documents.xml import beginning, parse
from carnet.errors import InvalidDocument, InvalidIdentifier, Issue
from carnet.people.code import Code
from carnet.people.ins import PRODUCTION, Ins, InsPolicy
from carnet.people.names import Institution, Person
from carnet.people.patient import Traits

_BODY = f"{{{HL7}}}structuredBody"
_ENDS_WITH_BODY = re.compile(
    rb"</(?:[\w.-]+:)?structuredBody>\s*</(?:[\w.-]+:)?component>\s*</(?:[\w.-]+:)?ClinicalDocument>\s*\Z")
_TAIL_BYTES = 1024
CLINICAL_DOCUMENT = f"{{{HL7}}}ClinicalDocument"
_STYLESHEETS = frozenset(
    f"{{http://www.w3.org/1999/XSL/Transform}}{name}" for name in ("stylesheet", "transform")
)
_CUSTODIAN = "custodian/assignedCustodian/representedCustodianOrganization"
_SETTING = "representedOrganization/standardIndustryClassCode"
_ACCESSION = "{urn:dicom-org:ps3-20}accessionNumber"
_REFERENCE = "urn:ihe:iti:xds:2013:"


class CdaHeader(msgspec.Struct, frozen=True, kw_only=True):
    """All metadata that a header gives. `unique_id` and `replaces` are in the one form of `identifiers.unique_id`."""

    unique_id: str = ""
    set_id: str = ""
    version_number: int | None = None
    templates: tuple[str, ...] = ()
    type_code: Code | None = None
    title: str = ""
    creation_time: Dtm | None = None
    confidentiality_code: str = ""
    language_code: str = ""
    patient_id: Ins | None = None
    source_patient_id: str = ""
    source_patient_info: tuple[str, ...] = ()
    traits: Traits | None = None
    authors: tuple[Author, ...] = ()
    legal_authenticator: Person | None = None
    custodian: Institution | None = None
    service_start_time: Dtm | None = None
    service_stop_time: Dtm | None = None
    event_codes: tuple[Code, ...] = ()
    practice_setting_code: Code | None = None
    healthcare_facility_type_code: Code | None = None
    reference_ids: tuple[ReferenceId, ...] = ()
    replaces: str | None = None
    body_media_type: str | None = None
    is_self_presenting: bool = False
    issues: tuple[Issue, ...] = ()

    @property
    def mime_type(self) -> str:
        """How such a document is declared: a self-presenting one is a stylesheet that holds the CDA (SPEC 5.4)."""
        return "application/xslt+xml" if self.is_self_presenting else "text/xml"

    @property
    def format_code(self) -> Code:
        """The format, from the body's media type (level 1) or the templates, the most particular first."""
        if self.body_media_type is not None:
            found = codes.format_of_media(self.body_media_type)
        else:
            by_template = (codes.format_of_template(template) for template in reversed(self.templates))
            found = next((format_code for format_code in by_template if format_code is not None), None)
        return found or codes.code(codes.CodeList.FORMAT, codes.OUTSIDE_PROFILES)


def clinical_document(root: etree._Element) -> etree._Element:
    """The ClinicalDocument, also inside a self-presenting stylesheet. Raises InvalidDocument."""
    if root.tag == CLINICAL_DOCUMENT:
        return root
    inside = next(root.iter(CLINICAL_DOCUMENT), None) if root.tag in _STYLESHEETS else None
    if inside is None:
        raise InvalidDocument(Issue("structure", "the root of a CDA is ClinicalDocument, of urn:hl7-org:v3", "/*"))
    return inside


def read_header(content: bytes, policy: InsPolicy = PRODUCTION) -> CdaHeader:
    """Read a document's header. Raises InvalidDocument only if the bytes are no XML, or no CDA."""
    head = beginning(content, until=_BODY) if _ends_with_body(content) else None
    return header_of(parse(content) if head is None else head, policy)


def _ends_with_body(content: bytes) -> bool:
    """Is the body the last thing in the document, as the schema has it? A comment may follow."""
    end = len(content)
    if content[-_TAIL_BYTES:].rstrip().endswith(b"-->"):
        end = content.rfind(b"<!--")
    return _ENDS_WITH_BODY.search(content, max(0, end - _TAIL_BYTES), end) is not None


def header_of(root: etree._Element, policy: InsPolicy = PRODUCTION) -> CdaHeader:
    """The same, of a document already parsed."""
    document, notes = clinical_document(root), Notes()
    role = first(document, "recordTarget/patientRole")
    found_traits = cda_people.traits(role)
    events = every(document, "documentationOf/serviceEvent")
    principal = next((event for event in events if first(event, "effectiveTime") is not None), None)
    start, stop = _service_times(principal, document, notes)
    authors = (cda_people.author(element) for element in every(document, "author"))
    body = first(document, "component/nonXMLBody/text")
    return CdaHeader(
        unique_id=_identifier(first(document, "id"), notes, "/ClinicalDocument/id"),
        set_id=_identifier(first(document, "setId"), notes, "/ClinicalDocument/setId"),
        version_number=_version(first(document, "versionNumber")),
        templates=tuple(element.get("root", "") for element in every(document, "templateId")),
        type_code=code_of(first(document, "code")),
        title=text_of(first(document, "title")),
        creation_time=time_of(first(document, "effectiveTime"), notes, "/ClinicalDocument/effectiveTime"),
        confidentiality_code=_attribute(first(document, "confidentialityCode"), "code"),
        language_code=_attribute(first(document, "languageCode"), "code"),
        patient_id=cda_people.patient_id(role, policy, notes),
        source_patient_id=cda_people.source_patient_id(role),
        source_patient_info=cda_people.source_patient_info(role, found_traits),
        traits=found_traits,
        authors=tuple(author for author in authors if author is not None),
        legal_authenticator=cda_people.responsible(first(document, "legalAuthenticator/assignedEntity")),
        custodian=cda_people.institution(first(document, _CUSTODIAN)),
        service_start_time=start,
        service_stop_time=stop,
        event_codes=tuple(dict.fromkeys(_event_codes(events))),
        practice_setting_code=_practice_setting(principal, document),
        healthcare_facility_type_code=code_of(
            first(document, "componentOf/encompassingEncounter/location/healthCareFacility/code")
        ),
        reference_ids=tuple(dict.fromkeys(_reference_ids(document))),
        replaces=_replaced(document, notes),
        body_media_type=None if body is None else body.get("mediaType", "text/plain").split(";")[0].strip().lower(),
        is_self_presenting=document is not root,
        issues=tuple(notes.issues),
    )


def _identifier(element: etree._Element | None, notes: Notes, expression: str) -> str:
    root, extension = id_of(element)
    if not root:
        return ""
    try:
        return unique_id(root, extension)
    except InvalidIdentifier as error:
        notes.add("value", error.issues[0].message, f"{expression}/@root")
        return ""


def _service_times(
    principal: etree._Element | None, document: etree._Element, notes: Notes
) -> tuple[Dtm | None, Dtm | None]:
    """When the care was given: of the principal act, else of the encounter."""
    for holder, expression in (
        (principal, "/ClinicalDocument/documentationOf/serviceEvent/effectiveTime"),
        (first(document, "componentOf/encompassingEncounter"),
         "/ClinicalDocument/componentOf/encompassingEncounter/effectiveTime"),
    ):
        interval = first(holder, "effectiveTime")
        start = time_of(first(interval, "low"), notes, f"{expression}/low") or time_of(interval, notes, expression)
        if start is not None:
            return start, time_of(first(interval, "high"), notes, f"{expression}/high")
    return None, None


def _event_codes(events: list[etree._Element]) -> Iterator[Code]:
    """The acts documented, each with the translations that say it in another list (CCAM, modality, region)."""
    for event in events:
        for element in (first(event, "code"), *every(event, "code/translation")):
            found = code_of(element)
            if found is not None:
                yield found


def _practice_setting(principal: etree._Element | None, document: etree._Element) -> Code | None:
    """Where care is practised: of the performer of the principal act, else of the first author who says it."""
    for holder, path in (
        (principal, f"performer/assignedEntity/{_SETTING}"),
        (document, f"documentationOf/serviceEvent/performer/assignedEntity/{_SETTING}"),
        (document, f"author/assignedAuthor/{_SETTING}"),
    ):
        found = code_of(first(holder, path))
        if found is not None:
            return found
    return None


def _reference_ids(document: etree._Element) -> Iterator[ReferenceId]:
    """The orders that this document answers, and the accession numbers of imaging."""
    for order in every(document, "inFulfillmentOf/order"):
        root, extension = id_of(first(order, "id"))
        if root:
            yield ReferenceId(extension or root, root if extension else "", f"{_REFERENCE}order")
        root, extension = id_of(order.find(_ACCESSION))
        if root and extension:
            yield ReferenceId(extension, root, f"{_REFERENCE}accession")


def _replaced(document: etree._Element, notes: Notes) -> str | None:
    for related in every(document, "relatedDocument"):
        if related.get("typeCode") == "RPLC":
            expression = "/ClinicalDocument/relatedDocument/parentDocument/id"
            return _identifier(first(related, "parentDocument/id"), notes, expression) or None
    return None


def _version(element: etree._Element | None) -> int | None:
    value = _attribute(element, "value")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def _attribute(element: etree._Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "").strip()
