"""Values of search parameters: tokens, dates with their prefixes, references, strings.

https://hl7.org/fhir/R4/search.html. Each parameter gives criteria of the record, or (where it has none) a predicate
on entries. May import: this room, record, documents, people, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.errors import InvalidIdentifier, InvalidInput, Issue
from carnet.fhir.dates import span
from carnet.fhir.elements import Identifier, Reference
from carnet.fhir.identifiers import document_named_by, from_identifier
from carnet.fhir.references import Surroundings, conditional_identifier, ins_of
from carnet.fhir.systems import oid_of
from carnet.people.ins import Ins, InsPolicy
from carnet.record.criteria import Criteria, Token

Predicate = Callable[[DocumentEntry], bool]
Bounds = tuple[datetime | None, datetime | None]   # from (in) and before (out)

MOST_VALUES = 100
_STATUSES = {
    "current": AvailabilityStatus.APPROVED,
    "superseded": AvailabilityStatus.DEPRECATED,
    "entered-in-error": AvailabilityStatus.DELETED,
}
_PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")


def subject_of(value: str, policy: InsPolicy, expression: str) -> Ins:
    """The INS of `system|value`, or of `Patient?identifier=system|value`. Raises InvalidInput."""
    system, bar, number = value.partition("|")
    reference = Reference(reference=value)
    if bar and conditional_identifier(value) is None:
        reference = Reference(identifier=Identifier(system=system, value=number))
    return ins_of(reference, Surroundings(()), policy, expression)


def _several(value: str) -> list[str]:
    """The values that a comma separates; a backslash before a comma makes it a part of the value."""
    found = [part.replace("\0", ",").strip() for part in value.replace("\\,", "\0").split(",")]
    found = [part for part in found if part]
    if len(found) > MOST_VALUES:
        raise InvalidInput(Issue("too-costly", f"at most {MOST_VALUES} values"))
    return found


def _tokens(name: str) -> Callable[[str], Criteria]:
    def read(value: str) -> Criteria:
        return Criteria(**{name: tuple(_token(part) for part in _several(value))})   # type: ignore[arg-type]
    return read


def _token(value: str) -> Token:
    system, bar, code = value.rpartition("|")
    if not code:
        raise InvalidInput(Issue("not-supported", "a system without a code is not supported"))
    return Token(code, oid_of(system) if bar else None)


def _status(value: str) -> Criteria:
    found = [_STATUSES.get(_token(part).code) for part in _several(value)]
    known = tuple(status for status in found if status is not None)
    if len(known) < len(found):
        raise InvalidInput(Issue("code-invalid", f"one of {', '.join(_STATUSES)} is expected"))
    return Criteria(statuses=known)


def _security_label(value: str) -> Criteria:
    return Criteria(security_labels=tuple(_token(part).code for part in _several(value)))


def _identifier(value: str) -> Criteria:
    return Criteria(identifiers=tuple(map(_bare_identifier, _several(value))))


def _bare_identifier(value: str) -> str:
    system, _, bare = value.rpartition("|")
    try:
        return from_identifier(Identifier(system=system, value=bare), "identifier")
    except InvalidIdentifier:
        return bare   # no identifier of ours: nothing has it


def _relates_to(value: str) -> Criteria:
    return Criteria(related=tuple(
        document_named_by(Reference(reference=part), "relatesto") for part in _several(value)))


def _related(value: str) -> Criteria:
    return Criteria(references=tuple(
        part.rpartition("|")[2].removeprefix("urn:oid:").removeprefix("urn:uuid:") for part in _several(value)))


def _author(value: str) -> Criteria:
    found = [_conditional_value(part) for part in _several(value)]
    if not all(found):
        raise InvalidInput(Issue(
            "not-supported", "name an author as Practitioner?identifier=<system>|<value>, or by author.identifier"))
    return Criteria(authors=tuple(found))


def _conditional_value(value: str) -> str:
    named = conditional_identifier(value)
    return named.value if named is not None else ""


def _author_identifier(value: str) -> Criteria:
    return Criteria(authors=tuple(part.rpartition("|")[2] for part in _several(value)))


def _one(value: str) -> str:
    found = _several(value)
    if len(found) != 1:
        raise InvalidInput(Issue("not-supported", "one value is expected here"))
    return found[0]


def _dated(value: str) -> tuple[str, datetime, datetime]:
    """Prefix, start and end of a date value."""
    text = _one(value)
    prefix = text[:2] if text[:2] in _PREFIXES else ""
    if prefix in ("ne", "ap"):
        raise InvalidInput(Issue("not-supported", f"the prefix {prefix} is not supported"))
    start, end = span(text[len(prefix):])
    return prefix, start, end


def _bounds(value: str) -> Bounds:
    """The interval in which a moment must lie."""
    prefix, start, end = _dated(value)
    bounds: Mapping[str, Bounds] = {
        "ge": (start, None), "gt": (end, None), "sa": (end, None), "le": (None, end), "lt": (None, start),
        "eb": (None, start),
    }
    return bounds.get(prefix, (start, end))


def _creation(value: str) -> Criteria:
    start, before = _bounds(value)
    return Criteria(created_from=start, created_before=before)


def _period(value: str) -> Criteria | Predicate:
    """Care that overlaps the value; `sa` and `eb`: care that lies wholly after or before it."""
    prefix, start, end = _dated(value)
    if prefix == "sa":
        return lambda entry: entry.service_start_time.utc >= end
    if prefix == "eb":
        return lambda entry: (entry.service_stop_time or entry.service_start_time).utc < start
    from_, before = _bounds(value)
    return Criteria(service_from=from_, service_before=before)


def _period_start(value: str) -> Predicate:
    bounds = _bounds(value)
    return lambda entry: _within(entry.service_start_time.utc, bounds)


def _period_end(value: str) -> Predicate:
    bounds = _bounds(value)
    return lambda entry: entry.service_stop_time is not None and _within(entry.service_stop_time.utc, bounds)


def _within(moment: datetime, bounds: Bounds) -> bool:
    start, before = bounds
    return (start is None or moment >= start) and (before is None or moment < before)


PARAMETERS: Mapping[str, Callable[[str], Criteria | Predicate]] = {
    "_id": _identifier,
    "author": _author,
    "author.family": lambda value: Criteria(author_family=_one(value)),
    "author.given": lambda value: Criteria(author_given=_one(value)),
    "author.identifier": _author_identifier,
    "category": _tokens("classes"),
    "creation": _creation,
    "date": _creation,
    "event": _tokens("events"),
    "facility": _tokens("facilities"),
    "format": _tokens("formats"),
    "identifier": _identifier,
    "period": _period,
    "period-end": _period_end,
    "period-start": _period_start,
    "related": _related,
    "relatesto": _relates_to,
    "security-label": _security_label,
    "setting": _tokens("settings"),
    "status": _status,
    "type": _tokens("types"),
}
