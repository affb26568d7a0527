from __future__ import annotations

from uuid import uuid4

import msgspec
import pytest

from carnet.documents.compose import compose_level_1
from carnet.documents.entry import Code, DocumentEntry, Folder, Visibility
from carnet.documents.pdf import text_pdf
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.documents.time import Dtm
from carnet.documents.validation import DEMONSTRATION, PRODUCTION, SubmissionPolicy, check_submission
from carnet.errors import InvalidSubmission, TooLarge
from carnet.people.ins import Ins, InsOid
from carnet.people.names import Person
from tests.documents.lots import LETTERHEAD, document, letter, lot, plain

TINY = b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'
OTHER = Ins("180012A12345674", InsOid.TEST)
STRICT = msgspec.structs.replace(DEMONSTRATION, strict=True)


def entry() -> DocumentEntry:
    return document().entry


def issues_of(submission: Submission, policy: SubmissionPolicy = DEMONSTRATION) -> list[str]:
    with pytest.raises(InvalidSubmission) as refused:
        check_submission(submission, policy)
    return [issue.expression for issue in refused.value.issues]


def test_a_valid_lot_comes_back_with_its_class_computed() -> None:
    wrong = Code("11", "1.2.250.1.213.1.1.4.1", "Synthèse")
    checked = check_submission(lot(document(class_code=wrong)), DEMONSTRATION)
    assert checked.documents[0].entry.class_code.code == "10"


@pytest.mark.parametrize(("changes", "place"), [
    ({"unique_id": "mine"}, "uniqueId"),
    ({"unique_id": "URN:1.2"}, "uniqueId"),
    ({"title": ""}, "title"),
    ({"title": "x" * 256}, "title"),
    ({"language_code": "french"}, "languageCode"),
    ({"service_stop_time": Dtm.parse("2020")}, "serviceStopTime"),
    ({"authors": ()}, "author"),
    ({"hash": "0" * 40}, "hash"),
    ({"size": 3}, "size"),
    ({"mime_type": "application/pdf"}, "mimeType"),
    ({"mime_type": "video/mp4"}, "mimeType"),
    ({"confidentiality_code": "MASQUE_PS"}, "confidentialityCode"),
    ({"visibility": frozenset({Visibility.MASQUE_PS, Visibility.INVISIBLE_PATIENT})}, "confidentialityCode"),
    ({"healthcare_facility_type_code": Code("SA99", "1.2.250.1.71.4.2.4")}, "healthcareFacilityTypeCode"),
    ({"practice_setting_code": Code("", "1.2.250.1.213.1.1.4.9")}, "practiceSettingCode"),
    ({"format_code": Code("urn:asip:unknown", "1.2.250.1.213.1.1.4.2.282")}, "formatCode"),
])
def test_each_rule_names_the_attribute_that_breaks_it(changes: dict[str, object], place: str) -> None:
    assert f"DocumentEntry[0].{place}" in issues_of(lot(document(None, **changes)))


def test_every_issue_of_every_document_is_said() -> None:
    found = issues_of(lot(document(title="", hash="0" * 40), document(letter(unique_id="1.2.3"), size=1)))
    assert found == ["DocumentEntry[0].title", "DocumentEntry[0].hash", "DocumentEntry[1].size"]


def test_a_hash_that_the_door_made_is_what_the_declared_one_is_held_to() -> None:
    whole = document()
    made = msgspec.structs.replace(whole, hashed=whole.entry.hash)
    assert check_submission(lot(made), DEMONSTRATION).documents[0].entry.hash == whole.entry.hash
    assert issues_of(lot(msgspec.structs.replace(whole, hashed="0" * 40))) == ["DocumentEntry[0].hash"]


def test_the_type_decides_and_an_unknown_one_is_refused() -> None:
    unknown = plain(entry(), b"Hello", "text/plain", type_code=Code("0-0", "2.16.840.1.113883.6.1"))
    assert "DocumentEntry[0].typeCode" in issues_of(lot(unknown))
    letter_of_another_type = document(type_code=Code("11502-2", "2.16.840.1.113883.6.1"))
    assert "DocumentEntry[0].typeCode" in issues_of(lot(letter_of_another_type))


def test_the_patient_is_the_same_everywhere() -> None:
    assert "DocumentEntry[0].patientId" in issues_of(lot(document(), patient_id=OTHER))
    folder = Folder(
        entry_uuid=uuid4(), logical_id=uuid4(), unique_id="1.2.9", patient_id=OTHER, title="Grossesse", codes=(),
        last_update_time=Dtm.parse("2026"),
    )
    assert issues_of(msgspec.structs.replace(lot(), folders=(folder,))) == ["Folder[0].patientId"]


