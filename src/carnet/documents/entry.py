"""The nouns of the standard: DocumentEntry, SubmissionSet, Folder, Association.

IHE ITI TF-3, 4.2.3 (metadata attributes), with the French constraints of SPEC 5.1 and 5.2.
A change is a new value: every type here is frozen. They are stored, sealed, as they stand here.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec

from carnet.documents.time import Dtm
from carnet.people.code import Code
from carnet.people.ins import Ins
from carnet.people.names import Institution, Person

__all__ = [
    "Association", "AssociationType", "Author", "AvailabilityStatus", "Code", "DocumentEntry", "Folder", "Institution",
    "Person", "ReferenceId", "SubmissionSet", "Visibility",
]


class AvailabilityStatus(StrEnum):
    """ebRIM status of an entry, a set or a folder (ITI TF-3, 4.2.3.2.2; DELETED: ASIP CI-SIS 2010)."""

    APPROVED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
    DEPRECATED = "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated"
    ARCHIVED = "urn:asip:ci-sis:2010:StatusType:Archived"
    DELETED = "urn:asip:ci-sis:2010:StatusType:Deleted"


class Visibility(StrEnum):
    """Who does not see a document (TRE_A07, OID 1.2.250.1.213.1.1.4.13)."""

    MASQUE_PS = "MASQUE_PS"
    INVISIBLE_PATIENT = "INVISIBLE_PATIENT"
    INVISIBLE_REPRESENTANTS_LEGAUX = "INVISIBLE_REPRESENTANTS_LEGAUX"


class AssociationType(StrEnum):
    """How two objects of a submission are linked (ITI TF-3, 4.2.2)."""

    HAS_MEMBER = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
    REPLACES = "urn:ihe:iti:2007:AssociationType:RPLC"
    SIGNS = "urn:ihe:iti:2007:AssociationType:signs"


class Author(msgspec.Struct, frozen=True):
    """Who made a document: person or device, for which institution, in which role, with which specialty."""

    person: Person | None
    institution: Institution | None = None
    roles: tuple[Code, ...] = ()
    specialties: tuple[Code, ...] = ()


class ReferenceId(msgspec.Struct, frozen=True):
    """An outside identifier a document refers to, as an HL7 CXi (accession, order, studyInstanceUID)."""

    identifier: str
    system: str
    id_type: str


class DocumentEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What describes one version of one document (SPEC 5.1).

    `entry_uuid` changes with every version of the entry, `logical_id` stays for all of them and equals the
    first `entry_uuid`; `unique_id` names the bytes and never changes. `hash` is SHA-1 in lower-case hex and
    `size` is in bytes, both of the bytes as transported (ITI TF-3, 4.2.3.2.10 and .25). `depositor` is who sent it,
    as the platform established it (PS_IdNat, Struct_IdNat, or the INS as a CX): no sender can set it.
    """

    entry_uuid: UUID
    logical_id: UUID
    unique_id: str
    version: int = 1
    patient_id: Ins
    source_patient_id: str
    source_patient_info: tuple[str, ...] = ()
    availability_status: AvailabilityStatus = AvailabilityStatus.APPROVED
    hash: str
    size: int
    mime_type: str
    language_code: str = "fr-FR"
    creation_time: Dtm
    service_start_time: Dtm
    service_stop_time: Dtm | None = None
    title: str
    comments: str = ""
    authors: tuple[Author, ...]
    legal_authenticator: Person | None = None
    class_code: Code
    type_code: Code
    format_code: Code
    confidentiality_code: str = "N"
    visibility: frozenset[Visibility] = frozenset()
    healthcare_facility_type_code: Code
    practice_setting_code: Code
    event_codes: tuple[Code, ...] = ()
    reference_ids: tuple[ReferenceId, ...] = ()
    depositor: str = ""

    @property
    def is_masked_from_professionals(self) -> bool:
        """True when the patient, or the depositor, hid this document from other professionals."""
        return Visibility.MASQUE_PS in self.visibility


class SubmissionSet(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived together, and from whom (SPEC 5.2). Fixed, but for its status."""

    entry_uuid: UUID
    unique_id: str
    patient_id: Ins
    source_id: str
    submission_time: Dtm
    content_type_code: Code
    author: Author
    title: str = ""
    comments: str = ""
    availability_status: AvailabilityStatus = AvailabilityStatus.APPROVED


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """Entries grouped under a title (SPEC 5.2)."""

    entry_uuid: UUID
    logical_id: UUID
    unique_id: str
    patient_id: Ins
    last_update_time: Dtm
    title: str
    codes: tuple[Code, ...]
    comments: str = ""
    version: int = 1
    availability_status: AvailabilityStatus = AvailabilityStatus.APPROVED


class Association(msgspec.Struct, frozen=True):
    """A link: `source` HAS_MEMBER, REPLACES or SIGNS `target`, both entry UUIDs."""

    entry_uuid: UUID
    kind: AssociationType
    source: UUID
    target: UUID
