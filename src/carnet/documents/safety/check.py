"""Is this file what it is declared as, and only that, and of a size that a reader's computer bears?

Judged for a document and for every file inside it. What could merely act, a script in a PDF, is no reason to refuse:
it is kept, and pages do not open it. May import: documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from carnet.documents.media import ACCEPTED, OTHER_XML, agrees, sniff
from carnet.documents.safety.images import MOST_PIXELS, is_bearable
from carnet.documents.safety.inside import Carried
from carnet.documents.safety.pdf import look_into
from carnet.errors import INFORMATIONAL, Issue

_XML = frozenset({"text/xml", "application/xml", "application/fhir+xml"})
_PROGRAMS = {b"MZ": "a program (PE)", b"\x7fELF": "a program (ELF)", b"\xca\xfe\xba\xbe": "a program",
             b"\xcf\xfa\xed\xfe": "a program (Mach-O)", b"\xd0\xcf\x11\xe0": "an office file that can hold macros"}
_IMAGES = frozenset({"image/jpeg", "image/png", "image/tiff"})
_NEVER = frozenset({"text/html", "application/zip"})
_ZIP_END, _ZIP_END_BYTES, _ZIP_COMMENT_BYTES = b"PK\x05\x06", 22, 65535
_PDF_HEAD_BYTES = 1024


def safety_issues(files: Iterable[Carried], where: str) -> Iterator[Issue]:
    """Everything for which a document is refused, whichever of its files it is in, and what its sender is told of one
    that is kept (code `informational`).
    """
    for file in files:
        inside = f"file {file.place} inside the document: " if file.place else ""
        for code, message in _wrongs(file):
            yield Issue(code, inside + message, f"{where}.content")


def _wrongs(file: Carried) -> Iterator[tuple[str, str]]:
    content, found = file.content, sniff(file.content)
    program = next((name for mark, name in _PROGRAMS.items() if content.startswith(mark)), "")
    if program:
        yield "security", f"{program} is not accepted"
    elif file.place and found in _NEVER:
        yield "security", f"a file of type {found} is not accepted there"
    elif file.place and not _may_be_declared(file.declared, found):
        yield "value", f"declared {file.declared[:60]}, but the bytes are {found}"
    if found != "text/plain" and _is_also_a_zip(content):
        yield "security", "the bytes are a ZIP archive too"
    if found == "application/pdf":
        yield from _wrong_pdf(content)
    elif found.startswith("image/") and not is_bearable(content):
        yield "too-costly", f"an image of more than {MOST_PIXELS} pixels"


def _may_be_declared(declared: str, found: str) -> bool:
    """A file inside may be of a type that the record does not take alone: nobody is shown it."""
    if declared in _XML and found == OTHER_XML:
        return True
    if declared in _IMAGES and found in _IMAGES:
        return True         # official examples carry a PNG that is declared a JPEG; pages go by the bytes
    return declared not in ACCEPTED or agrees(declared, found)


def _wrong_pdf(content: bytes) -> Iterator[tuple[str, str]]:
    before = content[: content.find(b"%PDF-", 0, _PDF_HEAD_BYTES)]
    if before.removeprefix(b"\xef\xbb\xbf").strip():
        yield "security", "something stands before the beginning of the PDF"
    look = look_into(content)
    if look.bomb:
        yield "too-costly", f"a PDF that cannot be opened safely: {look.bomb}"
    elif look.acts:
        acts = ", ".join(sorted(look.acts))
        yield INFORMATIONAL, f"a PDF that can act ({acts}): it is kept, and pages offer it for downloading only"


def _is_also_a_zip(content: bytes) -> bool:
    """Does an archive end exactly where the file does? Programs find an archive from its end."""
    at = content.rfind(_ZIP_END, max(0, len(content) - _ZIP_END_BYTES - _ZIP_COMMENT_BYTES))
    if at < 0 or at + _ZIP_END_BYTES > len(content):
        return False
    return at + _ZIP_END_BYTES + int.from_bytes(content[at + 20 : at + 22], "little") == len(content)