def test_the_ins_written_in_the_document_wins_over_metadata_that_differ() -> None:
    stolen = document(patient_id=OTHER)
    assert issues_of(lot(stolen)) == ["DocumentEntry[0].patientId"]


def test_a_document_that_says_nothing_of_itself_is_described_by_its_metadata() -> None:
    snomed = "http://snomed.info/sct"
    official = plain(
        entry(), TINY, "application/xml", unique_id="1.2.250.1.213.1.4.8.99999.2",
        healthcare_facility_type_code=Code("22232009", snomed, "Hospital"),
        practice_setting_code=Code("394802001", snomed, "General medicine"),
        format_code=Code("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3"),
        legal_authenticator=None,
    )
    checked = check_submission(lot(official), DEMONSTRATION)
    assert checked.documents[0].entry.practice_setting_code.system == snomed
    assert issues_of(lot(official), STRICT) == [
        "DocumentEntry[0].legalAuthenticator", "DocumentEntry[0].healthcareFacilityTypeCode",
        "DocumentEntry[0].practiceSettingCode",
    ]


def test_a_cda_cannot_hide_its_header_behind_another_type() -> None:
    assert "DocumentEntry[0].mimeType" in issues_of(lot(document(mime_type="text/plain")))


def test_a_pdf_a_text_and_an_unstructured_cda_are_accepted() -> None:
    pdf = text_pdf("Essai", ("Texte",))
    level_1 = compose_level_1(msgspec.structs.replace(LETTERHEAD, unique_id="1.2.3.1"), pdf)
    check_submission(lot(
        plain(entry(), pdf, "application/pdf", unique_id="1.2.3.2"),
        plain(entry(), b"Hello World", "text/plain", unique_id="1.2.3.3"),
        document(level_1),
    ), DEMONSTRATION)


def test_two_documents_of_a_lot_have_two_identifiers() -> None:
    one = document()
    assert issues_of(lot(one, document())) == ["uniqueId"]
    same_uuid = document(letter(unique_id="1.2.3"), entry_uuid=one.entry.entry_uuid)
    assert issues_of(lot(one, same_uuid)) == ["entryUUID"]
    assert issues_of(lot(one, unique_id=one.entry.unique_id)) == ["uniqueId"]


def test_a_document_is_replaced_once_and_never_by_itself() -> None:
    one, two = document(), document(letter(unique_id="1.2.3"))
    itself = SubmittedDocument(one.entry, one.content, one.entry.unique_id)
    assert issues_of(lot(itself)) == ["DocumentEntry[0].replaces"]
    both = (SubmittedDocument(one.entry, one.content, "1.9"), SubmittedDocument(two.entry, two.content, "1.9"))
    assert issues_of(lot(*both)) == ["DocumentEntry[0].replaces", "DocumentEntry[1].replaces"]


def test_an_empty_lot_is_refused() -> None:
    assert issues_of(msgspec.structs.replace(lot(), documents=())) == ["SubmissionSet"]
    assert issues_of(lot(plain(entry(), b"", "text/plain"))) == ["DocumentEntry[0].size"]
    assert issues_of(lot(source_id="")) == ["SubmissionSet.sourceId"]


def test_a_lot_and_its_documents_have_a_greatest_size() -> None:
    with pytest.raises(TooLarge) as refused:
        check_submission(lot(), msgspec.structs.replace(DEMONSTRATION, document_limit_bytes=1000))
    assert refused.value.limit_bytes == 1000
    with pytest.raises(TooLarge):
        check_submission(lot(), msgspec.structs.replace(DEMONSTRATION, submission_limit_bytes=1000))


def test_production_refuses_test_people_and_wrong_keys() -> None:
    person = Person("801234567890", "1.2.250.1.71.4.2.1", "FICTIF", "Louis")
    found = issues_of(lot(document(legal_authenticator=person)), PRODUCTION)
    assert "SubmissionSet.patientId" in found
    assert "DocumentEntry[0].legalAuthenticator" in found
    check_submission(lot(document(legal_authenticator=person)), DEMONSTRATION)


def test_invisible_and_masked_together_is_a_setting() -> None:
    both = frozenset({Visibility.MASQUE_PS, Visibility.INVISIBLE_PATIENT})
    check_submission(lot(document(visibility=both)), msgspec.structs.replace(DEMONSTRATION, invisible_and_masked=True))
