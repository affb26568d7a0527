"""A List that is a submission set (PDSm submissionset comprehensive; SPEC 5.2 and 6.4).

May import: this room, documents, people, errors.
"""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid4, uuid5

from carnet.documents import codes
from carnet.documents.entry import Author, DocumentEntry, SubmissionSet
from carnet.documents.identifiers import is_oid
from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, InvalidSubmission, Issue
from carnet.fhir import people_in
from carnet.fhir.callers import author_of_caller, institution_of_caller
from carnet.fhir.dates import to_dtm
from carnet.fhir.elements import Extension
from carnet.fhir.identifiers import unique_id_of
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings, ins_of
from carnet.fhir.resources import ListResource
from carnet.fhir.systems import first_code
from carnet.people.caller import Caller
from carnet.people.code import Code
from carnet.people.ins import InsPolicy

DESIGNATION_TYPE = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType"
SOURCE_ID = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId"
AUTHOR_ORGANISATION = "https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-authorOrg"


def read_submission_set(
    found: ListResource, surroundings: Surroundings, caller: Caller, policy: InsPolicy, where: str
) -> SubmissionSet:
    """The submission set of a List. Raises InvalidSubmission with every issue."""
    problems = Problems()
    patient = problems.attempt(lambda: ins_of(found.subject, surroundings, policy, f"{where}.subject"))
    time = problems.attempt(lambda: _time(found, where))
    content_type = first_code(next(
        (known.value_codeable_concept for known in found.extension if known.url == DESIGNATION_TYPE), None))
    if content_type is None:
        problems.add("required", "the kind of activity (ihe-designationType) is mandatory", f"{where}.extension")
    source = _source_id(found.extension)
    if not source:
        problems.add("required", "the source (ihe-sourceId, an OID) is mandatory", f"{where}.extension")
    unique_id = problems.attempt(lambda: unique_id_of(found.identifier, f"{where}.identifier"))
    if problems.issues or patient is None or time is None or content_type is None:
        raise InvalidSubmission(*problems.issues)
    return SubmissionSet(
        entry_uuid=uuid4(), unique_id=unique_id or str(uuid4()), patient_id=patient, source_id=source,
        submission_time=time, content_type_code=content_type, author=_author(found, surroundings, caller),
        title=found.title, comments=found.note[0].text if found.note else "",
    )


def submission_set_of(entry: DocumentEntry, caller: Caller, now: Dtm) -> SubmissionSet:
    """The submission set of one document published alone (ITI-105): its sender is its author, its class its kind."""
    institution = institution_of_caller(caller)
    author = author_of_caller(caller)
    # An OID made of a UUID (ITU-T X.667): the same for the same organisation, or the same person.
    source = uuid5(NAMESPACE_OID, institution.identifier if institution is not None else str(author))
    return SubmissionSet(
        entry_uuid=uuid4(), unique_id=str(uuid4()), patient_id=entry.patient_id, source_id=f"2.25.{source.int}",
        submission_time=now, content_type_code=_class_or_type(entry.type_code), author=author, title=entry.title,
    )


def _class_or_type(type_code: Code) -> Code:
    try:
        return codes.class_of(type_code.code)
    except InvalidSubmission:
        return type_code   # an unknown type is refused with the rest of the submission's problems


def _time(found: ListResource, where: str) -> Dtm:
    if not found.date:
        raise InvalidInput(Issue("required", "the time of the submission is mandatory", f"{where}.date"))
    try:
        return to_dtm(found.date)
    except InvalidInput as error:
        raise InvalidInput(Issue("value", error.issues[0].message, f"{where}.date")) from None


def _source_id(extensions: tuple[Extension, ...]) -> str:
    """The OID that stands in the identifier: its value, or its system when the value is a local name."""
    for extension in extensions:
        if extension.url == SOURCE_ID and extension.value_identifier is not None:
            for text in (extension.value_identifier.value, extension.value_identifier.system):
                if is_oid(text.removeprefix("urn:oid:")):
                    return text.removeprefix("urn:oid:")
    return ""


def _author(found: ListResource, surroundings: Surroundings, caller: Caller) -> Author:
    """Who submits: as the List says it, else the caller."""
    if found.source is None:
        return author_of_caller(caller)
    author = people_in.author(found.source, surroundings)
    organisation = next(
        (known.value_reference for known in found.source.extension if known.url == AUTHOR_ORGANISATION), None)
    behalf = people_in.author(organisation, surroundings) if organisation is not None else None
    if author is None:
        return behalf or author_of_caller(caller)
    if author.institution is None and behalf is not None:
        return Author(author.person, behalf.institution, author.roles, author.specialties)
    return author
