"""Who came to the record, as plain sentences, by day. Refused accesses too.

Lines that say the same of the same person within a few minutes are one sentence: a page opened and its file fetched are
one visit to whoever reads this. The whole list, line by line, stays available through the API.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from carnet.record.history import HistoryLine
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

_SAME_VISIT = timedelta(minutes=10)
_LOOKING = frozenset({"list", "see_status", "see_history", "see_authorisations", "see_choices"})
_READING = _LOOKING | {"read", "browse"}
_MERGED = _READING | {"feed"}
_TITLES = 5
ME, FAMILY = "me", "family"


@dataclass(frozen=True, slots=True)
class Titled:
    """A document that a line is about; without a path if it cannot be opened any more."""

    title: str
    path: str


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One sentence of the history."""

    when: str
    iso: str
    sentence: str
    tag: Tag | None
    documents: tuple[Titled, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of it."""

    title: str
    anchor: str
    visits: tuple[VisitLine, ...]


@dataclass(frozen=True, slots=True)
class HistoryView:
    """The page."""

    who: forms.Field
    what: forms.Field
    days: tuple[Day, ...]
    older_path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose visits (an actor's id, `me`, or empty for everybody), and of which kind."""

    who: str = ""
    what: str = ""

    def takes(self, line: HistoryLine, me: str = "") -> bool:
        """True if this line is among those asked for."""
        who = ME if is_of(me, line) else _person(line)
        return self.who in ("", who) and self.what in ("", _kind(line))


@dataclass(frozen=True, slots=True)
class HistoryPresenter:
    """Puts the lines of a history into words. `titles` are those of documents that the reader may open.

    `me` is the reader as an actor; while it is empty, every line of a patient is taken for the reader's.
    """

    words: Words
    calendar: Calendar
    titles: Mapping[UUID, Titled]
    me: str = ""

    def view(self, lines: Sequence[HistoryLine], wanted: Wanted, *, older_path: str = "") -> HistoryView:
        """The page for these lines, newest first."""
        by_day: dict[date, list[VisitLine]] = {}
        for line in merged((line for line in lines if wanted.takes(line, self.me)), self.me):
            by_day.setdefault(self.calendar.day_of(line.at), []).append(self.visit(line))
        days = tuple(
            Day(self.calendar.long(day).capitalize(), f"j{day.isoformat()}", tuple(visits))
            for day, visits in by_day.items()
        )
        answers = forms.Answers({"who": wanted.who, "what": wanted.what}, {})
        return HistoryView(
            forms.field(self.words, "history", "who", answers, choices=self._people(lines)),
            forms.field(self.words, "history", "what", answers, choices=self._kinds()), days, older_path,
        )

    def visit(self, line: HistoryLine, *, with_day: bool = False) -> VisitLine:
        """One line, said."""
        hour = self.calendar.hour(line.at)
        known = [self.titles[each] for each in dict.fromkeys(line.documents) if each in self.titles]
        return VisitLine(
            f"{self.calendar.short(self.calendar.day_of(line.at))}, {hour}" if with_day else hour,
            line.at.isoformat(), self._sentence(line), self._tag(line),
            tuple(known[:_TITLES]), tuple(self._remarks(line, more=len(known) - _TITLES)),
        )

    def _sentence(self, line: HistoryLine) -> str:
        person = "you" if is_of(self.me, line) else "other"
        act = line.act if self.words.has(f"act.{line.act}.{person}") else "unknown"
        form = person if line.outcome == "done" else f"{person}_refused"
        return self.words(f"act.{act}.{form}", who=self._name(line), act=line.act, n=len(set(line.documents)))

    def _name(self, line: HistoryLine) -> str:
        if line.actor_kind == "system" or not (line.actor_name or line.organisation):
            return self.words("history.platform" if line.actor_kind == "system" else "history.somebody")
        if line.actor_kind == "organisation":   # its software feeds by itself: the name of the program says nothing
            return line.organisation or line.actor_name
        return ", ".join(part for part in (line.actor_name, line.organisation) if part)

    def _tag(self, line: HistoryLine) -> Tag | None:
        if line.outcome != "done":
            return Tag(self.words("history.refused"), "bad")
        return None

    def _remarks(self, line: HistoryLine, *, more: int) -> Iterable[str]:
        if more > 0:
            yield self.words("history.more", n=more)
        for reason in line.reasons:
            if self.words.has(f"reason.{reason}"):   # to the holder one says "you have not", not "the patient has not"
                yield self.words(f"reason.{reason}")
            elif reason in set(Reason):
                yield explain(Reason(reason), self.words.language, to="patient")

    def _people(self, lines: Sequence[HistoryLine]) -> tuple[forms.Group, ...]:
        others = {
            _person(line): self._name(line) if _person(line) != FAMILY else self.words("history.family")
            for line in lines if not is_of(self.me, line) and line.actor_id}
        choices = [("", self.words("history.everybody")), (ME, self.words("history.me"))]
        choices += sorted(others.items(), key=lambda choice: choice[1].casefold())
        return (("", tuple(choices)),)

    def _kinds(self) -> tuple[forms.Group, ...]:
        kinds = ("", "reading", "writing", "refused")
        return (("", tuple((kind, self.words(f"history.kind_{kind or 'all'}")) for kind in kinds)),)


def is_of(me: str, line: HistoryLine) -> bool:
    """True for what the reader did: not for what someone who acts for them did."""
    return line.actor_kind == "patient" and me in ("", line.actor_id)


def _person(line: HistoryLine) -> str:
    """How an address names who did it. The number of a person is never in one: they are all the family."""
    return FAMILY if line.actor_kind == "patient" else line.actor_id


def merged(lines: Iterable[HistoryLine], me: str = "") -> list[HistoryLine]:
    """Lines that say the same within one visit become one, at the time of the last of them. Newest first."""
    kept: list[HistoryLine] = []
    places: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
    for line in (_browsing(line, me) for line in lines):
        said = (line.actor_id, line.act, line.outcome, line.reasons)
        place = places.get(said)
        if place is not None and line.act in _MERGED and kept[place].at - line.at < _SAME_VISIT:
            kept[place] = replace(kept[place], documents=(*kept[place].documents, *line.documents))
        else:
            places[said] = len(kept)
            kept.append(line)
    return kept


def _browsing(line: HistoryLine, me: str) -> HistoryLine:
    """What the reader looks at in their own record, other than documents, is one thing: they looked at it."""
    if is_of(me, line) and line.outcome == "done" and line.act in _LOOKING:
        return replace(line, act="browse")
    return line


def _kind(line: HistoryLine) -> str:
    if line.outcome != "done":
        return "refused"
    return "reading" if line.act in _READING else "writing"


def visitors(lines: Iterable[HistoryLine], count: int, me: str = "") -> list[HistoryLine]:
    """The latest lines of people other than the reader."""
    return merged((line for line in lines if not is_of(me, line)), me)[:count]


