"""Every file that a document carries in base64, wherever it stands: what hides in one is judged like what comes alone.

A CDA: each encapsulated value (HL7 ED, `representation="B64"`), that of a level 1 body and of the PDF copy (LOINC
55108-5) among them. FHIR, as JSON or XML: each `data` (Attachment, Binary). May import: documents, errors.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from lxml import etree

from carnet.documents.media import CDA, OTHER_XML, SELF_PRESENTING_CDA, sniff
from carnet.documents.xml import parse
from carnet.errors import InvalidDocument, Issue

MOST_FILES = 200
DEEPEST = 3
_FHIR_JSON = "application/fhir+json"
_FHIR = "{http://hl7.org/fhir}"
_SHORTEST_BASE64 = 8
# What is written in letters other than those of ASCII says so at its beginning, or has zeros between them.
_OTHER_LETTERS = re.compile(rb"encoding\s*=\s*[\"'](?!utf-8|iso-8859-|us-ascii|windows-125)", re.IGNORECASE)
_HEAD_BYTES = 400


@dataclass(frozen=True, slots=True)
class Carried:
    """A file, what its carrier declares it as, and where it stands: 0 is the document itself."""

    declared: str
    content: bytes
    place: int = 0


def carried(declared: str, content: bytes) -> tuple[Carried, ...]:
    """The document, then every file inside it and inside those. Raises InvalidDocument for too many or too deep ones.
    """
    found = [Carried(_plain(declared), content)]
    for file in _below(content, 0):
        if len(found) > MOST_FILES:
            raise InvalidDocument(Issue("too-costly", f"more than {MOST_FILES} files inside one document"))
        found.append(Carried(file.declared, file.content, len(found)))
    return tuple(found)


def _below(content: bytes, depth: int) -> Iterator[Carried]:
    for file in _directly_inside(content):
        if depth >= DEEPEST:
            raise InvalidDocument(Issue("too-costly", f"files inside files, more than {DEEPEST} deep"))
        yield file
        yield from _below(file.content, depth + 1)


def _directly_inside(content: bytes) -> Iterator[Carried]:
    match sniff(content):
        case kind if kind in (CDA, SELF_PRESENTING_CDA) and _may_carry(content):
            yield from _encapsulated(parse(content))
        case kind if kind == OTHER_XML and b"http://hl7.org/fhir" in content:
            yield from _of_fhir_xml(parse(content))
        case kind if kind == _FHIR_JSON:
            yield from _of_fhir_json(content)


def _may_carry(content: bytes) -> bool:
    """False only if no attribute can say B64: its name, or its value in letters or numbers, is nowhere; and
    nothing is in another encoding.

    Reading a CDA again costs as much as its deposit did; most carry nothing.
    """
    if b"representation" in content and (b"B64" in content or b"&#" in content):
        return True
    return _has_other_letters(content)


def _has_other_letters(content: bytes) -> bool:
    return b"\0" in content[:_HEAD_BYTES] or _OTHER_LETTERS.search(content, 0, content.find(b"?>") + 1) is not None


def _encapsulated(root: etree._Element) -> Iterator[Carried]:
    for element in root.iter(etree.Element):
        if element.get("representation") == "B64":
            content = _decoded(element.text or "")
            if content and not element.get("compression"):
                yield Carried(_plain(element.get("mediaType", "text/plain")), content)


def _of_fhir_xml(root: etree._Element) -> Iterator[Carried]:
    for element in root.iter(f"{_FHIR}data"):
        content = _decoded(element.get("value", ""))
        if content:
            beside = element.getparent()
            kind = beside.find(f"{_FHIR}contentType") if beside is not None else None
            yield Carried(_plain(kind.get("value", "") if kind is not None else ""), content)


def _of_fhir_json(content: bytes) -> Iterator[Carried]:
    try:
        waiting: list[object] = [msgspec.json.decode(content)]
    except (msgspec.DecodeError, RecursionError):
        raise InvalidDocument(Issue("structure", "not well-formed JSON")) from None
    while waiting:
        match waiting.pop():
            case dict() as node:
                waiting += node.values()
                match node:
                    case {"data": str(data)}:
                        decoded = _decoded(data)
                        if decoded:
                            yield Carried(_plain(str(node.get("contentType", ""))), decoded)
            case list() as nodes:
                waiting += nodes


def _decoded(text: str) -> bytes:
    """The bytes, or nothing when it is no base64: who shows documents leaves the same ones out."""
    text = "".join(text.split())
    if len(text) < _SHORTEST_BASE64:
        return b""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
