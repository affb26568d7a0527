"""What one may ask of a list of documents: all criteria that are given must match; within one, any value may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from carnet.documents.entry import AvailabilityStatus, Code, DocumentEntry, Person

Test = Callable[[DocumentEntry], bool]


@dataclass(frozen=True, slots=True)
class Token:
    """A code to look for; without a `system`, in any."""

    code: str
    system: str | None = None

    def names(self, code: Code) -> bool:
        """True when it is this code."""
        return self.code == code.code and self.system in (None, code.system)


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """Criteria of a search. Times are half open, `from` is in and `before` is out; a service period overlaps.

    Without `statuses`, the latest version of each document; old versions for who asks for DEPRECATED.
    """

    statuses: tuple[AvailabilityStatus, ...] = ()
    types: tuple[Token, ...] = ()
    classes: tuple[Token, ...] = ()
    facilities: tuple[Token, ...] = ()
    settings: tuple[Token, ...] = ()
    formats: tuple[Token, ...] = ()
    events: tuple[Token, ...] = ()
    security_labels: tuple[str, ...] = ()
    created_from: datetime | None = None
    created_before: datetime | None = None
    service_from: datetime | None = None
    service_before: datetime | None = None
    identifiers: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    author_family: str = ""
    author_given: str = ""
    title: str = ""

    def predicate(self, replaced: Mapping[UUID, tuple[UUID, ...]]) -> Callable[[DocumentEntry], bool]:
        """Says whether an entry matches every criterion that was given. What was not given costs nothing an entry."""
        tests = [*self._about_codes(), *self._about_times(), *self._about_names(), *self._about_identifiers(replaced)]
        if len(tests) == 1:
            return tests[0]
        return lambda entry: all(test(entry) for test in tests)

    def summary(self) -> str:
        """The names of the criteria given, for the trace: never their values."""
        return " ".join(each.name for each in fields(self) if getattr(self, each.name))

    def _about_codes(self) -> Iterator[Test]:
        if self.statuses:
            yield lambda entry: entry.availability_status in self.statuses
        for wanted, codes in (
            (self.types, lambda entry: (entry.type_code,)), (self.classes, lambda entry: (entry.class_code,)),
            (self.facilities, lambda entry: (entry.healthcare_facility_type_code,)),
            (self.settings, lambda entry: (entry.practice_setting_code,)),
            (self.formats, lambda entry: (entry.format_code,)), (self.events, lambda entry: entry.event_codes),
        ):
            if wanted:
                yield _one_of(wanted, codes)
        if labels := self.security_labels:
            yield lambda entry: entry.confidentiality_code in labels or not entry.visibility.isdisjoint(labels)

    def _about_times(self) -> Iterator[Test]:
        if (created_from := self.created_from) is not None:
            yield lambda entry: entry.creation_time.utc >= created_from
        if (created_before := self.created_before) is not None:
            yield lambda entry: entry.creation_time.utc < created_before
        if (service_from := self.service_from) is not None:
            yield lambda entry: (entry.service_stop_time or entry.service_start_time).utc >= service_from
        if (service_before := self.service_before) is not None:
            yield lambda entry: entry.service_start_time.utc < service_before

    def _about_names(self) -> Iterator[Test]:
        if authors := self.authors:
            yield lambda entry: any(person.identifier in authors for person in _people(entry))
        if family := self.author_family.casefold():
            yield lambda entry: any(person.family.casefold().startswith(family) for person in _people(entry))
        if given := self.author_given.casefold():
            yield lambda entry: any(person.given.casefold().startswith(given) for person in _people(entry))
        if title := self.title.casefold():
            yield lambda entry: title in entry.title.casefold()

    def _about_identifiers(self, replaced: Mapping[UUID, tuple[UUID, ...]]) -> Iterator[Test]:
        if own := self.identifiers:
            yield lambda entry: (
                entry.unique_id in own or str(entry.entry_uuid) in own or str(entry.logical_id) in own)
        if references := self.references:
            yield lambda entry: any(each.identifier in references for each in entry.reference_ids)
        if related := self.related:
            yield lambda entry: any(str(uuid) in related for uuid in replaced.get(entry.entry_uuid, ()))


def _one_of(wanted: tuple[Token, ...], codes: Callable[[DocumentEntry], tuple[Code, ...]]) -> Test:
    return lambda entry: any(token.names(code) for token in wanted for code in codes(entry))


def _people(entry: DocumentEntry) -> Iterator[Person]:
    return (author.person for author in entry.authors if author.person is not None)
