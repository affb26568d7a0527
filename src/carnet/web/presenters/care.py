"""Episodes of care as the health insurer reimbursed them: one year at a time, by month and day, of one kind or all.

Kinds and years are links: the page works without script, and an address says what it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, starmap
from urllib.parse import urlencode

from carnet.documents.content import CareKind, Reimbursed
from carnet.people.names import Institution, Person
from carnet.record.contents import Contents
from carnet.web.days import Calendar
from carnet.web.presenters.health import Gaps, HealthPaths, Lacking, Source, gaps, source
from carnet.web.presenters.words import Tag, Way
from carnet.web.words import Words

_UNDATED = date.min


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for; what it misspells is not asked for."""

    kind: str = ""
    year: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One thing that was reimbursed."""

    title: str
    kind: Tag
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CareDay:
    """What was of one day."""

    when: str
    iso_day: str
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class CareMonth:
    """The days of a month, the last one first."""

    title: str
    anchor: str
    days: tuple[CareDay, ...]


@dataclass(frozen=True, slots=True)
class CareView:
    """One year of care, and the ways to other years and to one kind."""

    title: str
    lead: str
    years: tuple[Way, ...]
    kinds: tuple[Way, ...]
    months: tuple[CareMonth, ...]
    nothing: str
    sources: tuple[Source, ...]
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class CarePresenter:
    """Presents what was reimbursed."""

    words: Words
    calendar: Calendar
    paths: HealthPaths

    def view(self, found: Contents, shown: Shown) -> CareView:
        """The page."""
        lines = sorted(
            ((self._day(line), line) for document in found.documents for line in document.content.reimbursed),
            key=lambda each: each[0], reverse=True)
        years = list(dict.fromkeys(day.year for day, _ in lines))
        year = next((each for each in years if str(each) == shown.year), years[0] if years else 0)
        of_year = [(day, line) for day, line in lines if day.year == year]
        kind = next((each for each in CareKind if each.value == shown.kind), None)
        wanted = [(day, line) for day, line in of_year if kind in (None, line.kind)]
        partly_read = [document.entry for document in found.documents if document.content.unread]
        return CareView(
            self.words("health.soins"), self.words("health.soins_lead"),
            tuple(self._way(self._year(each), kind, each, is_current=each == year) for each in years),
            self._kinds([line for _, line in of_year], kind, year),
            tuple(self._month(list(days)) for _, days in groupby(wanted, key=lambda each: _month_of(each[0]))),
            self.words("care.none" if lines else "health.soins_none"),
            tuple(source(document.entry, self.paths) for document in found.documents),
            gaps(Lacking(found.older, found.not_read, partly_read), self.words, self.paths))

    def _day(self, line: Reimbursed) -> date:
        return self.calendar.day_of_document(line.at) if line.at else _UNDATED

    def _year(self, year: int) -> str:
        return str(year) if year != _UNDATED.year else self.words("health.undated")

    def _kinds(self, lines: Iterable[Reimbursed], current: CareKind | None, year: int) -> tuple[Way, ...]:
        counts = Counter(line.kind for line in lines)
        if not counts:
            return ()
        every = self.words("care.every", n=counts.total())
        ways = [self._way(every, None, year, is_current=current is None)]
        ways += [
            self._way(self.words("care.of_kind", kind=self.words(f"care.kind.{kind}"), n=counts[kind]), kind, year,
                      is_current=kind is current)
            for kind in CareKind if counts[kind] or kind is current]
        return tuple(ways)

    def _way(self, words: str, kind: CareKind | None, year: int, *, is_current: bool) -> Way:
        asked = {"annee": str(year), **({"nature": kind.value} if kind else {})}
        return Way(words, f"{self.paths.page('soins')}?{urlencode(asked)}", is_current=is_current)

    def _month(self, lines: Sequence[tuple[date, Reimbursed]]) -> CareMonth:
        first = lines[0][0]
        title = self.calendar.month(first) if first != _UNDATED else self.words("health.undated")
        by_day = {day: [line for _, line in of] for day, of in groupby(lines, key=lambda each: each[0])}
        return CareMonth(title, f"m-{first.year}-{first.month}", tuple(starmap(self._one_day, by_day.items())))

    def _one_day(self, day: date, lines: Sequence[Reimbursed]) -> CareDay:
        episodes = tuple(map(self._episode, lines))
        if day == _UNDATED:
            return CareDay(self.words("health.undated"), "", episodes)
        return CareDay(self.calendar.short(day), day.isoformat(), episodes)

    def _episode(self, line: Reimbursed) -> Episode:
        until = self.words("health.until", when=self.calendar.document_time(line.until)) if line.until else ""
        quantity = self.words("health.quantity", quantity=line.quantity) if line.quantity else ""
        by, for_whom = _who(line.by, line.place), _who(line.prescriber, line.prescriber_place)
        remarks = (until, by, self.words("care.prescribed", who=for_whom) if for_whom else "", quantity)
        return Episode(
            line.label, Tag(self.words(f"care.kind.{line.kind}"), "plain"), tuple(each for each in remarks if each))


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month


def _who(person: Person | None, place: Institution | None) -> str:
    return ", ".join(name for name in (person.name if person else "", place.name if place else "") if name)
