from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from carnet.documents.cda import entry_from_cda, read_header
from carnet.documents.entry import Visibility
from carnet.errors import InvalidDocument
from carnet.people.ins import DEMONSTRATION
from tests.documents.lots import PATIENT, letter

EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'
LETTER = letter()


def issues_of(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as refused:
        entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION)
    return [(issue.code, issue.expression) for issue in refused.value.issues]


def test_a_header_that_says_nothing_is_still_a_header() -> None:
    header = read_header(EMPTY)
    assert header.issues == ()
    assert header.patient_id is None
    assert header.mime_type == "text/xml"


def test_everything_that_lacks_is_said_at_once_with_its_place() -> None:
    places = [place for _, place in issues_of(EMPTY)]
    assert len(places) == 9
    assert "/ClinicalDocument/recordTarget/patientRole/id" in places
    assert "/ClinicalDocument/id/@root" in places


@pytest.mark.parametrize(("before", "after", "place"), [
    (b'<id root="1.2.250.1.999.1"/>', b'<id root="mine"/>', "/ClinicalDocument/id/@root"),
    (b'<effectiveTime value="20260102093000+0100"/><confid', b'<effectiveTime value="yesterday"/><confid',
     "/ClinicalDocument/effectiveTime/@value"),
    (b'root="1.2.250.1.213.1.4.10" extension="299077512345678"', b'root="1.2.250.1.213.1.4.10" extension="12"',
     "/ClinicalDocument/recordTarget/patientRole/id[@root='1.2.250.1.213.1.4.10']/@extension"),
    (b'code="11488-4"', b'code="0-0"', "/ClinicalDocument/code/@code"),
    (b"<title>Consultation d'essai</title>", b"<title> </title>", "/ClinicalDocument/title"),
])
def test_a_wrong_part_is_one_issue_at_its_place(before: bytes, after: bytes, place: str) -> None:
    assert before in LETTER
    assert [found for _, found in issues_of(LETTER.replace(before, after, 1))] == [place]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"<Bundle/>", b"<ClinicalDocument/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_cda_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidDocument):
        read_header(content)


def test_an_entry_takes_its_uuid_and_visibility_from_the_door() -> None:
    hidden = frozenset({Visibility.MASQUE_PS})
    entry = entry_from_cda(LETTER, entry_uuid=UUID(int=7), policy=DEMONSTRATION, visibility=hidden)
    assert entry.entry_uuid == entry.logical_id == UUID(int=7)
    assert entry.is_masked_from_professionals
    assert entry.patient_id == PATIENT.ins
    assert entry.source_patient_id == str(PATIENT.ins)
    assert entry.class_code.code == "10"


def test_identifiers_are_kept_in_one_form() -> None:
    uuid = str(uuid4())
    assert read_header(letter(unique_id=uuid.upper())).unique_id == uuid
    assert read_header(letter(unique_id="1.2.3^abc")).unique_id == "1.2.3^abc"
    assert read_header(letter(replaces="1.2.3.4")).replaces == "1.2.3.4"
