from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from lxml import etree

from carnet.documents.cda import entry_from_cda, read_header
from carnet.documents.compose import Section, Table, compose, compose_level_1
from carnet.documents.embedded import body_file, printable_copy
from carnet.documents.entry import Author, Code, Institution, Person
from carnet.documents.narrative import render
from carnet.documents.pdf import text_pdf
from carnet.documents.summary import header_lines
from carnet.documents.time import Dtm
from carnet.people.ins import DEMONSTRATION
from tests.documents.lots import LETTERHEAD, PATIENT, SECTIONS

KINDS = [
    ("11488-4", "SA07", "AMBULATOIRE", "10"), ("11502-2", "SA25", "AMBULATOIRE", "10"),
    ("57833-6", "SA07", "AMBULATOIRE", "42"), ("11490-0", "SA01", "ETABLISSEMENT", "10"),
    ("18748-4", "SA08", "AMBULATOIRE", "31"), ("87273-9", "SA07", "AMBULATOIRE", "52"),
]
RESULTS = Table(("Analyse", "Résultat", "Référence"), (("Glycémie à jeun", "5,1 mmol/l", "3,9 < x < 6,1"),))
DEVICE = Author(Person("518003502400041/1.2.3", "1.2.250.1.71.4.2.1", "Logiciel", "M1", kind="U"), Institution("Labo"))


@cache
def cda_schema(shared_data: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared_data / "cda-fr-schematrons/infrastructure/cda/CDA_extended.xsd"))


def assert_valid(content: bytes, shared_data: Path) -> None:
    schema = cda_schema(shared_data)
    assert schema.validate(etree.fromstring(content)), schema.error_log


@pytest.mark.parametrize(("type_code", "facility", "setting", "class_code"), KINDS)
def test_what_we_write_is_valid_and_reads_back(
    shared_data: Path, type_code: str, facility: str, setting: str, class_code: str
) -> None:
    head = msgspec.structs.replace(LETTERHEAD, type_code=type_code, facility=facility, practice_setting=setting)
    content = compose(head, (Section("Résultats", ("Fièvre > 38 & toux.",), (RESULTS,), "30954-2"),))
    assert_valid(content, shared_data)
    entry = entry_from_cda(content, entry_uuid=uuid4(), policy=DEMONSTRATION)
    assert (entry.type_code.code, entry.class_code.code) == (type_code, class_code)
    assert entry.healthcare_facility_type_code.code == facility
    assert entry.authors == (LETTERHEAD.author,)
    assert entry.legal_authenticator == LETTERHEAD.author.person
    assert entry.creation_time == LETTERHEAD.made_at
    assert read_header(content, DEMONSTRATION).traits == msgspec.structs.replace(PATIENT.traits, used_given="Camille")
    assert "<td>Glycémie à jeun</td>" in render(content)


@pytest.mark.parametrize("changes", [
    {"replaces": "1.2.3.4"}, {"replaces": str(uuid4())}, {"unique_id": "1.2.3^ab-1", "version": 2},
    {"local_id": ("123", "1.2.250.1.999.7")}, {"act": Code("QEQK004", "1.2.250.1.215.300.1", "Mammographie")},
    {"care_start": Dtm.parse("20260101"), "care_stop": Dtm.parse("20260102")}, {"author": DEVICE},
    {"author": Author(None)}, {"made_at": Dtm.parse("20260102093000")},
])
def test_every_part_of_the_letterhead_keeps_the_document_valid(shared_data: Path, changes: dict[str, object]) -> None:
    assert_valid(compose(msgspec.structs.replace(LETTERHEAD, **changes), SECTIONS), shared_data)


def test_a_document_is_as_long_as_a_measurement_asks(shared_data: Path) -> None:
    for size in (5_000, 30_000, 139_000):
        content = compose(LETTERHEAD, SECTIONS, size_bytes=size)
        assert len(content) == size
        assert_valid(content, shared_data)
        assert read_header(content, DEMONSTRATION).unique_id == LETTERHEAD.unique_id
    assert len(compose(LETTERHEAD, SECTIONS, size_bytes=10)) > 10


def test_a_structured_document_may_hold_its_copy(shared_data: Path) -> None:
    pdf = text_pdf("Copie", ("Texte",))
    content = compose(LETTERHEAD, SECTIONS, pdf_copy=pdf)
    assert_valid(content, shared_data)
    found = printable_copy(content)
    assert found is not None
    assert found.content == pdf


def test_a_file_may_be_the_whole_body(shared_data: Path) -> None:
    pdf = text_pdf("Lettre", ("Texte",))
    content = compose_level_1(LETTERHEAD, pdf)
    assert_valid(content, shared_data)
    found = body_file(content)
    assert found is not None
    assert found.content == pdf
    assert read_header(content, DEMONSTRATION).format_code.code == "urn:ihe:iti:xds-sd:pdf:2008"


def test_a_pdf_has_its_objects_where_its_table_says() -> None:
    pdf = text_pdf("Titre (été) \\ œuvre", tuple("Paragraphe d'essai. " * 20 for _ in range(30)))
    start = int(re.findall(rb"startxref\n(\d+)\n", pdf)[0])
    assert pdf[start:].startswith(b"xref\n")
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n", pdf)]
    for number, offset in enumerate(offsets, 1):
        assert pdf[offset:].startswith(b"%d 0 obj" % number)
    for length, data in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", pdf, re.DOTALL):
        assert len(data) == int(length)
    assert "(Titre \\(été\\) \\\\ œuvre)".encode("cp1252") in pdf
    assert pdf.count(b"/Type /Page ") > 1
    assert text_pdf("a", ("b",)) == text_pdf("a", ("b",))


def test_the_letterhead_is_said_in_words() -> None:
    header = read_header(compose(LETTERHEAD, SECTIONS), DEMONSTRATION)
    assert dict(header_lines(header))["Patient"] == "Camille FICTIVE (INVENTEE)"
    assert dict(header_lines(header))["Date du document"] == "02/01/2026"
    assert dict(header_lines(header, "en"))["Type"] == "Consultation report"
    assert header_lines(read_header(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')) == ()
