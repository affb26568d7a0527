"""Small things that many pages show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from carnet.documents.codes import CodeList, label
from carnet.documents.entry import Author, DocumentEntry
from carnet.people.code import Code
from carnet.web.words import Language, Words

Tone = Literal["good", "warn", "bad", "plain", ""]


@dataclass(frozen=True, slots=True)
class Tag:
    """A short word in a coloured pill; the colour says nothing that the word does not."""

    words: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a value; `language` when the value is not in that of the page."""

    name: str
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A link."""

    words: str
    path: str
    is_current: bool = False


def author_name(author: Author) -> str:
    """`Dr Jeanne EXEMPLE, Cabinet des Lilas`."""
    person = author.person.name if author.person else ""
    institution = author.institution.name if author.institution else ""
    return ", ".join(part for part in (person, institution) if part)


def authors_of(entry: DocumentEntry) -> tuple[str, ...]:
    """The authors of a document, as people read them; those without any name are left out."""
    return tuple(name for author in entry.authors if (name := author_name(author)))


def size(octets: int, words: Words) -> str:
    """`139 ko`, `1,7 Mo`."""
    if octets < 1_000_000:
        return words("size.kilo", size=max(1, round(octets / 1000)))
    text = f"{octets / 1_000_000:.1f}"
    return words("size.mega", size=text.replace(".", ",") if words.language is Language.FR else text)


def form_of(mime_type: str, words: Words) -> str:
    """What kind of file this is, for people."""
    key = "mime." + re.sub(r"[/+.]", "_", mime_type.partition(";")[0].strip())
    return words(key) if words.has(key) else words("mime.other")


def profession_name(profession: Code, words: Words) -> str:
    """What people of this profession (a code of TRE_G15) are called."""
    return label(CodeList.SPECIALTY, f"G15_{profession.code}", words.language)
