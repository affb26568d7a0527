"""DocumentReference, as a sender writes it, to what we call an entry (SPEC 5.1, column FHIR).

https://profiles.ihe.net/ITI/MHD/32_fhir_maps.html. Everything that FHIR says is read here; what it does not say is
left to `draft.py`. May import: this room, documents, people, errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from carnet.documents import codes
from carnet.documents.cda import sha1_hex
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author, ReferenceId
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidInput, Issue
from carnet.fhir import people_in, source_patient
from carnet.fhir.dates import to_dtm
from carnet.fhir.draft import Draft
from carnet.fhir.elements import Attachment, CodeableConcept, Period, Reference
from carnet.fhir.identifiers import document_named_by, from_identifier, unique_id_of
from carnet.fhir.labels import read_labels
from carnet.fhir.payload import decode_hash
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings, ins_of, patient_of
from carnet.fhir.resources import Context, DocumentReference
from carnet.fhir.systems import URI, code_of, first_code, oid_of
from carnet.people.code import Code
from carnet.people.ins import InsPolicy

_CDA_TYPES = frozenset({CDA, SELF_PRESENTING_CDA, "application/xml"})   # the last one: the official examples
UNIQUE_ID = "urn:ihe:iti:xds:2013:uniqueId"


@dataclass(frozen=True, slots=True)
class Received:
    """A DocumentReference with its bytes, and what surrounds it in the message. `where` is its FHIRPath there."""

    reference: DocumentReference
    surroundings: Surroundings
    content: bytes
    where: str
    attachment: Attachment


def read_draft(received: Received, policy: InsPolicy, problems: Problems) -> Draft:
    """What FHIR says of the document. What cannot be read is noted in `problems`."""
    reference, where, attachment = received.reference, received.where, received.attachment
    context = reference.context or Context()
    period = context.period or Period()
    _check_status(reference, where, problems)
    _check_bytes(received, problems)
    level, visibility, issues = read_labels(reference.security_label, f"{where}.securityLabel")
    problems.issues += issues
    patient = patient_of(context.source_patient_info, received.surroundings)
    return Draft(
        unique_id=_unique_id(reference, where, problems),
        patient_id=problems.attempt(
            lambda: ins_of(reference.subject, received.surroundings, policy, f"{where}.subject")),
        source_patient_id=source_patient.source_patient_id(patient) if patient else "",
        source_patient_info=source_patient.to_lines(patient) if patient else (),
        mime_type=attachment.content_type,
        language_code=attachment.language,
        creation_time=_creation_time(reference, attachment, where, problems),
        service_start_time=_time(period.start, f"{where}.context.period.start", problems),
        service_stop_time=_time(period.end, f"{where}.context.period.end", problems),
        title=attachment.title,
        comments=reference.description,
        authors=tuple(_authors(received, problems)),
        legal_authenticator=people_in.person(reference.authenticator, received.surroundings),
        type_code=_listed(reference.type, CodeList.TYPE),
        format_code=code_of(reference.content[0].format) if reference.content[0].format else None,
        confidentiality_code=level,
        visibility=visibility,
        healthcare_facility_type_code=_listed(context.facility_type, CodeList.FACILITY_TYPE),
        practice_setting_code=_listed(context.practice_setting, CodeList.PRACTICE_SETTING),
        event_codes=tuple(code for code in map(first_code, context.event) if code is not None),
        reference_ids=tuple(_reference_ids(context, where, problems)),
    )


def header_of(received: Received, policy: InsPolicy) -> CdaHeader | None:
    """The header of a document that is a CDA, or says so, else None. Raises InvalidDocument when it is not one."""
    declared = received.attachment.content_type.partition(";")[0].strip().lower()
    if declared not in _CDA_TYPES and sniff(received.content) not in (CDA, SELF_PRESENTING_CDA):
        return None
    try:
        return read_header(received.content, policy)
    except InvalidDocument as error:
        where = f"{received.where}.content[0].attachment"
        issues = (Issue(issue.code, issue.message, f"{where} {issue.expression}".strip()) for issue in error.issues)
        raise InvalidDocument(*issues) from None


def replaced_document(received: Received, problems: Problems) -> str | None:
    """The uniqueId or entryUUID of the document that this one replaces, or None."""
    found = None
    for place, link in enumerate(received.reference.relates_to):
        expression = f"{received.where}.relatesTo[{place}]"
        if link.code != "replaces":
            problems.add("not-supported", "documents are replaced here, not appended, transformed or signed",
                         f"{expression}.code")
        elif found is not None:
            problems.add("not-supported", "a document replaces one other", expression)
        else:
            found = problems.attempt(
                lambda link=link, place=expression: document_named_by(link.target, f"{place}.target"))  # type: ignore[misc]
    return found


def _check_status(reference: DocumentReference, where: str, problems: Problems) -> None:
    if reference.status != "current":
        problems.add("business-rule", "what is deposited is current", f"{where}.status")
    if reference.doc_status not in ("", "final", "amended"):
        problems.add("business-rule", "only finished documents are deposited", f"{where}.docStatus")


def _check_bytes(received: Received, problems: Problems) -> None:
    """What is declared of the bytes must be true of them."""
    attachment, where = received.attachment, f"{received.where}.content[0].attachment"
    if attachment.size is not None and attachment.size != len(received.content):
        problems.add("value", f"declared {attachment.size} bytes, received {len(received.content)}", f"{where}.size")
    if attachment.hash and decode_hash(attachment.hash) != sha1_hex(received.content):
        problems.add("value", "the declared hash (SHA-1, base64) is not that of the bytes received", f"{where}.hash")


def _unique_id(reference: DocumentReference, where: str, problems: Problems) -> str:
    master = reference.master_identifier
    if master is not None:
        return problems.attempt(lambda: from_identifier(master, f"{where}.masterIdentifier")) or ""
    return problems.attempt(lambda: unique_id_of(reference.identifier, f"{where}.identifier")) or ""


def _creation_time(reference: DocumentReference, attachment: Attachment, where: str, problems: Problems) -> Dtm | None:
    """`date` (SPEC 6.4), with the precision of `attachment.creation` where both say the same moment."""
    date = _time(reference.date, f"{where}.date", problems)
    creation = _time(attachment.creation, f"{where}.content[0].attachment.creation", problems)
    if date is None or (creation is not None and creation.utc == date.utc):
        return creation
    return date


def _time(text: str, expression: str, problems: Problems) -> Dtm | None:
    return problems.attempt(lambda: to_dtm(text), expression) if text else None


def _authors(received: Received, problems: Problems) -> list[Author]:
    found = []
    for place, reference in enumerate(received.reference.author):
        author = people_in.author(reference, received.surroundings)
        if author is None:
            _unknown_author(reference, f"{received.where}.author[{place}]", problems)
        else:
            found.append(author)
    return found


def _unknown_author(reference: Reference, expression: str, problems: Problems) -> None:
    said = "names nobody" if reference.reference.startswith("#") else "points outside of the message"
    problems.add(
        "not-found", f"this author {said}: contain a PractitionerRole, Practitioner, Organization, Patient or Device",
        expression)


def _listed(concept: CodeableConcept | None, code_list: CodeList) -> Code | None:
    """The coding whose code is in the national list, else the first: senders often give a code in several systems."""
    found = [code_of(coding) for coding in concept.coding if coding.code] if concept is not None else []
    known = (code for code in found if codes.find(code_list, code.code, code.system) is not None)
    return next(known, found[0] if found else None)


def _reference_ids(context: Context, where: str, problems: Problems) -> list[ReferenceId]:
    found = []
    for place, related in enumerate(context.related):
        identifier = related.identifier
        if identifier is None or not identifier.value:
            problems.add("not-supported", "related things are named by identifier", f"{where}.context.related[{place}]")
            continue
        kind = first_code(identifier.type)
        value, system = identifier.value, identifier.system
        if system == URI:
            value, system = value.removeprefix("urn:oid:").removeprefix("urn:uuid:"), ""
        found.append(ReferenceId(value, oid_of(system), kind.code if kind is not None else UNIQUE_ID))
    return found


def first_attachment(reference: DocumentReference, where: str) -> Attachment:
    """The attachment of the only content. Raises InvalidInput when there are more, or none."""
    if len(reference.content) != 1:
        raise InvalidInput(Issue("structure", "a DocumentReference has one content here (PDSm)", f"{where}.content"))
    attachment = reference.content[0].attachment
    if not attachment.content_type:
        expression = f"{where}.content[0].attachment.contentType"
        raise InvalidInput(Issue("required", "the media type of the document is missing", expression))
    return attachment
