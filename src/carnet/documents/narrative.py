"""A structured CDA as safe HTML: its sections' titles and narrative blocks, and nothing that could act.

The document's own stylesheet is never run. Every element is built anew from an allow-list: no script, no style, no
identifier, no address but http(s) links that people click, no image but those inside the document.
Narrative blocks: HL7 CDA R2, 4.3.5. May import: this room, people, errors.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from carnet.documents.cda_header import clinical_document
from carnet.documents.cda_read import HL7, every, first, text_of
from carnet.documents.embedded import EmbeddedFile, media_of
from carnet.documents.media import sniff
from carnet.documents.safety.images import is_bearable
from carnet.documents.xml import parse

_BLOCKS = tuple(f"{{{HL7}}}{name}" for name in ("table", "list", "paragraph", "renderMultiMedia"))
_SAME_TAG = frozenset({"br", "sub", "sup", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "colgroup", "col"})
_STYLES = {
    "bold": ("strong",), "italics": ("em",), "emphasis": ("em",), "underline": ("u",), "bolditalics": ("strong", "em"),
}
_ALIGNMENTS = frozenset({"left", "right", "center"})
_IMAGES = frozenset({"image/png", "image/jpeg"})
_IMAGE_BYTES = 4 * 1024 * 1024
_SPAN_MOST = 100
_SPACES = re.compile(r"\s+")
_DEEPEST_HEADING = 6


def render(content: bytes, *, heading: int = 3) -> str:
    """The sections as an HTML fragment; empty for a level 1 CDA, whose body is a file. Raises InvalidDocument.

    Titles begin at `<h{heading}>`. A file that is no image becomes `<span class="attachment" data-attachment="n">`,
    where n is its place among `embedded.attachments`.
    """
    document = clinical_document(parse(content))
    top = etree.Element("div", {"class": "narrative"})
    writer = _Writer(list(media_of(document)))
    for section in every(document, "component/structuredBody/component/section"):
        writer.section(section, top, heading)
    return etree.tostring(top, encoding="unicode", method="html")


class _Writer:
    """Copies narrative into new HTML elements, knowing the files that the document holds."""

    def __init__(self, media: list[EmbeddedFile]) -> None:
        self._media = media
        self._place = {found.identifier: place for place, found in enumerate(media) if found.identifier}

    def section(self, section: etree._Element, parent: etree._Element, level: int) -> None:
        """A title, its text, and the sections inside."""
        target = etree.SubElement(parent, "section")
        title = text_of(first(section, "title"))
        if title:
            etree.SubElement(target, f"h{min(level, _DEEPEST_HEADING)}").text = title
        text = first(section, "text")
        if text is not None:
            self._content(text, etree.SubElement(target, "div", {"class": "text"}))
        for inner in every(section, "component/section"):
            self.section(inner, target, level + 1)

    def _content(self, source: etree._Element, target: etree._Element) -> None:
        """The text and the known elements below `source`; what is of another namespace is left out, whole."""
        _append_text(target, source.text)
        for child in source:
            if isinstance(child.tag, str) and child.tag.startswith(f"{{{HL7}}}"):
                self._element(child, target)
            _append_text(target, child.tail)

    def _element(self, source: etree._Element, parent: etree._Element) -> None:
        name = etree.QName(source).localname
        if name == "renderMultiMedia":
            self._multimedia(source, parent)
        elif name == "br":
            etree.SubElement(parent, "br")
        elif name == "linkHtml":
            self._content(source, _link(source, parent))
        else:
            self._content(source, _styled(source, _container(name, source, parent)))

    def _multimedia(self, source: etree._Element, parent: etree._Element) -> None:
        caption = text_of(first(source, "caption"))
        for reference in source.get("referencedObject", "").split():
            place = self._place.get(reference)
            if place is None:
                continue
            found = self._media[place]
            if _is_safe_image(found):
                address = f"data:{found.mime_type};base64,{b64encode(found.content).decode()}"
                etree.SubElement(parent, "img", {"src": address, "alt": caption or found.title})
            else:
                mark = {"class": "attachment", "data-attachment": str(place), "data-type": found.mime_type}
                etree.SubElement(parent, "span", mark).text = caption or found.title or found.mime_type


def _container(name: str, source: etree._Element, parent: etree._Element) -> etree._Element:
    """The new element for a narrative element; unknown ones become a span: their text is still the author's."""
    if name in _SAME_TAG:
        return etree.SubElement(parent, name, dict(_table_attributes(source)))
    if name == "list":
        return etree.SubElement(parent, "ol" if source.get("listType") == "ordered" else "ul")
    if name == "item":
        return etree.SubElement(parent, "li")
    if name == "caption":
        return etree.SubElement(parent, "caption" if parent.tag == "table" else "span", {"class": "caption"})
    holds_blocks = any(inner is not source for inner in source.iter(*_BLOCKS))
    if name == "paragraph":
        return etree.SubElement(parent, "div" if holds_blocks else "p")
    if name == "footnote":
        return etree.SubElement(parent, "small", {"class": "footnote"})
    return etree.SubElement(parent, "div" if holds_blocks else "span")


def _styled(source: etree._Element, target: etree._Element) -> etree._Element:
    """Inside `target`, the emphasis that `styleCode` asks for, if it is one we know."""
    if target.tag in ("table", "thead", "tbody", "tfoot", "tr", "ul", "ol"):
        return target                                       # only cells and texts may hold <strong>
    for style in source.get("styleCode", "").lower().split():
        for tag in _STYLES.get(style, ()):
            target = etree.SubElement(target, tag)
    return target


def _table_attributes(source: etree._Element) -> Iterator[tuple[str, str]]:
    for name in ("colspan", "rowspan", "span"):
        value = source.get(name, "")
        if value.isascii() and value.isdecimal() and 1 < int(value[:4]) <= _SPAN_MOST:
            yield name, value
    alignment = source.get("align", "").lower()
    if alignment in _ALIGNMENTS:
        yield "class", f"align-{alignment}"


def _link(source: etree._Element, parent: etree._Element) -> etree._Element:
    """A link to the web, or plain text for any other address (`javascript:`, files that did not come along)."""
    address = source.get("href", "").strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return etree.SubElement(parent, "span")
    if parts.scheme.lower() not in ("http", "https") or not parts.netloc or not address.isprintable():
        return etree.SubElement(parent, "span")
    return etree.SubElement(parent, "a", {"href": address, "rel": "noopener noreferrer nofollow external"})


def _is_safe_image(found: EmbeddedFile) -> bool:
    """An image that is what it says: a browser would run the scripts of an SVG."""
    return (
        found.mime_type in _IMAGES and len(found.content) <= _IMAGE_BYTES and sniff(found.content) == found.mime_type
        and is_bearable(found.content)
    )


def _append_text(target: etree._Element, text: str | None) -> None:
    if not text:
        return
    text = _SPACES.sub(" ", text)
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
