from __future__ import annotations

from pathlib import Path

import pytest

from carnet.documents.media import agrees, sniff
from carnet.documents.pdf import text_pdf

CDA = b'<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'


@pytest.mark.parametrize(("content", "media_type"), [
    (text_pdf("Titre", ("Texte",)), "application/pdf"),
    (CDA, "text/xml"),
    (b"\xef\xbb\xbf<!-- a --><?b c?>\n<h:ClinicalDocument xmlns:h='urn:hl7-org:v3'/>", "text/xml"),
    (CDA[38:].decode().encode("utf-16"), "text/xml"),
    (b'<xsl:stylesheet xmlns:xsl="u"><ClinicalDocument/></xsl:stylesheet>', "application/xslt+xml"),
    (b"<ds:Signature/>", "application/xml"),
    (b"<!DOCTYPE html><html></html>", "text/html"),
    (b"<html><script/></html>", "text/html"),
    (b'{"resourceType": "Bundle"}', "application/fhir+json"),
    (b'{"a": 1}', "application/json"),
    (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf1\\ansi Bonjour}", "text/rtf"),
    (b"\x00" * 128 + b"DICM", "application/dicom"),
    (b"PK\x03\x04", "application/zip"),
    ("Bonjour, 38° de fièvre\n".encode(), "text/plain"),
    ("Bonjour, 38° de fièvre\n".encode("latin-1"), "text/plain"),
    (("é" * 40000).encode(), "text/plain"),
    (b"a\x00b", "application/octet-stream"),
    (b"\x7fELF\x02\x01\x01\x00", "application/octet-stream"),
])
def test_bytes_show_what_they_are(content: bytes, media_type: str) -> None:
    assert sniff(content) == media_type


@pytest.mark.parametrize(("declared", "content", "expected"), [
    ("text/xml", CDA, True), ("application/xml", CDA, True), ("text/xml; charset=utf-8", CDA, True),
    ("text/plain", CDA, False), ("application/pdf", CDA, False), ("application/xslt+xml", CDA, False),
    ("application/xml", b"<ds:Signature/>", False), ("text/xml", b"<!DOCTYPE a []><a/>", False),
    ("text/plain", b"Hello World", True),
    ("image/png", b"\xff\xd8\xff", False), ("application/rtf", b"{\\rtf1}", True),
    ("text/plain", b"<html></html>", False), ("application/pdf", b"MZ\x00", False),
])
def test_a_declared_type_must_be_that_of_the_bytes(declared: str, content: bytes, expected: bool) -> None:
    assert agrees(declared, sniff(content)) is expected


def test_a_hostile_prologue_costs_no_more_than_its_length() -> None:
    assert sniff(b"<!--a-->" * 8000 + b"<?b?>" * 100) in ("text/plain", "application/xml")


def test_the_official_imaging_manifest_is_dicom(shared_data: Path) -> None:
    assert sniff((shared_data / "img-kos" / "DRIMbox_kos.dcm").read_bytes()) == "application/dicom"
