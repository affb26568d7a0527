"""From the bytes of a CDA to the entry that describes it: the sender is asked nothing that the document says.

CDA: HL7 Clinical Document Architecture R2. Transactions that need it: HL7 v2 ORU and MDM, secure mail, ITI-105.
May import: this room, people, errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from uuid import UUID

import msgspec

from carnet.documents import codes
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.entry import DocumentEntry, Visibility
from carnet.documents.time import Dtm
from carnet.errors import InvalidDocument, InvalidSubmission, Issue
from carnet.people.code import Code
from carnet.people.ins import PRODUCTION, Ins, InsPolicy

__all__ = ["CdaHeader", "entry_from_cda", "entry_from_header", "read_header", "sha1_hex"]

# What a header must give, with the place where it stands (SPEC 5.5).
_MANDATORY = (
    ("unique_id", "/ClinicalDocument/id/@root", "the document has no identifier"),
    ("type_code", "/ClinicalDocument/code", "the document has no type"),
    ("title", "/ClinicalDocument/title", "the document has no title"),
    ("creation_time", "/ClinicalDocument/effectiveTime/@value", "the document has no date"),
    ("patient_id", "/ClinicalDocument/recordTarget/patientRole/id", "the patient has no INS"),
    ("authors", "/ClinicalDocument/author", "the document has no author"),
    ("legal_authenticator", "/ClinicalDocument/legalAuthenticator/assignedEntity", "nobody answers for the document"),
    ("healthcare_facility_type_code",
     "/ClinicalDocument/componentOf/encompassingEncounter/location/healthCareFacility/code",
     "the kind of facility is not given"),
    ("practice_setting_code",
     "/ClinicalDocument/documentationOf/serviceEvent/performer//standardIndustryClassCode",
     "the practice setting is not given"),
)


def sha1_hex(content: bytes) -> str:
    """The hash of the standard, in lower-case hex (ITI TF-3, 4.2.3.2.10). It names bytes, it does not protect them."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def entry_from_cda(
    content: bytes, *, entry_uuid: UUID, policy: InsPolicy = PRODUCTION, visibility: frozenset[Visibility] = frozenset()
) -> DocumentEntry:
    """The first version of the entry of this document. Raises InvalidDocument with everything that its header lacks.

    The class is computed from the type. Code lists and lengths are not checked here: `check_submission` does.
    """
    return entry_from_header(read_header(content, policy), content, entry_uuid=entry_uuid, visibility=visibility)


def entry_from_header(
    header: CdaHeader, content: bytes, *, entry_uuid: UUID, visibility: frozenset[Visibility] = frozenset()
) -> DocumentEntry:
    """The same, from a header already read. `header.replaces` names the document to replace, which no entry says."""
    whole = _whole(header)
    return DocumentEntry(
        entry_uuid=entry_uuid,
        logical_id=entry_uuid,
        unique_id=header.unique_id,
        patient_id=whole.patient_id,
        source_patient_id=header.source_patient_id,
        source_patient_info=header.source_patient_info,
        hash=sha1_hex(content),
        size=len(content),
        mime_type=header.mime_type,
        language_code=header.language_code or "fr-FR",
        creation_time=whole.creation_time,
        service_start_time=header.service_start_time or whole.creation_time,
        service_stop_time=header.service_stop_time,
        title=header.title,
        authors=header.authors,
        legal_authenticator=header.legal_authenticator,
        class_code=whole.class_code,
        type_code=whole.type_code,
        format_code=header.format_code,
        confidentiality_code=header.confidentiality_code or "N",
        visibility=visibility,
        healthcare_facility_type_code=whole.healthcare_facility_type_code,
        practice_setting_code=whole.practice_setting_code,
        event_codes=header.event_codes,
        reference_ids=header.reference_ids,
    )


class _Whole(msgspec.Struct, frozen=True):
    """What no entry can lack, once it is known to be there."""

    patient_id: Ins
    creation_time: Dtm
    type_code: Code
    class_code: Code
    healthcare_facility_type_code: Code
    practice_setting_code: Code


def _whole(header: CdaHeader) -> _Whole:
    """Everything mandatory. Raises InvalidDocument with all that is missing or wrong."""
    issues = [*header.issues, *_missing(header)]
    type_code: Code | None = None
    class_code: Code | None = None
    if header.type_code is not None:
        try:
            type_code = codes.type_code(header.type_code.code, header.type_code.system)
            class_code = codes.class_of(type_code.code)
        except InvalidSubmission as error:
            issues.append(Issue("code-invalid", error.issues[0].message, "/ClinicalDocument/code/@code"))
    patient, created = header.patient_id, header.creation_time
    facility, setting = header.healthcare_facility_type_code, header.practice_setting_code
    if issues or not (patient and created and type_code and class_code and facility and setting):
        raise InvalidDocument(*issues)
    return _Whole(patient, created, type_code, class_code, facility, setting)


def _missing(header: CdaHeader) -> Iterator[Issue]:
    """One issue for each mandatory part that is absent, unless it is there and already said to be wrong."""
    wrong = [issue.expression for issue in header.issues]
    for name, expression, message in _MANDATORY:
        place = expression.partition("/@")[0]
        if not getattr(header, name) and not any(found.startswith(place) for found in wrong):
            yield Issue("required", message, expression)
