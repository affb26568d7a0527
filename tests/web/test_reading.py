"""In which shape documents are shown, whatever they claim to be."""

from __future__ import annotations

from carnet.documents.compose import Letterhead, compose_level_1
from carnet.documents.time import Dtm
from carnet.web.reading import read
from tests.running import AUTHOR, PATIENT, letter

PDF = b"%PDF-1.4\n%%EOF\n"


def _around(body: bytes, media_type: str) -> bytes:
    head = Letterhead(
        unique_id="2.25.1", type_code="11488-4", title="Courrier", patient=PATIENT, author=AUTHOR,
        made_at=Dtm.parse("20260102"))
    return compose_level_1(head, body, media_type=media_type)


def test_a_structured_document_is_shown_from_its_narrative() -> None:
    reading = read("text/xml", letter("Toux depuis <script>alert(1)</script> trois jours.").content)
    assert reading.shape == "narrative"
    assert "Toux depuis" in reading.narrative
    assert "<script" not in reading.narrative


def test_the_file_inside_a_level_1_document_is_what_is_shown() -> None:
    reading = read("text/xml", _around(PDF, "application/pdf"))
    assert reading.shape == "pdf"
    assert reading.file is not None
    assert reading.file.content == PDF


def test_a_text_is_shown_as_text() -> None:
    assert read("text/plain", "Été, déjà".encode("cp1252")).text == "Été, déjà"


def test_a_page_that_pretends_to_be_a_pdf_is_not_shown() -> None:
    assert read("application/pdf", b"<html><script>alert(1)</script>%PDF-1.4").shape == "none"
    assert read("text/xml", _around(b"<html>%PDF-</html>", "application/pdf")).shape == "none"


def test_a_drawing_with_scripts_is_not_shown() -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    assert read("image/svg+xml", svg).shape == "none"
    assert read("image/png", svg).shape == "none"


def test_a_document_that_cannot_be_read_is_for_downloading() -> None:
    assert read("text/xml", b"<ClinicalDocument").shape == "none"
    assert read("application/dicom", b"\0" * 200).shape == "none"
