"""What one may ask of a list of documents: all criteria that are given must match; within one, any value may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from carnet.documents.entry import AvailabilityStatus, Code, DocumentEntry


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
    """Criteria of a search. Times are half open, `from` is in and `before` is out; a service period overlaps."""

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

    def match(self, entry: DocumentEntry, replaced: Mapping[UUID, tuple[UUID, ...]]) -> bool:
        """True when the entry matches every criterion that was given."""
        return self._codes_match(entry) and self._times_match(entry) and self._names_match(entry, replaced)

    def summary(self) -> str:
        """The names of the criteria given, for the trace: never their values."""
        return " ".join(each.name for each in fields(self) if getattr(self, each.name))

    def _codes_match(self, entry: DocumentEntry) -> bool:
        labels = (entry.confidentiality_code, *entry.visibility)
        return (
            (not self.statuses or entry.availability_status in self.statuses)
            and _any(self.types, (entry.type_code,))
            and _any(self.classes, (entry.class_code,))
            and _any(self.facilities, (entry.healthcare_facility_type_code,))
            and _any(self.settings, (entry.practice_setting_code,))
            and _any(self.formats, (entry.format_code,))
            and _any(self.events, entry.event_codes)
            and (not self.security_labels or any(label in labels for label in self.security_labels))
        )

    def _times_match(self, entry: DocumentEntry) -> bool:
        start = entry.service_start_time.utc
        stop = entry.service_stop_time.utc if entry.service_stop_time is not None else start
        created = entry.creation_time.utc
        return (
            (self.created_from is None or created >= self.created_from)
            and (self.created_before is None or created < self.created_before)
            and (self.service_from is None or stop >= self.service_from)
            and (self.service_before is None or start < self.service_before)
        )

    def _names_match(self, entry: DocumentEntry, replaced: Mapping[UUID, tuple[UUID, ...]]) -> bool:
        own = (entry.unique_id, str(entry.entry_uuid), str(entry.logical_id))
        people = [author.person for author in entry.authors if author.person is not None]
        return (
            (not self.identifiers or any(name in own for name in self.identifiers))
            and (not self.references or any(each.identifier in self.references for each in entry.reference_ids))
            and (not self.related or any(str(uuid) in self.related for uuid in replaced.get(entry.entry_uuid, ())))
            and (not self.authors or any(person.identifier in self.authors for person in people))
            and any_starts((person.family for person in people), self.author_family)
            and any_starts((person.given for person in people), self.author_given)
            and self.title.casefold() in entry.title.casefold()
        )


def _any(wanted: tuple[Token, ...], codes: tuple[Code, ...]) -> bool:
    return not wanted or any(token.names(code) for token in wanted for code in codes)


def any_starts(names: Iterable[str], start: str) -> bool:
    """True when one of the names starts with `start`, in any case (FHIR string search); always for an empty one."""
    return not start or any(name.casefold().startswith(start.casefold()) for name in names)
