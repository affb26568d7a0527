"""The header of a CDA in words, for the top of a page: who, about whom, when, and who answers for it.

May import: this room, people, errors.
"""

from __future__ import annotations

from collections.abc import Iterator

from carnet.documents.cda_header import CdaHeader
from carnet.documents.codes import CodeList, label
from carnet.documents.entry import Author
from carnet.documents.time import Dtm
from carnet.people.patient import Traits

_WORDS = {
    "fr": ("Type", "Date du document", "Début des soins", "Patient", "Naissance", "Auteur", "Responsable", "Gardé par"),
    "en": ("Type", "Date of the document", "Start of care", "Patient", "Birth", "Author", "Responsible", "Kept by"),
}


def header_lines(header: CdaHeader, language: str = "fr") -> tuple[tuple[str, str], ...]:
    """Pairs of a label and its words, in the order of a letterhead; what the header does not say is left out."""
    return tuple(pair for pair in _lines(header, _WORDS.get(language, _WORDS["fr"]), language) if pair[1])


def _lines(header: CdaHeader, words: tuple[str, ...], language: str) -> Iterator[tuple[str, str]]:
    kind, made, care, patient, birth, author, responsible, kept = words
    if header.type_code is not None:
        yield kind, label(CodeList.TYPE, header.type_code.code, language)
    yield made, _day(header.creation_time, language)
    yield care, _day(header.service_start_time, language)
    if header.traits is not None:
        yield patient, _name(header.traits)
        yield birth, header.traits.birth_date
    for found in header.authors:
        yield author, _signature(found)
    if header.legal_authenticator is not None:
        yield responsible, header.legal_authenticator.name
    if header.custodian is not None:
        yield kept, header.custodian.name


def _name(traits: Traits) -> str:
    name = f"{traits.given} {traits.family}".strip()
    return f"{name} ({traits.birth_family})" if traits.family != traits.birth_family else name


def _signature(author: Author) -> str:
    parts = [author.person.name if author.person else ""]
    parts += [specialty.display for specialty in author.specialties]
    parts.append(author.institution.name if author.institution else "")
    return ", ".join(part for part in parts if part)


def _day(moment: Dtm | None, language: str) -> str:
    """The day as written by the author: it is not moved to another time zone."""
    if moment is None:
        return ""
    year, month, day = moment.text[:4], moment.text[4:6], moment.text[6:8]
    parts = [part for part in (year, month, day) if part]
    return "-".join(parts) if language == "en" else "/".join(reversed(parts))
