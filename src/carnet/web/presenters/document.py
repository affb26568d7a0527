"""One document opened: in which shape it can be shown, and who sent it, when, of what kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from carnet.documents.codes import CodeList, label
from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.web.days import Calendar
from carnet.web.presenters.conformity import ConformityView
from carnet.web.presenters.words import Fact, Tag, authors_of, form_of, size
from carnet.web.reading import Reading
from carnet.web.words import Words

Shape = Literal["narrative", "text", "image", "pdf", "none"]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document on its page. `narrative` is the only HTML that comes from a document, made safe before."""

    title: str
    language: str
    summary: str
    shape: Shape
    narrative: Markup
    text: str
    content_path: str
    download_path: str
    has_copy: bool
    size: str
    notices: tuple[Tag, ...]
    facts: tuple[Fact, ...]
    conformity: ConformityView | None = None


def present_document(
    entry: DocumentEntry, reading: Reading, path: str, *, words: Words, calendar: Calendar
) -> DocumentView:
    """The page of this document, whose bytes are under `path`."""
    authors = authors_of(entry)
    when = calendar.document_time(entry.creation_time)
    key = "document.summary" if authors else "document.summary_bare"
    return DocumentView(
        entry.title, entry.language_code, words(key, author="".join(authors[:1]), when=when),
        reading.shape, Markup(reading.narrative), reading.text,  # noqa: S704  built by documents.narrative, escaped there
        f"{path}/contenu", f"{path}/original", reading.shape == "narrative" and reading.file is not None,
        size(entry.size, words),
        (*_notices(entry, words), *_warned(reading, words)), tuple(describe(entry, words, calendar)),
    )


def describe(entry: DocumentEntry, words: Words, calendar: Calendar) -> list[Fact]:
    """The fiche of a document, in words; what is empty is left out."""
    period = [calendar.document_time(time) for time in (entry.service_start_time, entry.service_stop_time) if time]
    facts = [
        Fact(words("fact.title"), entry.title, entry.language_code),
        Fact(words("fact.type"), label(CodeList.TYPE, entry.type_code.code, words.language)),
        Fact(words("fact.class"), label(CodeList.CLASS, entry.class_code.code, words.language)),
        Fact(words("fact.created"), calendar.document_time(entry.creation_time)),
        Fact(words("fact.care"), " – ".join(dict.fromkeys(period))),
        *(Fact(words("fact.author"), author) for author in authors_of(entry)),
        Fact(words("fact.signed"), entry.legal_authenticator.name if entry.legal_authenticator else ""),
        Fact(words("fact.comments"), entry.comments, entry.language_code),
        Fact(words("fact.facility"), _label(CodeList.FACILITY_TYPE, entry.healthcare_facility_type_code.code, words)),
        Fact(words("fact.setting"), _label(CodeList.PRACTICE_SETTING, entry.practice_setting_code.code, words)),
        Fact(words("fact.form"), f"{form_of(entry.mime_type, words)}, {size(entry.size, words)}"),
        Fact(words("fact.identifier"), entry.unique_id),
    ]
    return [fact for fact in facts if fact.value]


def _label(code_list: CodeList, code: str, words: Words) -> str:
    return label(code_list, code, words.language)


def _notices(entry: DocumentEntry, words: Words) -> tuple[Tag, ...]:
    notices = []
    if Visibility.INVISIBLE_PATIENT in entry.visibility:
        notices.append(Tag(words("document.is_unannounced"), "bad"))
    if Visibility.INVISIBLE_REPRESENTANTS_LEGAUX in entry.visibility:
        notices.append(Tag(words("document.is_hidden"), "warn"))
    if entry.availability_status is AvailabilityStatus.DEPRECATED:
        notices.append(Tag(words("document.is_replaced"), "warn"))
    if entry.is_masked_from_professionals:
        notices.append(Tag(words("document.is_masked"), "warn"))
    return tuple(notices)


def _warned(reading: Reading, words: Words) -> tuple[Tag, ...]:
    return (Tag(words("document.can_act"), "warn"),) if reading.can_act else ()
