"""What bytes are, whatever their sender says: a declared type that contradicts them is refused.

Only the types that the record takes are told apart; the rest is `application/octet-stream`.
May import: nothing of the project.
"""

from __future__ import annotations

import re

UNKNOWN = "application/octet-stream"
CDA = "text/xml"
SELF_PRESENTING_CDA = "application/xslt+xml"
OTHER_XML = "application/xml"

# What a document may be declared as (SPEC 5.4, 5.6).
ACCEPTED = frozenset({
    "text/xml", "application/xml", "application/xslt+xml", "application/pdf", "application/dicom",
    "application/fhir+json", "application/fhir+xml",
    "text/plain", "text/rtf", "application/rtf", "image/jpeg", "image/png", "image/tiff",
})

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "text/rtf"),
    (b"PK\x03\x04", "application/zip"),
)
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Atomic groups: a hostile prologue of many comments costs no more than its length.
_ROOT = re.compile(r"(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<(?:[\w.-]+:)?([A-Za-z_][\w.-]*|!DOCTYPE)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_HEAD_BYTES = 2048
_PROLOGUE_BYTES = 262144   # a root element may come after long comments

# What may be declared for what was found; a type that is not here must be found as it is declared.
_ALSO = {
    "text/xml": {"application/xml"},
    OTHER_XML: {"application/fhir+xml"},
    "text/rtf": {"application/rtf"},
    "application/json": {"text/plain"},
}


def sniff(content: bytes) -> str:
    """The media type that the bytes show. `text/xml` is a CDA, `application/xml` any other XML."""
    if b"%PDF-" in content[:1024]:
        return "application/pdf"
    if content[128:132] == b"DICM":
        return "application/dicom"
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    text = _head(content, _HEAD_BYTES)
    if text is None:
        return UNKNOWN
    stripped = text.lstrip()
    if stripped.startswith("<"):
        return _xml_kind(content)
    if stripped.startswith("{"):
        return "application/fhir+json" if b'"resourceType"' in content[:_PROLOGUE_BYTES] else "application/json"
    return "text/plain"


def agrees(declared: str, found: str) -> bool:
    """True if bytes that `sniff` found to be of a type may be declared as this one. Other XML than a CDA never may."""
    declared = declared.partition(";")[0].strip().lower()
    return (declared == found and found != OTHER_XML) or declared in _ALSO.get(found, ())


def _head(content: bytes, length: int) -> str | None:
    """The beginning as text, or None when it is no text."""
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            content, encoding = content[len(mark):], name
            break
    head = content[:length]
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if len(content) > length and error.start >= len(head) - 4:
            text = head[: error.start].decode(encoding)     # only the last character was cut
        else:
            text = head.decode("latin-1")                   # binary will show its control characters
    return None if _CONTROL.search(text) else text


def _xml_kind(content: bytes) -> str:
    heads = ((_head(content, length) or "").lstrip() for length in (_HEAD_BYTES, _PROLOGUE_BYTES))
    found = next(filter(None, map(_ROOT.match, heads)), None)
    root = found.group(1) if found else ""
    if root == "ClinicalDocument":
        return CDA
    if root in ("stylesheet", "transform") and b"ClinicalDocument" in content:
        return SELF_PRESENTING_CDA
    if root.lower() == "html" or (root == "!DOCTYPE" and b"html" in content[:200].lower()):
        return "text/html"
    return OTHER_XML if found else "text/plain"
