"""In which shape the bytes of a document can be shown, decided from what they are and not from what they claim.

Nothing of a document runs here: structured ones are shown from their narrative, built anew by `documents.narrative`.
A PDF that could act (a script, a program to start, files inside) is for downloading only, and its reader is warned.
May import: documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carnet.documents import embedded, narrative
from carnet.documents.media import sniff
from carnet.documents.safety.images import is_bearable
from carnet.documents.safety.pdf import look_into
from carnet.errors import InvalidDocument

_CDA = frozenset({"text/xml", "application/xslt+xml"})
_IMAGES = frozenset({"image/jpeg", "image/png"})
_LONGEST_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file that a browser may be handed to show: a PDF or an image, that is what it says."""

    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """How to show a document. `file` is what stands behind the shapes pdf and image, or the PDF copy of a narrative.

    `can_act` when a PDF in it is not opened here because of what it could do.
    """

    shape: Literal["narrative", "text", "image", "pdf", "none"]
    narrative: str = ""
    text: str = ""
    file: ShownFile | None = None
    can_act: bool = False


NOT_SHOWN = Reading("none")


def read(mime_type: str, content: bytes) -> Reading:
    """How to show these bytes. What cannot be shown safely is for downloading only; no document makes this fail."""
    if mime_type.partition(";")[0].strip() not in _CDA:
        return _of_file(mime_type, content)
    try:
        body = embedded.body_file(content)
        if body is not None:
            return _of_file(body.mime_type, body.content)
        copy = embedded.printable_copy(content)
        acts = copy is not None and _can_act(copy.content)
        file = _shown(copy.content) if copy is not None and not acts else None
        return Reading("narrative", narrative.render(content, heading=2), file=file, can_act=acts)
    except InvalidDocument:
        return NOT_SHOWN


def _of_file(mime_type: str, content: bytes) -> Reading:
    if mime_type.partition(";")[0].strip() == "text/plain":
        return Reading("text", text=_decoded(content[:_LONGEST_TEXT]))
    file = _shown(content)
    if file is None:
        return NOT_SHOWN
    if _can_act(content):
        return Reading("none", can_act=True)
    return Reading("image" if file.mime_type in _IMAGES else "pdf", file=file)


def _shown(content: bytes) -> ShownFile | None:
    """A file that browsers show without running it, by its own bytes; a PDF begins with its mark, or it is none."""
    found = sniff(content)
    if (found in _IMAGES and is_bearable(content)) or (found == "application/pdf" and content.startswith(b"%PDF-")):
        return ShownFile(found, content)
    return None


def _can_act(content: bytes) -> bool:
    """A PDF of which anything could act, or that would blow up: one kept before this was looked at may."""
    if sniff(content) != "application/pdf":
        return False
    look = look_into(content)
    return bool(look.acts or look.bomb)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
