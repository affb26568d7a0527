"""The list of documents: in what order, under which headings, with which filters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from carnet.documents.codes import CodeList, label
from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.web import forms
from carnet.web.categories import categories, category_label, category_mark, category_of
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag, Way, authors_of, form_of
from carnet.web.words import Words

BY_DATE, BY_CATEGORY = "date", "categorie"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the visitor wants to see: every given part must match."""

    text: str = ""
    category: str = ""
    author: str = ""
    since: date | None = None
    until: date | None = None
    order: str = BY_DATE

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filter:
        """From a query string. What makes no sense is left out: a filter is no place for an error page."""
        return cls(
            query.get("text", "").strip()[:200], query.get("category", ""), query.get("author", ""),
            _day(query.get("since", "")), _day(query.get("until", "")),
            BY_CATEGORY if query.get("par") == BY_CATEGORY else BY_DATE,
        )

    @property
    def is_empty(self) -> bool:
        """True when it lets everything through."""
        return not (self.text or self.category or self.author or self.since or self.until)

    def takes(self, entry: DocumentEntry, calendar: Calendar) -> bool:
        """True if this document is among those asked for."""
        day = calendar.day_of_document(entry.creation_time)
        return (
            all(word in _searched(entry) for word in _plain(self.text).split())
            and self.category in ("", category_of(entry))
            and (not self.author or self.author in authors_of(entry))
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document in a list."""

    path: str
    title: str
    language: str
    kind: str
    author: str
    form: str
    when: str
    iso_day: str
    category_mark: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Documents under one heading."""

    title: str
    anchor: str
    documents: tuple[DocumentLine, ...]


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """A page of documents."""

    path: str
    count: str
    order: str
    orders: tuple[Way, ...]
    fields: Mapping[str, forms.Field]
    is_filtered: bool
    groups: tuple[Group, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class DocumentsPresenter:
    """Presents the documents found at `path`, whose pages are under it."""

    words: Words
    calendar: Calendar
    path: str

    def view(self, entries: Sequence[DocumentEntry], wanted: Filter) -> DocumentsView:
        """The page for these entries, newest first as they came."""
        kept = [entry for entry in entries if wanted.takes(entry, self.calendar)]
        groups = self._by_category(kept) if wanted.order == BY_CATEGORY else self._by_month(kept)
        count, nothing = ("count", "none_yet") if wanted.is_empty else ("found", "none")
        return DocumentsView(
            self.path, self.words(f"documents.{count}", n=len(kept)), wanted.order, self._orders(wanted),
            self._fields(entries, wanted), not wanted.is_empty, tuple(groups), self.words(f"documents.{nothing}"),
        )

    def line(self, entry: DocumentEntry, *, with_year: bool = True) -> DocumentLine:
        """One line. `with_year` is False where a heading already says it."""
        day = self.calendar.day_of_document(entry.creation_time)
        authors = authors_of(entry)
        return DocumentLine(
            f"{self.path}/{entry.logical_id}", entry.title, entry.language_code,
            label(CodeList.TYPE, entry.type_code.code), authors[0] if authors else "",
            form_of(entry.mime_type, self.words),
            self.calendar.medium(day) if with_year else self.calendar.short(day), day.isoformat(),
            category_mark(category_of(entry)), self._tags(entry),
        )

    def _tags(self, entry: DocumentEntry) -> tuple[Tag, ...]:
        tags = []
        if Visibility.INVISIBLE_PATIENT in entry.visibility:
            tags.append(Tag(self.words("documents.unannounced"), "bad"))
        if Visibility.INVISIBLE_REPRESENTANTS_LEGAUX in entry.visibility:
            tags.append(Tag(self.words("documents.hidden"), "warn"))
        if entry.is_masked_from_professionals:
            tags.append(Tag(self.words("documents.masked"), "warn"))
        if entry.availability_status is AvailabilityStatus.DEPRECATED:
            tags.append(Tag(self.words("documents.replaced"), "plain"))
        if entry.availability_status is AvailabilityStatus.ARCHIVED:
            tags.append(Tag(self.words("documents.archived"), "plain"))
        return tuple(tags)

    def _by_month(self, entries: Iterable[DocumentEntry]) -> list[Group]:
        months: dict[tuple[int, int], list[DocumentEntry]] = {}
        for entry in entries:
            day = self.calendar.day_of_document(entry.creation_time)
            months.setdefault((day.year, day.month), []).append(entry)
        return [
            Group(self.calendar.month(date(year, month, 1)), f"m{year}-{month:02d}",
                  tuple(self.line(entry, with_year=False) for entry in found))
            for (year, month), found in sorted(months.items(), reverse=True)
        ]

    def _by_category(self, entries: Iterable[DocumentEntry]) -> list[Group]:
        by_category: dict[str, list[DocumentEntry]] = {}
        for entry in entries:
            by_category.setdefault(category_of(entry), []).append(entry)
        return [
            Group(category_label(category, self.words.language), f"c-{category_mark(category)}",
                  tuple(self.line(entry) for entry in by_category[category]))
            for category in categories() if category in by_category
        ]

    def _orders(self, wanted: Filter) -> tuple[Way, ...]:
        given = {"text": wanted.text, "category": wanted.category, "author": wanted.author,
                 "since": _iso(wanted.since), "until": _iso(wanted.until)}
        kept = {name: value for name, value in given.items() if value}
        return tuple(
            Way(self.words(f"documents.by_{order}"), f"{self.path}?{urlencode({'par': order, **kept})}",
                is_current=order == wanted.order)
            for order in (BY_DATE, BY_CATEGORY)
        )

    def _fields(self, entries: Sequence[DocumentEntry], wanted: Filter) -> dict[str, forms.Field]:
        """Lists offer only what this record holds, of what the asker may see."""
        present = {category_of(entry) for entry in entries}
        offered = [(code, category_label(code, self.words.language)) for code in categories() if code in present]
        authors = sorted({name for entry in entries for name in authors_of(entry)}, key=_plain)
        answers = forms.Answers({
            "text": wanted.text, "category": wanted.category, "author": wanted.author,
            "since": _iso(wanted.since), "until": _iso(wanted.until),
        }, {})
        anything = ("", self.words("documents.all"))
        lists = {
            "category": (("", (anything, *offered)),),
            "author": (("", (anything, *((name, name) for name in authors))),),
        }
        return {
            name: forms.field(self.words, "filter", name, answers, choices=lists.get(name, ()))
            for name in ("text", "category", "author", "since", "until")
        }


def _searched(entry: DocumentEntry) -> str:
    kind = label(CodeList.TYPE, entry.type_code.code)
    return _plain(" ".join((entry.title, entry.comments, kind, *authors_of(entry))))


def _plain(text: str) -> str:
    """Without accents or capitals, as people type when they search."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
