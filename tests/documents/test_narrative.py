from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from carnet.documents.embedded import attachments, body_file, printable_copy
from carnet.documents.narrative import render
from carnet.documents.pdf import text_pdf
from carnet.errors import InvalidDocument

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 16


def cda(narrative: str, entries: str = "", title: str = "Titre") -> bytes:
    """A document with one section, of this narrative."""
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:x="http://www.w3.org/1999/xhtml"><component><structuredBody>'
        f"<component><section><title>{title}</title><text>{narrative}</text>{entries}</section></component>"
        "</structuredBody></component></ClinicalDocument>"
    ).encode()


def media(content: bytes, media_type: str, identifier: str = "M1") -> str:
    value = f'<value mediaType="{media_type}" representation="B64">{b64encode(content).decode()}</value>'
    return f'<entry><observationMedia ID="{identifier}">{value}</observationMedia></entry>'


@pytest.mark.parametrize(("narrative", "expected"), [
    ("plain &amp; &lt;b&gt;", "plain &amp; &lt;b&gt;"),
    ("<paragraph>un</paragraph><paragraph>deux</paragraph>", "<p>un</p><p>deux</p>"),
    ("<content styleCode='Bold'>fort</content>", "<span><strong>fort</strong></span>"),
    ("<content styleCode='BoldItalics xRred'>x</content>", "<span><strong><em>x</em></strong></span>"),
    ("a<br/>b", "a<br>b"),
    ("<list listType='ordered'><item>1</item></list>", "<ol><li>1</li></ol>"),
    ("<list><caption>C</caption><item>1</item></list>", '<ul><span class="caption">C</span><li>1</li></ul>'),
    ("<table><caption>C</caption><tbody><tr><td colspan='2' rowspan='900' width='1'>x</td></tr></tbody></table>",
     '<table><caption class="caption">C</caption><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
    ("<table><tbody><tr><td styleCode='Bold' align='RIGHT'>x</td></tr></tbody></table>",
     '<table><tbody><tr><td class="align-right"><strong>x</strong></td></tr></tbody></table>'),
    ("<paragraph><table><tbody><tr><td>x</td></tr></tbody></table></paragraph>",
     "<div><table><tbody><tr><td>x</td></tr></tbody></table></div>"),
    ("1<sup>er</sup> <sub>2</sub>", "1<sup>er</sup> <sub>2</sub>"),
    ("<footnote ID='f'>note</footnote>", '<small class="footnote">note</small>'),
    ("<linkHtml href='https://example.org/a?b=1'>ici</linkHtml>",
     '<a href="https://example.org/a?b=1" rel="noopener noreferrer nofollow external">ici</a>'),
])
def test_narrative_becomes_plain_html(narrative: str, expected: str) -> None:
    assert render(cda(narrative)) == (
        f'<div class="narrative"><section><h3>Titre</h3><div class="text">{expected}</div></section></div>'
    )


@pytest.mark.parametrize("narrative", [
    "<x:script>alert(1)</x:script>",
    "<script>alert(1)</script>",
    "<content onclick='alert(1)' style='position:fixed' ID='login'>texte</content>",
    "<linkHtml href='javascript:alert(1)'>x</linkHtml>",
    "<linkHtml href=' java&#10;script:alert(1)'>x</linkHtml>",
    "<linkHtml href='data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;'>x</linkHtml>",
    "<linkHtml href='//example.org/x'>x</linkHtml>",
    "<linkHtml href='http://[bad'>x</linkHtml>",
    "<linkHtml href='https://example.org/&quot; onmouseover=&quot;alert(1)' name='x' target='_top'>x</linkHtml>",
    "<x:iframe src='https://example.org'/><x:img src='x' onerror='alert(1)'/><x:style>*{display:none}</x:style>",
    "<table onload='alert(1)' style='x' border='1'><tbody><tr><td background='https://example.org/a.png'>x</td></tr></tbody></table>",
    "<renderMultiMedia referencedObject='M1'/>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
])
def test_a_hostile_narrative_can_do_nothing(narrative: str) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    shown = render(cda(narrative, media(svg, "image/svg+xml"), title="&lt;script&gt;alert(1)&lt;/script&gt;"))
    for tag in ("script", "x:", "iframe", "img", "style", "svg"):
        assert f"<{tag}" not in shown
    for attribute in ("style", "id", "name", "background"):
        assert f" {attribute}=" not in shown
    for event in ("onclick", "onload", "onerror"):
        assert f" {event}=" not in shown
    for address in ("javascript:", "data:text", '"//'):
        assert f'href="{address}' not in shown
    assert ' onmouseover="' not in shown


def test_entities_are_refused() -> None:
    with pytest.raises(InvalidDocument):
        render(b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + cda("&x;"))


def test_an_image_of_the_document_is_shown_and_a_false_one_is_not() -> None:
    narrative = "<renderMultiMedia referencedObject='M1'><caption>Courbe</caption></renderMultiMedia>"
    shown = render(cda(narrative, media(PNG, "image/png")))
    assert f'<img src="data:image/png;base64,{b64encode(PNG).decode()}" alt="Courbe">' in shown
    assert "<img" not in render(cda(narrative, media(b"<svg/>", "image/png")))


def test_another_file_is_named_by_its_place_among_the_attachments() -> None:
    pdf = text_pdf("Copie", ("Texte",))
    files = media(PNG, "image/png") + media(pdf, "application/pdf", "M2")
    content = cda("<renderMultiMedia referencedObject='M2'/>", files)
    assert '<span class="attachment" data-attachment="1" data-type="application/pdf">Titre</span>' in render(content)
    found = attachments(content)[1]
    assert (found.identifier, found.content, found.title) == ("M2", pdf, "Titre")


def test_sections_inside_sections_go_down_one_heading_and_stop_at_six() -> None:
    inner = "<component><section><title>{}</title>{}</section></component>"
    nested = ""
    for level in range(6, 0, -1):
        nested = inner.format(f"T{level}", nested)
    shown = render(cda("", nested), heading=2)
    assert "<h2>Titre</h2>" in shown
    assert "<h3>T1</h3>" in shown
    assert "<h6>T5</h6>" in shown


def test_the_body_of_a_level_1_document_is_a_file(shared_data: Path) -> None:
    content = (shared_data / "cda-fr" / "DOC_NON_STRUCTURE_CDA-R2-N1.xml").read_bytes()
    found = body_file(content)
    assert found is not None
    assert found.mime_type == "application/pdf"
    assert found.content.startswith(b"%PDF-")
    assert render(content) == '<div class="narrative"></div>'


@pytest.mark.parametrize(("attributes", "text", "expected"), [
    ('mediaType="text/plain"', " Bonjour &amp; merci ", b"Bonjour & merci"),
    ('mediaType="text/rtf" representation="B64"', b64encode(b"{\\rtf1 }").decode(), b"{\\rtf1 }"),
    ('mediaType="image/jpeg" representation="B64"', "\n /9j/ \n 4AAQ ", b"\xff\xd8\xff\xe0\x00\x10"),
])
def test_a_body_is_decoded_as_it_says(attributes: str, text: str, expected: bytes) -> None:
    body = f"<component><nonXMLBody><text {attributes}>{text}</text></nonXMLBody></component>"
    found = body_file(f'<ClinicalDocument xmlns="urn:hl7-org:v3">{body}</ClinicalDocument>'.encode())
    assert found is not None
    assert found.content == expected


def test_a_body_that_cannot_be_decoded_is_refused() -> None:
    text = "<text mediaType='application/pdf' representation='B64'>@@@</text>"
    body = f"<component><nonXMLBody>{text}</nonXMLBody></component>"
    with pytest.raises(InvalidDocument, match="cannot be decoded"):
        body_file(f'<ClinicalDocument xmlns="urn:hl7-org:v3">{body}</ClinicalDocument>'.encode())


@pytest.mark.parametrize(("name", "has_copy"), [
    ("eP-MED-DM_2024.01_PosoStruct", True), ("BIO-CR-BIO_2024.01_TSH_1", True), ("IPS-FR_2024.01", False),
    ("LDL-SES_2022.01", False),
])
def test_the_pdf_copy_of_a_structured_document_is_found(shared_data: Path, name: str, has_copy: bool) -> None:
    found = printable_copy((shared_data / "cda-fr" / f"{name}.xml").read_bytes())
    assert (found is not None) is has_copy
    assert found is None or found.content.startswith(b"%PDF-")


def test_tables_and_images_of_an_official_example_are_kept(shared_data: Path) -> None:
    shown = render((shared_data / "cda-fr" / "BIO-CR-BIO_2024.01_Electrophorese.xml").read_bytes())
    assert 'src="data:image/png;base64,' in shown
    assert "<table>" in shown
    assert 'data-attachment="1"' in shown
