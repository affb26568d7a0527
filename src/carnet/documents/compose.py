"""Our own CDA documents: what the platform writes itself, for patients, demonstrations, tests and measurements.

They are valid by the CDA schema and carry the French header. They claim no model of the CI-SIS beyond it: their format
is the one of structured documents outside the profiles, also when a section has coded entries (`compose_entries`).
May import: this room, people, errors.
"""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy

import msgspec
from lxml import etree

from carnet.documents.cda_read import HL7
from carnet.documents.codes import LOINC
from carnet.documents.compose_header import Letterhead, header_elements
from carnet.documents.elements import E
from carnet.documents.embedded import COPY_SECTION

__all__ = ["Letterhead", "Section", "Table", "compose", "compose_level_1"]

_COPY = {"code": COPY_SECTION, "codeSystem": LOINC, "displayName": "Copie du document"}
_FILLER_ROW = "<tr><td>Mesure {0}</td><td>{0} unités</td><td>Valeur inventée, sans conclusion</td></tr>"
_FILLER = "<section xmlns='{}'><title>Mesures</title><text><table><tbody>{}</tbody></table></text></section>"
_ROOM = 512   # what the section of the filling and the closing comment take, at least


class Table(msgspec.Struct, frozen=True):
    """A table: the words of its columns, then its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True):
    """A section of a document: a title, paragraphs, then tables; `code` is a LOINC code. `entries` are coded."""

    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    code: str = ""
    entries: tuple[etree._Element, ...] = ()


def compose(
    head: Letterhead, sections: tuple[Section, ...], *, pdf_copy: bytes | None = None, size_bytes: int = 0
) -> bytes:
    """A structured CDA (level 3 header, narrative sections), at least `size_bytes` long when that is asked.

    The filling is an invented table, so that a document of a measurement is read like a real one of its size.
    """
    body = E.structuredBody(*(E.component(_section(section)) for section in sections))
    if pdf_copy is not None:
        body.append(E.component(_copy(pdf_copy)))
    document = E.ClinicalDocument(*header_elements(head, level_1=False), E.component(body))
    content = _bytes(document)
    if len(content) + _ROOM < size_bytes:
        body.append(E.component(_filler(size_bytes - len(content) - _ROOM)))
        content = _bytes(document)
    lacking = size_bytes - len(content) - len("<!---->\n")
    return content + b"<!--%s-->\n" % (b"." * lacking) if lacking >= 0 else content


def compose_level_1(head: Letterhead, body: bytes, *, media_type: str = "application/pdf") -> bytes:
    """A CDA around a file, which is all of its body."""
    text = E.text(b64encode(body).decode(), mediaType=media_type, representation="B64")
    return _bytes(E.ClinicalDocument(*header_elements(head, level_1=True), E.component(E.nonXMLBody(text))))


def _section(section: Section) -> etree._Element:
    element = E.section()
    if section.code:
        element.append(E.code(code=section.code, codeSystem=LOINC, displayName=section.title))
    text = E.text(*map(E.paragraph, section.paragraphs), *map(_table, section.tables))
    element.extend([E.title(section.title), text, *map(deepcopy, section.entries)])     # they may be written twice
    return element


def _table(table: Table) -> etree._Element:
    head = E.thead(E.tr(*map(E.th, table.columns)))
    return E.table(head, E.tbody(*(E.tr(*map(E.td, row)) for row in table.rows)), border="0")


def _copy(pdf: bytes) -> etree._Element:
    """The PDF copy that the standard puts in a last section (LOINC 55108-5)."""
    value = E.value(b64encode(pdf).decode(), mediaType="application/pdf", representation="B64")
    media = E.observationMedia(value, classCode="OBS", moodCode="EVN", ID="copy")
    text = E.text(E.paragraph(E.renderMultiMedia(referencedObject="copy")))
    return E.section(E.code(**_COPY), E.title(_COPY["displayName"]), text, E.entry(media))


def _filler(size_bytes: int) -> etree._Element:
    """A section of invented measures, a little shorter than asked. Written as text: it may be long."""
    rows = size_bytes // len(_FILLER_ROW.format(99999).encode())
    return etree.fromstring(_FILLER.format(HL7, "".join(map(_FILLER_ROW.format, range(1, rows + 1)))))


def _bytes(document: etree._Element) -> bytes:
    return etree.tostring(document, encoding="UTF-8", xml_declaration=True)
