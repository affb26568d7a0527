"""Vaccinations, treatments, allergies and problems: plain lists, each line with the document that it is read from.

The latest document first. Two documents that say the same are two lines: which one is right is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carnet.documents.content import Allergy, Content, Medication, MedicationKind, Problem, Vaccination
from carnet.documents.time import Dtm
from carnet.people.names import Institution, Person
from carnet.record.contents import About, Contents
from carnet.web.days import Calendar
from carnet.web.presenters.health import Gaps, HealthPaths, Lacking, Source, gaps, source
from carnet.web.presenters.words import Tag
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what, what is said of it, when, and where it is read."""

    title: str
    when: str
    remarks: tuple[str, ...]
    tag: Tag | None
    source: Source


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Lines under one heading."""

    title: str
    anchor: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """A page of such lines."""

    title: str
    lead: str
    groups: tuple[ItemGroup, ...]
    nothing: str
    gaps: Gaps


@dataclass(frozen=True, slots=True)
class _Said:
    """A line before it has its document: under which heading, what, when, remarks."""

    group: str
    title: str
    at: Dtm | None
    remarks: tuple[str, ...]
    tag: Tag | None = None


@dataclass(frozen=True, slots=True)
class ContentsPresenter:
    """Presents what documents say of one of the subjects."""

    words: Words
    calendar: Calendar
    paths: HealthPaths

    def view(self, name: str, about: About, found: Contents) -> ListView:
        """The page of this name."""
        groups: dict[str, list[Item]] = {group: [] for group in _GROUPS[about]}
        for document in found.documents:
            link = source(document.entry, self.paths)
            for said in self._read(about, document.content):
                when = self.calendar.document_time(said.at) if said.at else self.words("health.undated")
                groups[said.group].append(Item(said.title, when, said.remarks, said.tag, link))
        return ListView(
            self.words(f"health.{name}"), self.words(f"health.{name}_lead"),
            tuple(
                ItemGroup(self.words(f"health.group.{group}"), f"g-{group}", tuple(items))
                for group, items in groups.items() if items),
            self.words(f"health.{name}_none"), gaps(_lacking(found), self.words, self.paths))

    def _read(self, about: About, content: Content) -> Iterator[_Said]:
        match about:
            case About.VACCINATIONS:
                yield from map(self._vaccination, content.vaccinations)
            case About.MEDICATIONS:
                yield from map(self._medication, content.medications)
            case _:
                yield from map(self._allergy, content.allergies)
                yield from map(self._problem, content.problems)

    def _vaccination(self, given: Vaccination) -> _Said:
        group = "planned" if given.is_planned else "given" if given.is_given else "not_given"
        remarks = (
            self.words("health.dose", rank=given.rank) if given.rank else "",
            self.words("health.lot", lot=given.product.lot) if given.product.lot else "",
            _who(given.by, given.place), *given.reactions)
        return _Said(group, given.product.label, given.at, _kept(remarks))

    def _medication(self, taken: Medication) -> _Said:
        until = self.words("health.until", when=self.calendar.document_time(taken.end)) if taken.end else ""
        quantity = self.words("health.quantity", quantity=taken.quantity) if taken.quantity else ""
        remarks = (taken.posology, *taken.instructions, taken.route, quantity, until, _who(taken.by, taken.place))
        return _Said(taken.kind.value, taken.product.label, taken.start, _kept(remarks))

    def _allergy(self, found: Allergy) -> _Said:
        kind = found.kind.display if found.kind else ""
        remarks = _kept((kind, found.severity, *found.reactions))
        group = "refuted" if found.is_refuted else "allergies"
        return _Said(group, found.label, found.since, remarks, self._status(found.status))

    def _problem(self, found: Problem) -> _Said:
        until = self.words("health.until", when=self.calendar.document_time(found.until)) if found.until else ""
        group = "refuted" if found.is_refuted else "history" if found.is_history else "problems"
        return _Said(group, found.label, found.since, _kept((until,)), self._status(found.status))

    def _status(self, status: str) -> Tag | None:
        """As the document codes it (HL7); a code that is not known here is not shown."""
        key = f"health.status.{status}"
        return Tag(self.words(key), "plain") if status and self.words.has(key) else None


_GROUPS: Mapping[About, tuple[str, ...]] = {
    About.VACCINATIONS: ("given", "not_given", "planned"),
    About.MEDICATIONS: tuple(kind.value for kind in (
        MedicationKind.TREATMENT, MedicationKind.PRESCRIBED, MedicationKind.DISPENSED, MedicationKind.STOPPED,
        MedicationKind.ADMINISTERED)),
    About.CONDITIONS: ("allergies", "problems", "history", "refuted"),
}


def _lacking(found: Contents) -> Lacking:
    partly_read = [document.entry for document in found.documents if document.content.unread]
    return Lacking(found.older, found.not_read, partly_read)


def _who(person: Person | None, place: Institution | None) -> str:
    return ", ".join(name for name in (person.name if person else "", place.name if place else "") if name)


def _kept(remarks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(remark for remark in remarks if remark))
