"""An entry as the DocumentReference that the platform shows (PDSm comprehensive DocumentReference, SPEC 5.1 and 6.4).

`document_in.py` reads back what is written here. May import: this room, documents, people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
import pybase64

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, ReferenceId
from carnet.documents.identifiers import as_urn, is_oid, is_uuid
from carnet.fhir.dates import to_date_time, to_instant
from carnet.fhir.elements import Attachment, CodeableConcept, Extension, Identifier, Meta, Period, Reference
from carnet.fhir.identifiers import to_identifier, typed
from carnet.fhir.labels import to_labels
from carnet.fhir.people_out import author, practitioner
from carnet.fhir.resources import Content, Context, DocumentReference, Practitioner, RelatesTo, Resource
from carnet.fhir.source_patient import to_patient
from carnet.fhir.systems import REFERENCE_ID_TYPES, URI, coding, concept, uri_of
from carnet.people.code import Code
from carnet.people.ins import Ins
from carnet.people.names import Person

PROFILE = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference"
IS_ARCHIVED = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived"

_STATUS = {
    AvailabilityStatus.APPROVED: "current",
    AvailabilityStatus.ARCHIVED: "current",
    AvailabilityStatus.DEPRECATED: "superseded",
    AvailabilityStatus.DELETED: "entered-in-error",
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """The platform as its answers name it: the base address of FHIR, and who keeps the documents."""

    base: str
    custodian: str


def to_document_reference(
    entry: DocumentEntry, publisher: Publisher, replaced: Iterable[UUID] = ()
) -> DocumentReference:
    """The DocumentReference of an entry. `replaced` are the entries it replaces and that the asker may see."""
    references, contained = _people(entry)
    authenticator = _authenticator(entry.legal_authenticator, contained)
    contained.append(to_patient(entry.source_patient_id, entry.source_patient_info, "source-patient"))
    archived = entry.availability_status is AvailabilityStatus.ARCHIVED
    return DocumentReference(
        id=str(entry.entry_uuid),
        meta=Meta(version_id=_version(entry), profile=(PROFILE,)),
        contained=tuple(msgspec.Raw(msgspec.json.encode(resource)) for resource in contained),
        extension=(Extension(url=IS_ARCHIVED, value_boolean=True),) if archived else (),
        master_identifier=to_identifier(entry.unique_id),
        identifier=(typed("entryUUID", entry.entry_uuid), typed("logicalId", entry.logical_id)),
        status=_STATUS[entry.availability_status],
        type=concept(entry.type_code),
        category=(concept(entry.class_code),) if entry.class_code.code else (),
        subject=subject(entry.patient_id),
        date=to_instant(entry.creation_time),
        author=references,
        authenticator=authenticator,
        custodian=Reference(display=publisher.custodian),
        relates_to=tuple(
            RelatesTo(code="replaces", target=Reference(reference=f"DocumentReference/{uuid}")) for uuid in replaced),
        description=entry.comments,
        security_label=to_labels(entry),
        content=(Content(attachment=_attachment(entry, publisher), format=coding(entry.format_code)),),
        context=_context(entry),
    )


def tag_of(entry: DocumentEntry) -> str:
    """The ETag of an entry: it names this version, and says no number.

    A document that another replaced keeps its version, so its status stands in the tag too.
    """
    return f'W/"{_version(entry)}"'


def _version(entry: DocumentEntry) -> str:
    superseded = entry.availability_status is AvailabilityStatus.DEPRECATED
    return f"{entry.entry_uuid}.superseded" if superseded else str(entry.entry_uuid)


def subject(ins: Ins) -> Reference:
    """The patient by the INS: the address is that of the record's status, `GET Patient?identifier=`."""
    system = uri_of(ins.oid)
    return Reference(
        reference=f"Patient?identifier={system}|{ins.value}", type="Patient",
        identifier=Identifier(system=system, value=ins.value),
    )


def binary_address(entry: DocumentEntry, publisher: Publisher) -> str:
    """Where the bytes are read (ITI-68): the same for all versions of the entry."""
    return f"{publisher.base}/Binary/{entry.logical_id}"


def _people(entry: DocumentEntry) -> tuple[tuple[Reference, ...], list[Resource]]:
    references = []
    contained: list[Resource] = []
    for number, found in enumerate(entry.authors, start=1):
        reference, resources = author(found, number)
        references.append(reference)
        contained += resources
    return tuple(references), contained


def _authenticator(person: Person | None, contained: list[Resource]) -> Reference | None:
    """Who answers for the document: most often an author, who is not contained twice."""
    if person is None:
        return None
    known = (each for each in contained if isinstance(each, Practitioner) and each == practitioner(person, each.id))
    found = next(known, None)
    if found is None:
        found = practitioner(person, "authenticator")
        contained.append(found)
    return Reference(reference=f"#{found.id}")


def _attachment(entry: DocumentEntry, publisher: Publisher) -> Attachment:
    return Attachment(
        content_type=entry.mime_type, language=entry.language_code, url=binary_address(entry, publisher),
        size=entry.size, hash=pybase64.b64encode(bytes.fromhex(entry.hash)).decode(), title=entry.title,
        creation=to_date_time(entry.creation_time),
    )


def _context(entry: DocumentEntry) -> Context:
    stop = to_date_time(entry.service_stop_time) if entry.service_stop_time is not None else ""
    return Context(
        event=tuple(concept(code) for code in entry.event_codes),
        period=Period(start=to_date_time(entry.service_start_time), end=stop),
        facility_type=concept(entry.healthcare_facility_type_code),
        practice_setting=concept(entry.practice_setting_code),
        source_patient_info=Reference(reference="#source-patient"),
        related=tuple(Reference(identifier=_related(found)) for found in entry.reference_ids),
    )


def _related(found: ReferenceId) -> Identifier:
    kind = CodeableConcept(coding=(coding(Code(found.id_type, REFERENCE_ID_TYPES)),)) if found.id_type else None
    if not found.system and (is_oid(found.identifier) or is_uuid(found.identifier)):
        return Identifier(type=kind, system=URI, value=as_urn(found.identifier))
    return Identifier(type=kind, system=uri_of(found.system), value=found.identifier)
