"""What makes one entry valid: each rule is a function that yields what is wrong (SPEC 4.3, 5.1, 5.3 to 5.6).

May import: this room, people, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from carnet.documents import codes
from carnet.documents.cda import sha1_hex
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author, DocumentEntry, Visibility
from carnet.documents.identifiers import unique_id
from carnet.documents.media import ACCEPTED, CDA, SELF_PRESENTING_CDA, agrees, sniff
from carnet.documents.submission import SubmittedDocument
from carnet.errors import InvalidDocument, InvalidIdentifier, InvalidSubmission, Issue
from carnet.people.code import Code
from carnet.people.identifiers import PRODUCTION as CHECKED_KEYS
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID, IdentifierPolicy, PsId, StructId
from carnet.people.ins import PRODUCTION, InsPolicy
from carnet.people.names import Institution, Person

TITLE_CHARACTERS = 255
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LEVELS = frozenset({"N", "R", "V"})


class SubmissionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What this platform takes. The default is that of production.

    `strict` holds every code to the national lists, asks for a legal authenticator and takes only the types of the
    national record. Without it, codes of *other* systems (SNOMED CT, IHE formats, as in the official PDSm examples) are
    kept as they are; a code that claims a national system must be in its list either way, and so must every type.
    """

    ins: InsPolicy = PRODUCTION
    identifiers: IdentifierPolicy = CHECKED_KEYS
    strict: bool = False
    document_limit_bytes: int = 16 * 1024 * 1024
    submission_limit_bytes: int = 64 * 1024 * 1024
    mime_types: frozenset[str] = ACCEPTED
    invisible_and_masked: bool = False   # `cumul-invisible_patient-masque_ps` of the national record


