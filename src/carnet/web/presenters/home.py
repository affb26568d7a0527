"""The patient's first page: the state of the record in one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from carnet.documents.entry import DocumentEntry
from carnet.web.days import Calendar
from carnet.web.presenters.documents import DocumentLine, DocumentsPresenter
from carnet.web.presenters.history import HistoryPresenter, Titled, VisitLine, visitors
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.history import HistoryLine
    from carnet.record.status import RecordStatus

_LATEST = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to see at once, or a word."""

    name: str
    value: str
    is_words: bool = False


@dataclass(frozen=True, slots=True)
class HomeView:
    """The page."""

    given: str
    state: str
    notice: Tag | None
    figures: tuple[Figure, ...]
    latest: tuple[DocumentLine, ...]
    visits: tuple[VisitLine, ...]


def present_home(
    status: RecordStatus, entries: Sequence[DocumentEntry], lines: Sequence[HistoryLine],
    *, words: Words, calendar: Calendar, notice: Tag | None = None,
) -> HomeView:
    """The page of an open record, or of a closed one, which shows its history alone."""
    documents = DocumentsPresenter(words, calendar, "/moi/documents")
    history = HistoryPresenter(words, calendar, titles_of(entries))
    since = calendar.medium(calendar.day_of(status.opened_at))
    if status.closed_at is None:
        state = words("home.open_since", when=since)
    else:
        state = words("home.closed_since", when=calendar.medium(calendar.day_of(status.closed_at)))
    came = visitors(lines, _LATEST)
    return HomeView(
        status.traits.given.title(), state, notice, _figures(entries, came, words, calendar),
        tuple(documents.line(entry) for entry in entries[:_LATEST]),
        tuple(history.visit(line, with_day=True) for line in came),
    )


def titles_of(entries: Sequence[DocumentEntry], path: str = "/moi/documents") -> dict[UUID, Titled]:
    """How a history names the documents that its reader may open."""
    return {entry.entry_uuid: Titled(entry.title, f"{path}/{entry.logical_id}") for entry in entries}


def _figures(
    entries: Sequence[DocumentEntry], came: Sequence[HistoryLine], words: Words, calendar: Calendar
) -> tuple[Figure, ...]:
    last = calendar.moment(came[0].at) if came else words("home.nobody")
    newest = calendar.medium(calendar.day_of_document(entries[0].creation_time)) if entries else words("home.nothing")
    return (
        Figure(words("home.documents"), str(len(entries))),
        Figure(words("home.newest"), newest, is_words=True),
        Figure(words("home.last_visit"), last, is_words=True),
    )
