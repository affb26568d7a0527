"""An entry being made: what METADATA.XML said, then what the CDA says. Nothing else is supposed. Pure.

May import: feeds/hl7 (what a PID says), documents, people, errors.
"""

from __future__ import annotations

from uuid import uuid4

import msgspec

from carnet.documents.cda import sha1_hex
from carnet.documents.cda_header import CdaHeader
from carnet.documents.entry import Author, DocumentEntry, ReferenceId, Visibility
from carnet.documents.media import sniff
from carnet.documents.time import Dtm
from carnet.errors import InvalidSubmission, Issue
from carnet.feeds.hl7 import identity
from carnet.feeds.hl7.er7 import DEFAULT, Segment
from carnet.people.code import Code
from carnet.people.ins import Ins
from carnet.people.names import Person
from carnet.people.patient import Traits
from carnet.people.same_traits import differing


class Described(msgspec.Struct, frozen=True, kw_only=True):
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


_MANDATORY = {
    "unique_id": "uniqueId", "patient_id": "patientId", "creation_time": "creationTime", "title": "title",
    "authors": "author", "type_code": "typeCode", "format_code": "formatCode",
    "healthcare_facility_type_code": "healthcareFacilityTypeCode", "practice_setting_code": "practiceSettingCode",
}
_FROM_HEADER = (
    *_MANDATORY, "service_start_time", "service_stop_time", "legal_authenticator", "event_codes", "reference_ids",
    "language_code", "confidentiality_code", "source_patient_id", "source_patient_info")


def with_header(said: Described, header: CdaHeader | None) -> Described:
    """What was said, and what the document says wherever nothing was."""
    if header is None:
        return said
    found = {name: getattr(header, name) for name in _FROM_HEADER if not getattr(said, name)}
    return msgspec.structs.replace(said, **{name: value for name, value in found.items() if value})


def lacking(said: Described, where: str) -> list[Issue]:
    """An issue for each thing that an entry cannot do without and that nobody said."""
    return [
        Issue("required", "neither METADATA.XML nor the document says this", f"{where}.{place}")
        for name, place in _MANDATORY.items() if not getattr(said, name)]


def contradictions(said: Described, header: CdaHeader | None, where: str) -> list[Issue]:
    """Where METADATA.XML and the document do not speak of the same person: no guess is made of which is right."""
    if header is None:
        return []
    if header.patient_id is not None and said.patient_id not in (None, header.patient_id):
        return [Issue("business-rule", "METADATA.XML and the document name two patients", f"{where}.patientId")]
    said_traits, its_traits = _traits_said(said), _whole(header.traits)
    if said_traits is not None and its_traits is not None and differing(said_traits, its_traits):
        words = "the traits in METADATA.XML are not those of the document"
        return [Issue("business-rule", words, f"{where}.sourcePatientInfo")]
    return []


def traits_of(said: Described, header: CdaHeader | None) -> Traits | None:
    """Whom METADATA.XML, else the document, takes this INS for; None when neither says it whole."""
    return _traits_said(said) or (_whole(header.traits) if header is not None else None)


def _traits_said(said: Described) -> Traits | None:
    """What the lines of sourcePatientInfo say, `PID-5|EXEMPLE^Camille^^^^^L`: a PID in pieces."""
    fields: dict[str, list[str]] = {}
    for line in said.source_patient_info:
        name, _, value = line.partition("|")
        fields.setdefault(name.strip(), []).append(value)
    parts = ("~".join(fields.get(f"PID-{number}", ())) for number in range(1, 12))
    return _whole(identity.traits_of(Segment("|".join(("PID", *parts)), DEFAULT, "utf-8")))


def _whole(traits: Traits | None) -> Traits | None:
    is_whole = traits is not None and traits.birth_family and traits.birth_given and traits.birth_date
    return traits if is_whole else None


def entry_of(said: Described, content: bytes, where: str) -> DocumentEntry:
    """The entry. Raises InvalidSubmission with everything that is missing."""
    issues = lacking(said, where)
    if issues:
        raise InvalidSubmission(*issues)
    entry_uuid = uuid4()        # only good inside the submission: the platform gives the lasting one
    given = {name: getattr(said, name) for name in Described.__struct_fields__}
    supposed = {
        "service_start_time": said.creation_time, "language_code": "fr-FR", "confidentiality_code": "N",
        "mime_type": sniff(content), "source_patient_id": str(said.patient_id),
        "source_patient_info": (f"PID-3|{said.patient_id}",)}
    given |= {name: value for name, value in supposed.items() if not given[name]}
    return DocumentEntry(
        **given, entry_uuid=entry_uuid, logical_id=entry_uuid, hash=sha1_hex(content), size=len(content),
        class_code=Code("", ""))        # computed from the type, whatever the sender says
