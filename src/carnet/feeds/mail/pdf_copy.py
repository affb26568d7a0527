"""A PDF that people can open of each CDA that is sent: its own copy or body, else its words, page after page. Pure.

The words are laid out plainly: titles, texts, one line for each row of a table. Whoever treats a patient opens the CDA.
May import: documents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lxml import etree

from carnet.documents.cda_header import clinical_document
from carnet.documents.cda_read import HL7, every, first, text_of
from carnet.documents.embedded import body_file, printable_copy
from carnet.documents.media import CDA, SELF_PRESENTING_CDA, sniff
from carnet.documents.pdf import text_pdf
from carnet.documents.submission import SubmittedDocument
from carnet.documents.xml import parse

_PDF = "application/pdf"
_IS_A_COPY = "Copie lisible : le document qui fait foi est le CDA joint."
_LINES = frozenset(f"{{{HL7}}}{name}" for name in ("paragraph", "item", "tr", "caption", "br", "list", "table"))
_CELLS = frozenset(f"{{{HL7}}}{name}" for name in ("td", "th"))
# Letters that the one font of the page lacks, written so that nobody reads another thing.
_WRITTEN = {
    "≥": ">=", "≤": "<=", "μ": "µ", "−": "-", "→": "->", "←": "<-", "↑": "(haut)", "↓": "(bas)", "≈": "~", "≠": "<>",
    "α": "alpha", "β": "bêta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda", "Ω": "Ohm", "∞": "infini",
    "\u202f": " ", "\u00a0": " ", "\u2009": " ", "☐": "[ ]", "☑": "[x]", "☒": "[x]", "✓": "[x]",
}


def pdf_copy(document: SubmittedDocument) -> bytes | None:
    """The copy, or None for what is no CDA and can be opened as it is. Raises InvalidDocument."""
    content = document.content
    if sniff(content) not in (CDA, SELF_PRESENTING_CDA):
        return None
    for found in (printable_copy(content), body_file(content)):
        if found is not None and sniff(found.content) == _PDF:
            return found.content
    return text_pdf(_plain(document.entry.title), (_IS_A_COPY, *_paragraphs(content)))


def _paragraphs(content: bytes) -> Iterator[str]:
    root = clinical_document(parse(content))
    for section in every(root, "component/structuredBody/component/section"):
        yield from _section(section)


def _section(section: etree._Element) -> Iterator[str]:
    title = text_of(first(section, "title"))
    if title:
        yield _plain(title.upper())
    text = first(section, "text")
    if text is not None:
        yield from (_plain(line) for line in _lines(text))
    for inner in every(section, "component/section"):
        yield from _section(inner)


def _lines(text: etree._Element) -> Iterator[str]:
    """The text, cut where a reader sees a new line."""
    pieces: list[str] = []
    _gather(text, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    yield from (line.removesuffix("|").strip() for line in lines if line.strip("| "))


def _gather(element: etree._Element, pieces: list[str]) -> None:
    is_line = element.tag in _LINES
    pieces.append("\n" if is_line else "")
    pieces.append(" ".join((element.text or "").split("\n")))
    for child in element:
        _gather(child, pieces)
        pieces.append(" ".join((child.tail or "").split("\n")))
    pieces.append("\n" if is_line else " | " if element.tag in _CELLS else "")


def _plain(text: str) -> str:
    """The same in Western letters; what has no such letter is said to be missing."""
    return "".join(map(_letter, text))


def _letter(letter: str) -> str:
    for form in (letter, _WRITTEN.get(letter, letter), unicodedata.normalize("NFKC", letter)):
        try:
            form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return form
    return "[?]"