def entry_issues(entry: DocumentEntry, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    """What is wrong in the metadata alone."""
    yield from unique_id_issues(entry.unique_id, f"{where}.uniqueId")
    if not 1 <= len(entry.title.strip()) <= TITLE_CHARACTERS:
        yield Issue("value", f"a title has 1 to {TITLE_CHARACTERS} characters", f"{where}.title")
    if not _LANGUAGE.fullmatch(entry.language_code):
        yield Issue("value", "a language is written as fr-FR (BCP 47)", f"{where}.languageCode")
    if entry.service_stop_time is not None and entry.service_stop_time.utc < entry.service_start_time.utc:
        yield Issue("value", "the care ends before it starts", f"{where}.serviceStopTime")
    if not entry.authors:
        yield Issue("required", "a document has at least one author", f"{where}.author")
    if entry.legal_authenticator is None and policy.strict:
        yield Issue("required", "somebody must answer for the document", f"{where}.legalAuthenticator")
    yield from _visibility_issues(entry, policy, where)
    yield from _code_issues(entry, policy, where)
    yield from _people_issues(entry, policy, where)


def content_issues(document: SubmittedDocument, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    """What is wrong in the bytes, or between them and the metadata."""
    entry, content = document.entry, document.content
    if not content:
        yield Issue("required", "the document is empty", f"{where}.size")
        return
    if entry.size != len(content):
        yield Issue("value", f"declared {entry.size} bytes, received {len(content)}", f"{where}.size")
    if entry.hash.lower() != (document.hashed or sha1_hex(content)):
        yield Issue("value", "the declared hash (SHA-1) is not that of the bytes received", f"{where}.hash")
    if entry.mime_type not in policy.mime_types:
        yield Issue("not-supported", f"documents of type {entry.mime_type[:60]} are not accepted", f"{where}.mimeType")
    found = sniff(content)
    if entry.mime_type in policy.mime_types and not agrees(entry.mime_type, found):
        yield Issue("value", f"declared {entry.mime_type}, but the bytes are {found}", f"{where}.mimeType")
    if found in (CDA, SELF_PRESENTING_CDA):
        try:
            header = document.header or read_header(content, policy.ins)
            yield from _header_issues(entry, header, where)
        except InvalidDocument as error:
            yield from error.issues


def unique_id_issues(identifier: str, where: str) -> Iterator[Issue]:
    """What is wrong in an identifier that must be in the one form of `identifiers.unique_id`."""
    try:
        if unique_id(identifier) != identifier:
            yield Issue("value", "an identifier is an OID, or a UUID in lower case", where)
    except InvalidIdentifier as error:
        yield Issue("value", error.issues[0].message, where)


def list_issues(code_list: CodeList, found: Code, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    """A code must be in its list; a code of a system that is not the list's is let through unless `strict`."""
    if not found.code:
        yield Issue("required", "a code is missing", where)
    elif codes.find(code_list, found.code, found.system) is None:
        national = {known.system for known in codes.every(code_list)} - {codes.IHE_FORMATS}
        if policy.strict or not found.system or found.system in national:
            yield Issue("code-invalid", f"{found.code[:64]!r} is not in the list {code_list.value}", where)


def _header_issues(entry: DocumentEntry, header: CdaHeader, where: str) -> Iterator[Issue]:
    """The metadata must not contradict what the document itself says; what it does not say cannot contradict."""
    yield from (issue for issue in header.issues if issue.expression.startswith("/ClinicalDocument/recordTarget"))
    if header.patient_id is not None and header.patient_id != entry.patient_id:
        yield Issue("value", "the INS in the document is not that of the submission", f"{where}.patientId")
    if header.unique_id and header.unique_id != entry.unique_id:
        yield Issue("value", "the identifier in the document is not that of its metadata", f"{where}.uniqueId")
    if header.type_code is not None and header.type_code.code != entry.type_code.code:
        yield Issue("value", "the type in the document is not that of its metadata", f"{where}.typeCode")


def _visibility_issues(entry: DocumentEntry, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    if entry.confidentiality_code not in _LEVELS:
        yield Issue("code-invalid", "a level of confidentiality is N, R or V", f"{where}.confidentialityCode")
    if not policy.invisible_and_masked and {Visibility.INVISIBLE_PATIENT, Visibility.MASQUE_PS} <= entry.visibility:
        yield Issue(
            "business-rule", "a document cannot be both INVISIBLE_PATIENT and MASQUE_PS", f"{where}.confidentialityCode"
        )


def _code_issues(entry: DocumentEntry, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    try:
        codes.type_code(entry.type_code.code, entry.type_code.system)
        codes.class_of(entry.type_code.code)
    except InvalidSubmission as error:
        yield Issue("code-invalid", error.issues[0].message, f"{where}.typeCode")
    else:
        if policy.strict and not codes.is_in_dmp(entry.type_code.code):
            yield Issue("code-invalid", "the record does not take documents of this type", f"{where}.typeCode")
    yield from list_issues(CodeList.FORMAT, entry.format_code, policy, f"{where}.formatCode")
    facility, setting = entry.healthcare_facility_type_code, entry.practice_setting_code
    yield from list_issues(CodeList.FACILITY_TYPE, facility, policy, f"{where}.healthcareFacilityTypeCode")
    yield from list_issues(CodeList.PRACTICE_SETTING, setting, policy, f"{where}.practiceSettingCode")


def _people_issues(entry: DocumentEntry, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    for place, author in enumerate(entry.authors):
        yield from author_issues(author, policy, f"{where}.author[{place}]")
    if entry.legal_authenticator is not None:
        yield from _person_issues(entry.legal_authenticator, policy, f"{where}.legalAuthenticator")


def author_issues(author: Author, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    """What is wrong in an author's identifiers. A demonstration refuses none of them: official examples are full of
    invented ones that have neither the form nor the key of their register."""
    if author.person is not None:
        yield from _person_issues(author.person, policy, f"{where}.authorPerson")
    if author.institution is not None:
        yield from _institution_issues(author.institution, policy, f"{where}.authorInstitution")


def _person_issues(person: Person, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    if person.kind == "D" and person.system == PS_ID_OID and policy.identifiers.keys == "refuse":
        try:
            PsId.parse(person.identifier, policy.identifiers)
        except InvalidIdentifier as error:
            yield Issue("value", error.issues[0].message, where)


def _institution_issues(institution: Institution, policy: SubmissionPolicy, where: str) -> Iterator[Issue]:
    if institution.identifier and institution.system == STRUCT_ID_OID and policy.identifiers.keys == "refuse":
        try:
            StructId.parse(institution.identifier, policy.identifiers)
        except InvalidIdentifier as error:
            yield Issue("value", error.issues[0].message, where)
