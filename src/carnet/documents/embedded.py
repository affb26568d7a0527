"""Files inside a CDA: the body of a level 1 document, the PDF copy of a structured one, its attachments.

The bytes are given as they are: whoever shows them sets a type, and never trusts it to a browser's guess.
May import: this room, people, errors.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator

import msgspec
from lxml import etree

from carnet.documents.cda_header import clinical_document
from carnet.documents.cda_read import HL7, every, first, text_of
from carnet.documents.xml import parse
from carnet.errors import InvalidDocument, Issue

COPY_SECTION = "55108-5"   # LOINC: copy of the document, as a PDF (CI-SIS)


class EmbeddedFile(msgspec.Struct, frozen=True):
    """A file found in a document: `identifier` is its XML ID there, empty for the body."""

    mime_type: str
    content: bytes
    identifier: str = ""
    title: str = ""


def body_file(content: bytes) -> EmbeddedFile | None:
    """The body of a level 1 CDA, or None when the document is structured. Raises InvalidDocument."""
    text = first(clinical_document(parse(content)), "component/nonXMLBody/text")
    if text is None or first(text, "reference") is not None:
        return None
    found = _file_of(text)
    if found is None:
        raise InvalidDocument(
            Issue("structure", "the body cannot be decoded", "/ClinicalDocument/component/nonXMLBody/text")
        )
    return found


def printable_copy(content: bytes) -> EmbeddedFile | None:
    """The PDF that a structured CDA holds as a copy of itself, or None. Raises InvalidDocument."""
    for section in clinical_document(parse(content)).iter(f"{{{HL7}}}section"):
        code = first(section, "code")
        if code is not None and code.get("code") == COPY_SECTION:
            return next((media for media in media_of(section) if media.mime_type == "application/pdf"), None)
    return None


def attachments(content: bytes) -> tuple[EmbeddedFile, ...]:
    """Every file that the sections hold, in the order of the document. Raises InvalidDocument."""
    return tuple(media_of(clinical_document(parse(content))))


def media_of(element: etree._Element) -> Iterator[EmbeddedFile]:
    """The files below an element; those that cannot be decoded are left out."""
    for media in element.iter(f"{{{HL7}}}observationMedia"):
        found = _file_of(first(media, "value"))
        if found is not None:
            yield msgspec.structs.replace(found, identifier=media.get("ID", ""), title=_title_of(media))


def _file_of(value: etree._Element | None) -> EmbeddedFile | None:
    """An encapsulated value (ED), or None when it is elsewhere, compressed, or not decodable."""
    if value is None or value.get("compression"):
        return None
    media_type = value.get("mediaType", "text/plain").partition(";")[0].strip().lower()
    if value.get("representation") != "B64":
        text = "".join(map(str, value.itertext())).strip()
        return EmbeddedFile(media_type, text.encode()) if text else None
    try:
        content = b64decode("".join((value.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return EmbeddedFile(media_type, content) if content else None


def _title_of(media: etree._Element) -> str:
    """The title of the section that holds it."""
    section = next(media.iterancestors(f"{{{HL7}}}section"), None)
    return text_of(next(iter(every(section, "title")), None))
