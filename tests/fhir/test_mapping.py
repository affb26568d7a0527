"""An entry shown as FHIR says all that the entry says, and is FHIR R4 in the eyes of two validators."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
from fhir.resources.R4B.documentreference import DocumentReference as SecondOpinion
from hypothesis import given, settings

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.fhir.document_in import Received, first_attachment, read_draft
from carnet.fhir.document_out import Publisher, tag_of, to_document_reference
from carnet.fhir.draft import Draft
from carnet.fhir.problems import Problems
from carnet.fhir.references import Surroundings
from carnet.fhir.renderings import Renderings
from carnet.fhir.resources import DocumentReference
from carnet.fhir.validate import validate
from carnet.people.ins import DEMONSTRATION
from tests.fhir.entries import entries

PUBLISHER = Publisher("https://carnet.example/fhir", "Carnet d'essai")
# What the platform gives, or what is only true of the bytes, is not read back from FHIR.
GIVEN_BY_THE_PLATFORM = {
    "entry_uuid", "logical_id", "version", "availability_status", "hash", "size", "class_code", "depositor"}


def read_back(entry: DocumentEntry) -> tuple[Draft, Problems]:
    shown = msgspec.json.encode(to_document_reference(entry, PUBLISHER))
    reference = msgspec.json.decode(shown, type=DocumentReference)
    reference = msgspec.structs.replace(reference, status="current", content=(msgspec.structs.replace(
        reference.content[0], attachment=msgspec.structs.replace(
            reference.content[0].attachment, size=0, hash="")),))
    problems = Problems()
    received = Received(
        reference, Surroundings(reference.contained), b"", "DocumentReference",
        first_attachment(reference, "DocumentReference"))
    return read_draft(received, DEMONSTRATION, problems), problems


@settings(max_examples=60, deadline=None)
@given(entries())
def test_what_is_shown_says_all_that_the_entry_says(entry: DocumentEntry) -> None:
    draft, problems = read_back(entry)
    assert problems.issues == []
    said = {name: getattr(draft, name) for name in Draft.__struct_fields__}
    assert said == {name: getattr(entry, name) for name in said}
    assert set(DocumentEntry.__struct_fields__) - set(said) == GIVEN_BY_THE_PLATFORM


@settings(max_examples=40, deadline=None)
@given(entries())
def test_what_is_shown_is_fhir_for_two_validators(entry: DocumentEntry) -> None:
    shown = Renderings(PUBLISHER, 1_000_000).render(entry, (UUID(int=1),))
    assert validate(shown) == []
    SecondOpinion.model_validate_json(shown)


@settings(max_examples=5, deadline=None)
@given(entries(), entries())
def test_a_rendering_is_made_once_and_the_oldest_is_forgotten(one: DocumentEntry, other: DocumentEntry) -> None:
    ample = Renderings(PUBLISHER, 10_000_000)
    assert ample.as_match(one) is ample.as_match(one)
    narrow = Renderings(PUBLISHER, 1)
    assert narrow.as_match(one) == ample.as_match(one)
    assert narrow.as_match(one) is not narrow.as_match(one)
    assert validate(ample.render(other)) == []


@settings(max_examples=10, deadline=None)
@given(entries())
def test_a_rendering_follows_the_status_and_the_version(entry: DocumentEntry) -> None:
    renderings = Renderings(PUBLISHER, 10_000_000)
    tags = set()
    for status, shown in (
        (AvailabilityStatus.APPROVED, b'"status":"current"'), (AvailabilityStatus.DEPRECATED, b'"status":"superseded"'),
    ):
        for version in (entry.entry_uuid, uuid4()):
            made = msgspec.structs.replace(entry, entry_uuid=version, availability_status=status)
            tags.add(tag_of(made))
            assert shown in renderings.render(made)
            assert f'"versionId":{tag_of(made)[2:]}'.encode() in renderings.render(made)
    assert len(tags) == 4       # of two versions, each in force and replaced; none says how many there were
