from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from lxml import etree

from carnet.documents.cda import entry_from_cda
from carnet.documents.embedded import body_file
from carnet.documents.own import LIMIT_BYTES, PATIENT_TYPES, compose_own
from carnet.documents.pdf import text_pdf
from carnet.documents.time import Dtm
from carnet.documents.validation import DEMONSTRATION, SubmissionPolicy, check_submission
from carnet.errors import InvalidDocument, InvalidSubmission, TooLarge
from carnet.people.identifiers import IdentifierPolicy
from tests.documents.lots import PATIENT, document, lot

NOW = Dtm.parse("20260103120000+0100")
PDF = text_pdf("Mes souhaits", ("Je souhaite être soignée chez moi.",))


def own(file: bytes = PDF, type_code: str = "EXPPAT_3") -> bytes:
    return compose_own(PATIENT, file, unique_id="1.2.3.4", title="Souhaits", type_code=type_code, made_at=NOW)


def test_a_file_of_a_patient_becomes_a_valid_document_of_theirs(shared_data: Path) -> None:
    content = own()
    schema = etree.XMLSchema(etree.parse(shared_data / "cda-fr-schematrons/infrastructure/cda/CDA_extended.xsd"))
    assert schema.validate(etree.fromstring(content)), schema.error_log
    strict = SubmissionPolicy(ins=DEMONSTRATION.ins, identifiers=IdentifierPolicy(keys="warn"), strict=True)
    entry = check_submission(lot(document(content)), strict).documents[0].entry
    assert entry.class_code.code == "90"
    assert entry.authors[0].person is not None
    assert entry.authors[0].person.id_type == "NH"
    assert entry.authors[0].person.identifier == PATIENT.ins.value
    assert entry.authors[0].institution is None
    assert entry.authors[0].specialties[0].code == "EXP_PATIENT"
    assert entry.practice_setting_code.code == entry.healthcare_facility_type_code.code == "EXP_PATIENT"
    found = body_file(content)
    assert found is not None
    assert found.content == PDF


@pytest.mark.parametrize(("file", "format_code"), [
    (b"Bonjour", "urn:ihe:iti:xds-sd:text:2008"), (b"{\\rtf1 a}", "urn:ihe:iti-fr:xds-sd:rtf:2010"),
    (b"\xff\xd8\xff\xe0", "urn:ihe:iti-fr:xds-sd:jpeg:2010"), (b"II*\x00", "urn:ihe:iti-fr:xds-sd:tiff:2010"),
])
def test_the_format_follows_from_the_bytes_of_the_file(file: bytes, format_code: str) -> None:
    entry = entry_from_cda(own(file), entry_uuid=uuid4(), policy=DEMONSTRATION.ins)
    assert entry.format_code.code == format_code


@pytest.mark.parametrize("file", [b"PK\x03\x04", b"<html></html>", b"\x7fELF\x00", b"\x89PNG\r\n\x1a\n"])
def test_another_kind_of_file_is_refused(file: bytes) -> None:
    with pytest.raises(InvalidDocument):
        own(file)


def test_a_patient_uses_the_types_of_patients_and_small_files() -> None:
    with pytest.raises(InvalidSubmission):
        own(type_code="11488-4")
    with pytest.raises(TooLarge):
        own(b" " * (LIMIT_BYTES + 1))
    assert len(PATIENT_TYPES) == 13
