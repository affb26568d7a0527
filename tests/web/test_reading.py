"""In which shape documents are shown, whatever they claim to be."""

from __future__ import annotations

from base64 import b64encode

from lxml import html

from carnet.documents.compose import Letterhead, compose_level_1
from carnet.documents.time import Dtm
from carnet.web.presenters.document import present_document
from carnet.web.reading import read
from tests.documents.test_safety import png
from tests.running import AUTHOR, PATIENT, letter
from tests.web.values import CALENDAR, FRENCH, entry

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


ACTING = PDF.replace(b"%%EOF", b"1 0 obj\n<< /S /JavaScript /JS (app.alert) >>\nendobj\n%%EOF")


def test_a_pdf_that_could_act_is_not_opened_and_its_reader_is_warned() -> None:
    for reading in (read("application/pdf", ACTING), read("text/xml", _around(ACTING, "application/pdf"))):
        assert (reading.shape, reading.file, reading.can_act) == ("none", None, True)
    assert not read("application/pdf", PDF).can_act
    view = present_document(entry("Bilan", at="20260102"), read("application/pdf", ACTING), "/d", words=FRENCH,
                            calendar=CALENDAR)
    assert [notice.tone for notice in view.notices] == ["warn"]


def test_a_copy_that_could_act_is_not_offered_beside_its_narrative() -> None:
    for copy, is_offered in ((PDF, True), (ACTING, False)):
        section = (
            '<component><section><code code="55108-5" codeSystem="2.16.840.1.113883.6.1"/><text/><entry>'
            '<observationMedia classCode="OBS" moodCode="EVN"><value representation="B64" mediaType="application/pdf">'
            f"{b64encode(copy).decode()}</value></observationMedia></entry></section></component></structuredBody>")
        reading = read("text/xml", letter().content.replace(b"</structuredBody>", section.encode()))
        assert (reading.shape, reading.file is not None, reading.can_act) == ("narrative", is_offered, not is_offered)


def test_an_image_of_too_many_pixels_is_not_handed_to_a_browser() -> None:
    assert read("image/png", png(3000, 2000)).shape == "image"
    assert read("image/png", png(40_000, 40_000)).shape == "none"
    for width, is_shown in ((30, True), (40_000, False)):
        inside = (
            '<text><renderMultiMedia referencedObject="I"/></text><entry><observationMedia ID="I" classCode="OBS" '
            'moodCode="EVN"><value representation="B64" mediaType="image/png">'
            f"{b64encode(png(width, width)).decode()}</value></observationMedia></entry>")
        before, _, rest = letter("TOUX").content.decode().partition("<text>")
        shown = read("text/xml", (before + inside + rest.partition("</text>")[2]).encode()).narrative
        assert ("<img" in shown) is is_shown


HOSTILE = """<text xmlns:h="http://www.w3.org/1999/xhtml" onload="alert(1)">
<h:script>alert(1)</h:script><script>alert(2)</script><content styleCode="Bold" onclick="alert(3)"
 style="background:url(http://evil.example/a)" ID="x">visible</content>
<linkHtml href="javascript:alert(4)">a</linkHtml><linkHtml href="&#9;java&#10;script:alert(4)">b</linkHtml>
<linkHtml href="data:text/html,&lt;script>alert(5)&lt;/script>">c</linkHtml><linkHtml href="//evil.example">d</linkHtml>
<img src="http://evil.example/pixel.gif"/><h:iframe src="http://evil.example"/><object data="http://evil.example"/>
<renderMultiMedia referencedObject="http://evil.example/x.png"/><table background="http://evil.example" border="1">
<tbody><tr><td style="expression(alert(6))" colspan="99999999">1</td></tr></tbody></table>&lt;script&gt;alert(7)
<![CDATA[<script>alert(8)</script>]]></text>"""


def test_a_hostile_narrative_brings_no_element_no_attribute_and_no_address_into_a_page() -> None:
    before, _, rest = letter("TOUX").content.decode().partition("<text>")
    shown = read("text/xml", (before + HOSTILE + rest.partition("</text>")[2]).encode()).narrative
    page = html.fragment_fromstring(shown)
    assert {element.tag for element in page.iter()} <= {
        "div", "section", "h2", "h3", "p", "span", "strong", "table", "tbody", "tr", "td"}
    assert {name for element in page.iter() for name in element.keys()} <= {"class", "colspan"}     # noqa: SIM118
    assert "evil.example" not in shown
    assert "visible" in page.text_content()
