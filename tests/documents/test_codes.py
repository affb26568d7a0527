from __future__ import annotations

import pytest

from carnet.documents import codes
from carnet.documents.codes import CodeList
from carnet.errors import InvalidSubmission


@pytest.mark.parametrize(("type_code", "class_code"), [
    ("11488-4", "10"), ("11490-0", "10"), ("11502-2", "10"), ("60591-5", "11"), ("SYNTH", "11"), ("18748-4", "31"),
    ("IMG-KOS", "31"), ("57833-6", "42"), ("60593-1", "43"), ("18776-5", "44"), ("80565-5", "45"), ("87273-9", "52"),
    ("REMB", "60"), ("EXPPAT_3", "90"), ("DOCPAT09", "95"), ("E1762", "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1"),
])
def test_the_class_follows_from_the_type(type_code: str, class_code: str) -> None:
    assert codes.class_of(type_code).code == class_code


@pytest.mark.parametrize("type_code", ["", "99999-9", "10", "101881-1"])
def test_an_unknown_type_or_one_without_class_is_refused(type_code: str) -> None:
    with pytest.raises(InvalidSubmission):
        codes.class_of(type_code)


def test_a_type_of_another_list_is_refused() -> None:
    assert codes.type_code("11488-4", codes.LOINC).display.startswith("CR ou fiche de consultation")
    with pytest.raises(InvalidSubmission):
        codes.type_code("11488-4", codes.TRE_A05)


@pytest.mark.parametrize(("code_list", "size"), [
    (CodeList.TYPE, 130), (CodeList.CLASS, 13), (CodeList.FACILITY_TYPE, 69), (CodeList.PRACTICE_SETTING, 12),
    (CodeList.SPECIALTY, 396), (CodeList.CONFIDENTIALITY, 6),
])
def test_the_lists_are_whole(code_list: CodeList, size: int) -> None:
    found = codes.every(code_list)
    assert len(found) == size
    assert all(code.code and code.display for code in found)


def test_the_types_that_the_national_record_takes_are_known() -> None:
    assert sum(codes.is_in_dmp(code.code) for code in codes.every(CodeList.TYPE)) == 103
    assert not codes.is_in_dmp("PIECE-IDENTITE")
    assert not codes.is_in_dmp("unknown")


def test_a_format_follows_from_the_template_or_from_the_media_type() -> None:
    assert (found := codes.format_of_template("1.2.250.1.213.1.1.1.29")) is not None
    assert found.code == "urn:asip:ci-sis:ldl-ses:2017"
    assert (found := codes.format_of_media("application/pdf")) is not None
    assert found.code == "urn:ihe:iti:xds-sd:pdf:2008"
    assert codes.format_of_template("1.3.6.1.4.1.19376.1.2.20") is None     # level 1: the media type decides
    assert codes.format_of_media("video/mp4") is None


def test_labels_are_french_and_english_where_the_list_has_both() -> None:
    assert codes.label(CodeList.TYPE, "11502-2") == "CR d'examens biologiques"
    assert codes.label(CodeList.TYPE, "11502-2", "en") == "Laboratory report"
    assert codes.label(CodeList.FACILITY_TYPE, "SA07", "en") == "Cabinet individuel"
    assert codes.label(CodeList.TYPE, "unknown") == "unknown"


def test_a_code_of_another_system_is_not_found() -> None:
    assert codes.find(CodeList.FACILITY_TYPE, "SA07", "1.2.250.1.71.4.2.4") is not None
    assert codes.find(CodeList.FACILITY_TYPE, "SA07", "http://snomed.info/sct") is None
    assert codes.find(CodeList.CONTENT_TYPE, "11", "1.2.250.1.213.2.2") is not None


@pytest.mark.parametrize(("type_code", "category"), [
    ("11502-2", "BIOLOGIE"), ("11488-4", "CPT_REND"), ("57833-6", "ORD_SOIN"), ("18748-4", "RADIO_SC"),
    ("REMB", "REMB"), ("87273-9", "CAR_VAC"), ("EXPPAT_2", "AUTR_DOC"), ("unknown", "AUTR_DOC"),
])
def test_every_document_stands_on_one_shelf(type_code: str, category: str) -> None:
    assert codes.category_of(type_code) == category


def test_every_shelf_named_exists() -> None:
    shelves = {code.code for code in codes.every(CodeList.CATEGORY)}
    assert {codes.category_of(code.code) for code in codes.every(CodeList.TYPE)} <= shelves
