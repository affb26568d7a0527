"""Where the patient finds a document: the categories of the national portal (SPEC 8.1), in their order and words.

May import: documents.
"""

from __future__ import annotations

from carnet.documents import codes
from carnet.documents.codes import CodeList, every, label
from carnet.documents.entry import DocumentEntry
from carnet.web.words import Language


def category_of(entry: DocumentEntry) -> str:
    """The code of its category."""
    return codes.category_of(entry.type_code.code)


def categories() -> tuple[str, ...]:
    """All codes, in the order in which they are shown."""
    return tuple(category.code for category in every(CodeList.CATEGORY))


def category_label(category: str, language: Language) -> str:
    """What a category is called."""
    return label(CodeList.CATEGORY, category, language)


def category_mark(category: str) -> str:
    """The class of its colour in the stylesheet."""
    return category.lower().replace("_", "-")
