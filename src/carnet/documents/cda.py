"""From the bytes of a CDA to the entry that describes it: nothing is asked of the sender that the document already says.

CDA: HL7 Clinical Document Architecture R2. Transactions that need it: HL7 v2 ORU and MDM, secure mail, ITI-105.
May import: this room, people, errors.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from carnet.documents import codes
from carnet.documents.cda_header import CdaHeader, read_header
from carnet.documents.entry import DocumentEntry, Visibility
from carnet.errors import InvalidDocument, InvalidSubmission, Issue
from carnet.people.code import Code
from carnet.people.ins import PRODUCTION, InsPolicy

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
     "/ClinicalDocument/documentationOf/serviceEvent/performer/assignedEntity/representedOrganization"
     "/standardIndustryClassCode",
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
    type_code, class_code = _type_and_class(header)
    assert header.patient_id and header.creation_time                                # noqa: S101 - said by _type_and_class
    assert header.healthcare_facility_type_code and header.practice_setting_code     # noqa: S101
    return DocumentEntry(
        entry_uuid=entry_uuid,
        logical_id=entry_uuid,
        unique_id=header.unique_id,
        patient_id=header.patient_id,
        source_patient_id=header.source_patient_id,
        source_patient_info=header.source_patient_info,
        hash=sha1_hex(content),
        size=len(content),
        mime_type=header.mime_type,
        language_code=header.language_code or "fr-FR",
        creation_time=header.creation_time,
        service_start_time=header.service_start_time or header.creation_time,
        service_stop_time=header.service_stop_time,
        title=header.title,
        authors=header.authors,
        legal_authenticator=header.legal_authenticator,
        class_code=class_code,
        type_code=type_code,
        format_code=header.format_code,
        confidentiality_code=header.confidentiality_code or "N",
        visibility=visibility,
        healthcare_facility_type_code=header.healthcare_facility_type_code,
        practice_setting_code=header.practice_setting_code,
        event_codes=header.event_codes,
        reference_ids=header.reference_ids,
    )


def _type_and_class(header: CdaHeader) -> tuple[Code, Code]:
    """Type and class, once everything mandatory is there. Raises InvalidDocument with all that is missing or wrong."""
    issues = list(header.issues)
    said_wrong = {issue.expression.partition("[")[0].removesuffix("/@root").removesuffix("/@value") for issue in issues}
    for name, expression, message in _MANDATORY:
        place = expression.removesuffix("/@root").removesuffix("/@value")
        if not getattr(header, name) and place not in said_wrong:
            issues.append(Issue("required", message, expression))
    found: tuple[Code, Code] | None = None
    if header.type_code is not None:
        try:
            found = (codes.type_code(header.type_code.code, header.type_code.system),
                     codes.class_of(header.type_code.code))
        except InvalidSubmission as error:
            issues.append(Issue("code-invalid", error.issues[0].message, "/ClinicalDocument/code/@code"))
    if issues or found is None:
        raise InvalidDocument(*issues)
    return found
