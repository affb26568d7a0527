"""An entry being made: what FHIR said, then what the CDA says, then what may be supposed.

Nothing is asked of the sender that the document already says, and no clinical fact is ever supposed: the patient, the
type and the date of a document come from the sender or from the document. docs/vendors/fhir.md lists the defaults.
May import: this room, documents, people, errors.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID, uuid4, uuid5

import msgspec

from carnet.documents import codes
from carnet.documents.cda import sha1_hex
from carnet.documents.cda_header import CdaHeader
from carnet.documents.codes import CodeList
from carnet.documents.entry import Author, DocumentEntry, ReferenceId, Visibility
from carnet.documents.time import Dtm
from carnet.errors import InvalidSubmission, Issue
from carnet.fhir.callers import author_of_caller, completed_by_caller, facility_of_caller, setting_of_caller
from carnet.people.caller import Caller
from carnet.people.code import Code
from carnet.people.ins import Ins
from carnet.people.names import Person

MIME_TYPE_SUFFICIENT = "urn:ihe:iti:xds:2017:mimeTypeSufficient"
_WITHOUT_A_NAME = UUID("5b0c2f0e-8f2c-5f0a-9b1e-3f1d7a3c7f11")   # namespace of the identifiers we give


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of which anything may still be missing. The names are those of `DocumentEntry`."""

    unique_id: str = ""
    patient_id: Ins | None = None
    source_patient_id: str = ""
    source_patient_info: tuple[str, ...] = ()
    mime_type: str = ""
    language_code: str = ""
    creation_time: Dtm | None = None
    service_start_time: Dtm | None = None
    service_stop_time: Dtm | None = None
    title: str = ""
    comments: str = ""
    authors: tuple[Author, ...] = ()
    legal_authenticator: Person | None = None
    type_code: Code | None = None
    format_code: Code | None = None
    confidentiality_code: str = ""
    visibility: frozenset[Visibility] = frozenset()
    healthcare_facility_type_code: Code | None = None
    practice_setting_code: Code | None = None
    event_codes: tuple[Code, ...] = ()
    reference_ids: tuple[ReferenceId, ...] = ()


# What an entry cannot do without, and where FHIR would say it.
_MANDATORY = {
    "unique_id": "masterIdentifier",
    "patient_id": "subject",
    "creation_time": "date",
    "service_start_time": "context.period.start",
    "title": "content[0].attachment.title",
    "language_code": "content[0].attachment.language",
    "authors": "author",
    "type_code": "type",
    "format_code": "content[0].format",
    "confidentiality_code": "securityLabel",
    "healthcare_facility_type_code": "context.facilityType",
    "practice_setting_code": "context.practiceSetting",
}
_FROM_HEADER = (*_MANDATORY, "service_stop_time", "legal_authenticator", "event_codes", "reference_ids")


def with_header(draft: Draft, header: CdaHeader | None) -> Draft:
    """The draft with what the document says wherever FHIR said nothing. Contradictions are not looked for here."""
    if header is None:
        return draft
    found = {name: getattr(header, name) for name in _FROM_HEADER if not getattr(draft, name)}
    if not draft.source_patient_info:
        found |= {"source_patient_id": header.source_patient_id, "source_patient_info": header.source_patient_info}
    return msgspec.structs.replace(draft, **{name: value for name, value in found.items() if value})


def with_defaults(draft: Draft, content: bytes, caller: Caller) -> Draft:
    """The draft with what may be supposed of a simplified publication (ITI-105)."""
    authors = draft.authors or (author_of_caller(caller),)
    supposed = {
        "unique_id": _own_identifier(draft.patient_id, content, caller),
        "service_start_time": draft.creation_time,
        "title": codes.label(CodeList.TYPE, draft.type_code.code) if draft.type_code else "",
        "language_code": "fr-FR",
        "format_code": codes.find(CodeList.FORMAT, MIME_TYPE_SUFFICIENT),
        "confidentiality_code": "N",
        "healthcare_facility_type_code": facility_of_caller(caller),
        "practice_setting_code": setting_of_caller(caller),
    }
    changes = {name: value for name, value in supposed.items() if not getattr(draft, name) and value}
    authors = tuple(completed_by_caller(author, caller) for author in authors)
    signer = next((author.person for author in authors if author.person and author.person.kind == "D"), None)
    return msgspec.structs.replace(
        draft, **changes, authors=authors, legal_authenticator=draft.legal_authenticator or signer)


def missing(draft: Draft, expression: str) -> list[Issue]:
    """An issue for everything that an entry cannot do without and that nobody said."""
    return [
        Issue("required", "neither FHIR nor the document says this", f"{expression}.{place}")
        for name, place in _MANDATORY.items() if not getattr(draft, name)
    ]


def to_entry(draft: Draft, content: bytes, expression: str) -> DocumentEntry:
    """The entry of a complete draft. Raises InvalidSubmission with everything that is missing."""
    issues = missing(draft, expression)
    if issues:
        raise InvalidSubmission(*issues)
    entry_uuid = uuid4()   # only good inside the submission: the platform gives the lasting one
    given = {name: getattr(draft, name) for name in Draft.__struct_fields__}
    given["source_patient_id"] = draft.source_patient_id or str(draft.patient_id)
    given["source_patient_info"] = draft.source_patient_info or (f"PID-3|{draft.patient_id}",)
    return DocumentEntry(
        **given, entry_uuid=entry_uuid, logical_id=entry_uuid, hash=sha1_hex(content), size=len(content),
        class_code=Code("", ""),   # computed from the type, whatever the sender says
    )


def _own_identifier(patient: Ins | None, content: bytes, caller: Caller) -> str:
    """The same for the same bytes of the same sender for the same patient: to send again is to send once."""
    return str(uuid5(_WITHOUT_A_NAME, f"{patient}|{msgspec.json.encode(caller).hex()}|{sha256(content).hexdigest()}"))
