"""What a deposited file may not be, and what a page must not open of it: hostile files, and ordinary ones."""

from __future__ import annotations

import json
import re
import struct
import zlib
from base64 import b64encode
from pathlib import Path

import pytest

from carnet.documents.media import sniff
from carnet.documents.safety.check import safety_issues
from carnet.documents.safety.images import MOST_PIXELS, pixels
from carnet.documents.safety.inside import DEEPEST, MOST_FILES, carried
from carnet.documents.safety.pdf import MOST_OF_A_STREAM, Look, look_into
from carnet.documents.xml import parse
from carnet.errors import InvalidDocument
from tests.documents.lots import letter

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n%%EOF\n"
ZIP = b"PK\x03\x04" + bytes(30) + b"PK\x05\x06" + bytes(18)


def with_object(body: bytes) -> bytes:
    return PDF.replace(b"%%EOF", b"9 0 obj\n" + body + b"\nendobj\n%%EOF")


def stream(data: bytes, dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    return with_object(b"<< " + dictionary + b" /Length %d >>\nstream\n" % len(data) + data + b"\nendstream")


def png(width: int, height: int) -> bytes:
    head = struct.pack(">II5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + bytes(4)


def jpeg(width: int, height: int) -> bytes:
    return (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc4\x00\x03c\xff\xc2\x00\x11\x08" + struct.pack(">HH", height, width)
            + bytes(12) + b"\xff\xd9")


def tiff(width: int, height: int, order: str = "<") -> bytes:
    tags = [(254, 4, 0), (256, 4, width), (257, 4, height)]
    return (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(f"{order}IH", 8, len(tags)) + b"".join(
        struct.pack(f"{order}HHII", tag, kind, 1, value) for tag, kind, value in tags) + bytes(4)


def around(file: bytes, media_type: str = "application/pdf") -> bytes:
    """A CDA with this file in an observationMedia."""
    value = f'<value representation="B64" mediaType="{media_type}">{b64encode(file).decode()}</value>'
    media = f'<entry><observationMedia classCode="OBS" moodCode="EVN">{value}</observationMedia></entry></section>'
    return letter().replace(b"</section>", media.encode(), 1)


def codes_of(content: bytes, declared: str = "") -> list[str]:
    return [issue.code for issue in safety_issues(carried(declared or sniff(content), content), "DocumentEntry[0]")]


@pytest.mark.parametrize("ordinary", [
    PDF, b"\xef\xbb\xbf\r\n" + PDF, png(3000, 2000), jpeg(6000, 4000), tiff(5000, 5000), letter(), around(PDF),
    around(png(10, 10), "image/png"), around(png(10, 10), "image/jpeg"), around(b"<a/>", "text/xml"),
    around(b"\x00\x01\x02", "video/mp4"), around(b"Toux", "text/plain"), b"Toux depuis trois jours",
    bytes(128) + b"DICM" + bytes(20), stream(zlib.compress(bytes(40_000_000))),
    PDF.replace(b"%%EOF", b"% PK\x05\x06 is the end of an archive, and this text goes on after it\n%%EOF"),
])
def test_ordinary_files_are_taken(ordinary: bytes) -> None:
    assert codes_of(ordinary) == []


@pytest.mark.parametrize(("hostile", "code"), [
    (b"MZ" + bytes(126) + b"DICM" + bytes(20), "security"),        # a program in the preamble of a DICOM file
    (b"<html><script>alert(1)</script>" + PDF, "security"),
    (b"GIF89a" + PDF, "security"),
    (PDF + ZIP, "security"),
    (jpeg(10, 10) + ZIP, "security"),
    (PDF + ZIP[:-2] + b"\x05\x00note!", "security"),                # its comment ends where the file does
    (png(40_000, 40_000), "too-costly"),
    (jpeg(65_000, 65_000), "too-costly"),
    (tiff(100_000, 100_000), "too-costly"),
    (tiff(100_000, 100_000, ">"), "too-costly"),
    (around(b"MZ\x90\x00"), "security"),
    (around(b"\x7fELF\x02", "application/octet-stream"), "security"),
    (around(b"<html><script>alert(1)</script></html>"), "security"),
    (around(b"<html><script>alert(1)</script></html>", "text/html"), "security"),
    (around(ZIP, "application/zip"), "security"),
    (around(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"), "value"),
    (around(b"no PDF at all"), "value"),
    (around(png(40_000, 40_000), "image/png"), "too-costly"),
    (PDF + b"obj<<>>stream\nendstream" * 100_001, "too-costly"),
    (PDF.replace(b"/Type /Catalog", b"/Type /Pages /Count 999999999"), "too-costly"),
    (stream(zlib.compress(zlib.compress(bytes(9_000_000))), b"/Filter [/FlateDecode /FlateDecode]"), "too-costly"),
    (stream(zlib.compress(zlib.compress(bytes(9_000_000))), b"/Fil#74er [/Fl /F#6cateDecode]"), "too-costly"),
])
def test_hostile_files_are_refused(hostile: bytes, code: str) -> None:
    assert code in codes_of(hostile)


def test_a_stream_that_inflates_beyond_a_page_is_refused() -> None:
    squeezer = zlib.compressobj(9)
    data = b"".join(squeezer.compress(bytes(1024 * 1024)) for _ in range(MOST_OF_A_STREAM // 1024 // 1024 + 2))
    assert codes_of(stream(data + squeezer.flush())) == ["too-costly"]


@pytest.mark.parametrize(("document", "acts"), [
    (PDF, set()),
    (with_object(b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), {"script"}),
    (with_object(b"<< /S /J#61vaScr#69pt /JS (app.alert\\(1\\)) >>"), {"script"}),
    (with_object(b"<</S/Launch/F(cmd.exe)>>"), {"launch"}),
    (with_object(b"<< /Type /EmbeddedFile >>"), {"files"}),
    (with_object(b"<< /AcroForm << /XFA 5 0 R >> >>"), {"form"}),
    (with_object(b"<< /AcroForm << /Fields [] >> /OpenAction [3 0 R /Fit] /JSon 1 >>"), set()),
    (with_object(b"<< /Encrypt 7 0 R >>"), {"unreadable"}),
    (stream(zlib.compress(b"<< /S /JavaScript >>"), b"/Type /ObjStm /Filter /FlateDecode"), {"script"}),
    (stream(zlib.compress(b"<< /S /JavaScript >>"), b"/Type /Obj#53tm /Filter [/Fl]"), {"script"}),
    (stream(b"<< /S /Launch >>", b"/Type /ObjStm"), {"launch"}),
    (stream(b"3c3c3e3e>", b"/Type /ObjStm /Filter /ASCIIHexDecode"), {"unreadable"}),
    (stream(b"no deflate", b"/Type /ObjStm /Filter /FlateDecode"), {"unreadable"}),
    (stream(zlib.compress(bytes(40_000_000)), b"/Type /ObjStm /Filter /FlateDecode"), {"unreadable"}),
    (b"%PDF-1.7\n<< >>\nstream\nnever ends", set()),
])
def test_what_could_act_in_a_pdf_is_named(document: bytes, acts: set[str]) -> None:
    assert look_into(document) == Look(frozenset(acts))


def test_an_image_that_does_not_say_its_size_has_none() -> None:
    for cut in (png(5, 5)[:18], jpeg(5, 5)[:14], tiff(5, 5)[:20], b"GIF89a", b""):
        assert pixels(cut) is None
    assert pixels(jpeg(640, 480)) == pixels(png(640, 480)) == pixels(tiff(640, 480)) == 640 * 480
    assert MOST_PIXELS > 100_000_000


def test_files_of_fhir_documents_are_looked_at_too() -> None:
    data = b64encode(b"MZ\x90\x00" + bytes(20)).decode()
    resource = {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "Binary", "contentType": "application/pdf", "data": data}}]}
    assert codes_of(json.dumps(resource).encode(), "application/fhir+json") == ["security"]
    xml = f"<Binary xmlns='http://hl7.org/fhir'><contentType value='application/pdf'/><data value='{data}'/></Binary>"
    assert codes_of(xml.encode(), "application/fhir+xml") == ["security"]


def test_no_way_of_writing_a_cda_hides_what_it_carries() -> None:
    hostile = around(b"MZ\x90\x00" + bytes(20)).decode()
    numbered = hostile.replace('"B64"', '"B&#54;4"')
    wide = re.sub(r"encoding='[^']*'", 'encoding="UTF-16"', hostile)
    seven = re.sub(r"encoding='[^']*'", " " * 1000 + 'encoding="UTF-7"', hostile).replace('"B64"', '"B+ADY-4"')
    for written in (numbered.encode(), wide.encode("utf-16")):
        assert b"B64" not in written
        assert codes_of(written, "text/xml") == ["security"], written[:80]
    with pytest.raises(InvalidDocument):        # it was read, and is no XML that we read
        codes_of(seven.encode(), "text/xml")


def test_files_inside_files_are_looked_at_and_bounded() -> None:
    assert "security" in codes_of(around(around(b"MZ\x90\x00"), "text/xml"))
    document = letter()
    for _ in range(DEEPEST + 1):
        document = around(document, "text/xml")
    with pytest.raises(InvalidDocument, match="deep"):
        carried("text/xml", document)
    value = f'<value representation="B64">{b64encode(b"123456").decode()}</value>' * (MOST_FILES + 1)
    with pytest.raises(InvalidDocument, match="files inside"):
        carried("text/xml", letter().replace(b"</section>", value.encode() + b"</section>", 1))


@pytest.mark.parametrize("bomb", [
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><ClinicalDocument xmlns="urn:hl7-org:v3"/>',
    b'<ClinicalDocument xmlns="urn:hl7-org:v3">' + b"<a>" * 5000 + b"</a>" * 5000 + b"</ClinicalDocument>",
])
def test_xml_bombs_are_refused(bomb: bytes) -> None:
    with pytest.raises(InvalidDocument):
        parse(bomb)


def test_every_official_sample_is_taken_and_none_can_act(shared_data: Path) -> None:
    samples = sorted((shared_data / "cda-fr").glob("*.xml"))
    assert len(samples) > 40
    for sample in samples:
        files = carried("text/xml", sample.read_bytes())
        assert not list(safety_issues(files, "DocumentEntry[0]")), sample.name
        pdfs = [file for file in files if sniff(file.content) == "application/pdf"]
        assert not any(look_into(file.content).acts for file in pdfs), sample.name
