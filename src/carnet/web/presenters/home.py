"""The patient's first page: the state of the record in one look, and the way to everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from carnet.documents.entry import DocumentEntry
from carnet.rights.held import RecordState
from carnet.rights.party import Party
from carnet.web.days import Calendar
from carnet.web.presenters.documents import DocumentLine, DocumentsPresenter
from carnet.web.presenters.history import HistoryPresenter, Titled, VisitLine, visitors
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.history import HistoryLine
    from carnet.record.status import RecordStatus

_LATEST = 5
_DOORS = {
    "professionals": "/moi/professionnels", "choices": "/moi/choix", "add": "/moi/documents/ajouter",
    "results": "/moi/resultats", "people": "/moi/proches", "life": "/moi/carnet", "keeper": "/moi/hebergeur",
}

_OF_ACTIVE = ("results", "professionals", "choices", "add", "people")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number to see at once, or a word."""

    name: str
    value: str
    is_words: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """A page, and what it is for."""

    words: str
    what: str
    path: str


@dataclass(frozen=True, slots=True)
class HomeView:
    """The page. `visits` is None for who does not see them."""

    title: str
    state: str
    notice: Tag | None
    figures: tuple[Figure, ...]
    latest: tuple[DocumentLine, ...] | None
    visits: tuple[VisitLine, ...] | None
    doors: tuple[Door, ...]


@dataclass(frozen=True, slots=True)
class HomePresenter:
    """The page of an open record, or of a closed one, which shows its history alone. `me` is the reader as an actor."""

    words: Words
    calendar: Calendar
    me: str

    def view(
        self, status: RecordStatus, entries: Sequence[DocumentEntry], lines: Sequence[HistoryLine],
        *, notice: Tag | None = None,
    ) -> HomeView:
        """The page."""
        documents = DocumentsPresenter(self.words, self.calendar, "/moi/documents")
        history = HistoryPresenter(self.words, self.calendar, titles_of(entries), self.me)
        is_active = status.state is RecordState.ACTIVE
        is_helper = status.party is Party.CAREGIVER
        came = visitors(lines, _LATEST, self.me)
        title = self.words(f"home.title{_of_other(status)}", given=status.traits.given.title())
        return HomeView(
            title, self._state(status), notice,
            self._figures(entries, came, is_active=is_active, is_helper=is_helper),
            tuple(documents.line(entry) for entry in entries[:_LATEST]) if is_active else None,
            None if is_helper else tuple(history.visit(line, with_day=True) for line in came),
            self._doors(is_active=is_active, is_helper=is_helper),
        )

    def _state(self, status: RecordStatus) -> str:
        if status.state is RecordState.SUSPENDED:
            return self.words("home.suspended")
        key, since = ("open", status.opened_at) if status.closed_at is None else ("closed", status.closed_at)
        when = self.calendar.medium(self.calendar.day_of(since))
        return self.words(f"home.{key}_since{_of_other(status)}", when=when)

    def _figures(
        self, entries: Sequence[DocumentEntry], came: Sequence[HistoryLine], *, is_active: bool, is_helper: bool,
    ) -> tuple[Figure, ...]:
        figures = []
        if is_active:
            newest = self.words("home.nothing")
            if entries:
                newest = self.calendar.medium(self.calendar.day_of_document(entries[0].creation_time))
            figures += [
                Figure(self.words("home.documents"), str(len(entries))),
                Figure(self.words("home.newest"), newest, is_words=True)]
        if not is_helper:
            last = self.calendar.moment(came[0].at) if came else self.words("home.nobody")
            figures.append(Figure(self.words("home.last_visit"), last, is_words=True))
        return tuple(figures)

    def _doors(self, *, is_active: bool, is_helper: bool) -> tuple[Door, ...]:
        """What can be done, most wanted first; a page that would only say no is not offered."""
        if is_helper:
            names = ["add", "results", "people"]
        else:
            names = [*_OF_ACTIVE, "life"] if is_active else ["life", "people"]
            names.append("keeper")
        return tuple(Door(self.words(f"door.{name}"), self.words(f"door.{name}_what"), _DOORS[name]) for name in names)


def _of_other(status: RecordStatus) -> str:
    """The end of the keys that speak to who acts for the holder."""
    return "_other" if status.party in (Party.REPRESENTATIVE, Party.CAREGIVER) else ""


def titles_of(entries: Sequence[DocumentEntry], path: str = "/moi/documents") -> dict[UUID, Titled]:
    """How a history names the documents that its reader may open."""
    return {entry.entry_uuid: Titled(entry.title, f"{path}/{entry.logical_id}") for entry in entries}
