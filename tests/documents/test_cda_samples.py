"""Every official example must be read, and read right."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from carnet.documents.cda import CdaHeader, entry_from_cda, read_header
from carnet.documents.cda_header import header_of as whole_header_of
from carnet.documents.narrative import render
from carnet.documents.validation import DEMONSTRATION, SubmissionPolicy, check_submission
from carnet.documents.xml import parse
from carnet.errors import InvalidDocument, InvalidSubmission
from carnet.people.identifiers import IdentifierPolicy
from carnet.people.ins import DEMONSTRATION as ANY_INS
from carnet.people.patient import Sex
from tests.documents.expectations import EXPECTED
from tests.documents.lots import document, lot


def header_of(shared_data: Path, name: str) -> CdaHeader:
    return read_header((shared_data / "cda-fr" / f"{name}.xml").read_bytes(), ANY_INS)


def test_every_file_of_the_collection_is_expected(shared_data: Path) -> None:
    assert {path.stem for path in (shared_data / "cda-fr").glob("*.xml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_entry_of_an_official_example_is_what_its_header_says(shared_data: Path, name: str) -> None:
    content = (shared_data / "cda-fr" / f"{name}.xml").read_bytes()
    entry = entry_from_cda(content, entry_uuid=uuid4(), policy=ANY_INS)
    assert (
        entry.unique_id, entry.type_code.code, entry.class_code.code, entry.format_code.code,
        entry.healthcare_facility_type_code.code, entry.practice_setting_code.code, str(len(entry.authors)),
    ) == EXPECTED[name]
    assert entry.size == len(content)
    assert entry.logical_id == entry.entry_uuid
    assert entry.language_code == "fr-FR"
    assert entry.confidentiality_code == "N"
    assert entry.legal_authenticator is not None
    assert entry.title == " ".join(entry.title.split())
    assert all(author.person is not None and author.person.identifier for author in entry.authors)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("strict", [False, True])
def test_an_official_example_is_a_valid_submission_in_a_demonstration(
    shared_data: Path, name: str, strict: bool
) -> None:
    content = (shared_data / "cda-fr" / f"{name}.xml").read_bytes()
    policy = SubmissionPolicy(ins=DEMONSTRATION.ins, identifiers=IdentifierPolicy(keys="warn"), strict=strict)
    checked = check_submission(lot(document(content)), policy)
    assert checked.documents[0].content == content


def test_production_refuses_the_invented_people_of_the_examples(shared_data: Path) -> None:
    content = (shared_data / "cda-fr" / "LDL-SES_2022.01.xml").read_bytes()
    with pytest.raises(InvalidDocument, match="test and demonstration"):
        entry_from_cda(content, entry_uuid=uuid4())
    policy = SubmissionPolicy(ins=ANY_INS)
    lab = (shared_data / "cda-fr" / "BIO-CR-BIO_2024.01_TSH_1.xml").read_bytes()
    with pytest.raises(InvalidSubmission, match="key of this identifier"):
        check_submission(lot(document(lab)), policy)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_shown_of_an_example_can_do_nothing(shared_data: Path, name: str) -> None:
    shown = render((shared_data / "cda-fr" / f"{name}.xml").read_bytes()).lower()
    for forbidden in ("<script", "javascript:", " onclick", " style=", "<iframe", "<xsl:", " id="):
        assert forbidden not in shown
    assert "src=\"http" not in shown


def test_a_discharge_letter_is_read_to_the_last_trait(shared_data: Path) -> None:
    header = header_of(shared_data, "LDL-SES_2022.01")
    assert header.patient_id is not None
    assert header.patient_id.value == "279035121518989"
    assert header.source_patient_id == "1234567890121^^^&1.2.3.4.567.8.9.10&ISO^PI"
    assert header.traits is not None
    assert (header.traits.birth_family, header.traits.birth_given) == ("PAT-TROIS", "DOMINIQUE")
    assert header.traits.given_names == ("DOMINIQUE", "MARIE-LOUISE")
    assert (header.traits.birth_date, header.traits.sex) == ("1979-03-28", Sex.FEMALE)
    assert header.traits.birthplace == "51215"
    assert "PID-11|28 Avenue de Breteuil^^PARIS^^75007^FRANCE" in header.source_patient_info
    assert "PID-5|PAT-TROIS^DOMINIQUE^DOMINIQUE MARIE-LOUISE^^^^L" in header.source_patient_info
    assert header.title == "Lettre de liaison à la sortie de l'établissement de santé"
    assert header.creation_time is not None
    assert header.creation_time.text == "20191203133000+0100"
    assert header.service_start_time is not None
    assert header.service_start_time.text == "20191029111700+0100"
    assert header.service_stop_time is not None
    assert header.set_id == "1.2.250.1.213.1.1.1.29.2022.1"
    assert header.version_number == 1
    author = header.authors[0]
    assert author.person is not None
    assert (author.person.family, author.person.given, author.person.id_type) == ("DAVID", "Charles", "IDNPS")
    assert author.specialties[0].code == "G15_10/SM27"
    assert author.institution is not None
    assert (author.institution.identifier, author.institution.id_type) == ("1750803447", "IDNST")


@pytest.mark.parametrize(("name", "replaced"), [
    ("CSE-CS8_2024.01", "1.2.250.1.213.1.1.1.5.1.1"),
    ("IPS-FR_2024.01", "8d5e778c-e155-4685-95c6-5ff65a362964"),
    ("OPH-BRE_2022.02", "1.2.250.1.213.1.1.9^OPH-BRE_2021.01_20210827_00001_2"),
    ("LDL-SES_2022.01", None),
])
def test_the_document_that_is_replaced_is_named(shared_data: Path, name: str, replaced: str | None) -> None:
    assert header_of(shared_data, name).replaces == replaced


def test_a_self_presenting_document_is_a_stylesheet_with_a_cda_inside(shared_data: Path) -> None:
    header = header_of(shared_data, "BIO-CR-BIO_2021.01_Auto-Presentable")
    assert header.is_self_presenting
    assert header.mime_type == "application/xslt+xml"
    assert header.unique_id == "1.2.250.1.213.1.1.1.55.2021.1.1"
    assert [code.code for code in header.event_codes] == ["18719-5", "18727-8", "18718-7"]


def test_a_device_is_an_author_of_its_own_kind(shared_data: Path) -> None:
    device, pharmacist = header_of(shared_data, "eDISP-MED_2024.01").authors
    assert device.person is not None
    assert (device.person.kind, device.person.family, device.person.id_type) == ("U", "Dossier Pharmaceutique", "RI")
    assert device.specialties[0].code == "DISPOSITIF"
    assert pharmacist.person is not None
    assert (pharmacist.person.kind, pharmacist.person.family) == ("D", "DELIVE")


def test_authors_keep_their_roles(shared_data: Path) -> None:
    authors = header_of(shared_data, "CANCER-CR-GM_2022.01_AnalyseRealisee").authors
    assert [author.roles[0].code for author in authors] == ["ATTPHYS", "DISPHYS", "PCP"]


def test_an_imaging_report_gives_acts_modalities_and_references(shared_data: Path) -> None:
    header = header_of(shared_data, "IMG_CR_IMG_2024.01")
    assert {"24727-0", "ACQH004", "36235-0", "LCQH001"} <= {code.code for code in header.event_codes}
    assert ("105234751", "1.2.250.1.925.994044785528.27", "urn:ihe:iti:xds:2013:accession") in {
        (reference.identifier, reference.system, reference.id_type) for reference in header.reference_ids
    }


def test_an_unstructured_document_says_what_its_body_is(shared_data: Path) -> None:
    assert header_of(shared_data, "DOC_NON_STRUCTURE_CDA-R2-N1").body_media_type == "application/pdf"
    assert header_of(shared_data, "LDL-SES_2022.01").body_media_type is None


def test_the_responsible_may_be_a_patient(shared_data: Path) -> None:
    responsible = header_of(shared_data, "VAC_2023.01").legal_authenticator
    assert responsible is not None
    assert responsible.id_type == "NH"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_header_read_without_the_body_is_that_of_the_whole_document(shared_data: Path, name: str) -> None:
    content = (shared_data / "cda-fr" / f"{name}.xml").read_bytes()
    assert read_header(content, ANY_INS) == whole_header_of(parse(content), ANY_INS)


def test_what_stands_after_the_body_is_read_too(shared_data: Path) -> None:
    content = (shared_data / "cda-fr" / "LDL-SES_2022.01.xml").read_bytes()
    end = content.rindex(b"</ClinicalDocument>")
    replaced = (
        b'<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3"/></parentDocument></relatedDocument>')
    assert read_header(content[:end] + replaced + content[end:], ANY_INS).replaces == "1.2.3"
    hidden = content[:end] + replaced + b"</ClinicalDocument><!-- </structuredBody></component></ClinicalDocument> -->"
    assert read_header(hidden, ANY_INS).replaces == "1.2.3"
