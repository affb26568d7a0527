"""Search parameters of ITI-67, as criteria (SPEC 6.2).

https://profiles.ihe.net/ITI/MHD/ITI-67.html with the parameters that PDSm and the DMP draft add. Values joined by a
comma are "one of", a parameter given twice is "and". A parameter that is not known is left out, and its absence from
the self link shows it; `Prefer: handling=strict` refuses it. An unknown modifier is always refused. May import: this
room, record, documents, people, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.errors import InvalidInput, Issue
from carnet.fhir.problems import Problems
from carnet.fhir.search_values import PARAMETERS, Predicate, subject_of
from carnet.people.ins import Ins, InsPolicy
from carnet.record.criteria import Criteria

Parameters = Sequence[tuple[str, str]]

DEFAULT_COUNT = 50
MOST = 200
MOST_PARAMETERS = 100

_SUBJECT = frozenset({"patient", "patient.identifier", "patient:identifier"})
_OF_THE_ANSWER = frozenset({"_format", "_pretty", "_total"})
_SORTS = {"date": True, "creation": True, "-date": False, "-creation": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search, understood. `further` and `predicates` are what `criteria` has no place for; all must hold."""

    ins: Ins
    criteria: Criteria
    further: tuple[Criteria, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    count: int = DEFAULT_COUNT
    is_ascending: bool = False
    understood: tuple[tuple[str, str], ...] = ()


def read_search(parameters: Parameters, policy: InsPolicy, *, strict: bool = False) -> Search:
    """The search of these parameters. Raises InvalidInput with everything that is wrong in them."""
    if len(parameters) > MOST_PARAMETERS:
        raise InvalidInput(Issue("too-costly", f"at most {MOST_PARAMETERS} parameters"))
    reading = _Reading(policy, strict)
    for name, value in parameters:
        if value.strip():
            reading.take(name, value.strip())
    return reading.search()


class _Reading:
    def __init__(self, policy: InsPolicy, strict: bool) -> None:
        self._policy = policy
        self._strict = strict
        self._problems = Problems()
        self._ins: Ins | None = None
        self._archived: bool | None = None
        self._criteria: list[Criteria] = []
        self._predicates: list[Predicate] = []
        self._count = DEFAULT_COUNT
        self._ascending = False
        self._understood: list[tuple[str, str]] = []

    def take(self, name: str, value: str) -> None:
        """Read one parameter; what is wrong with it is noted."""
        base, colon, _ = name.partition(":")
        if name in _SUBJECT:
            self._take_subject(name, value)
        elif colon and (base in PARAMETERS or base in _SUBJECT):
            self._problems.add("not-supported", "this modifier is not supported", name)
        elif name in PARAMETERS:
            self._take_criterion(name, value)
        elif name in ("_count", "_sort", "_summary", "isArchived"):
            self._take_control(name, value)
        elif name not in _OF_THE_ANSWER:
            if self._strict:
                self._problems.add("not-supported", "this parameter is not known here", name)
            return
        self._understood.append((name, value))

    def _take_subject(self, name: str, value: str) -> None:
        ins = self._problems.attempt(lambda: subject_of(value, self._policy, name), name)
        if ins is not None and self._ins not in (None, ins):
            self._problems.add("business-rule", "a search is about one patient", name)
        self._ins = ins or self._ins

    def _take_criterion(self, name: str, value: str) -> None:
        found = self._problems.attempt(lambda: PARAMETERS[name](value), name)
        if isinstance(found, Criteria):
            self._criteria.append(found)
        elif found is not None:
            self._predicates.append(found)

    def _take_control(self, name: str, value: str) -> None:
        match name:
            case "_count" if value.isdecimal() and len(value) < 10:
                self._count = min(int(value), MOST)
            case "_sort" if value in _SORTS:
                self._ascending = _SORTS[value]
            case "_summary" if value in ("count", "false"):
                self._count = 0 if value == "count" else self._count
            case "isArchived" if value in ("true", "false"):
                self._archived = value == "true"
            case "_sort" | "_summary":
                self._problems.add("not-supported", "this value is not supported", name)
            case _:
                self._problems.add("value", "this value is not understood", name)

    def search(self) -> Search:
        """All that was read. Raises InvalidInput."""
        if self._ins is None and not self._problems.issues:
            self._problems.add(
                "required", "say whose documents: patient.identifier=<system>|<value>", "patient.identifier")
        if self._ins is None or self._problems.issues:
            raise InvalidInput(*self._problems.issues)
        criteria, further = _merged(self._criteria)
        predicates = [*self._predicates, _is_not_archived] if self._archived is False else self._predicates
        return Search(
            ins=self._ins, criteria=replace(criteria, statuses=_statuses(criteria.statuses, self._archived)),
            further=further, predicates=tuple(predicates), count=self._count, is_ascending=self._ascending,
            understood=tuple(self._understood),
        )


def _merged(found: list[Criteria]) -> tuple[Criteria, tuple[Criteria, ...]]:
    """One set of criteria; what would overwrite a criterion already given stays apart, so that both must hold."""
    merged = Criteria()
    apart = []
    for criteria in found:
        given = {each.name: getattr(criteria, each.name) for each in fields(criteria) if getattr(criteria, each.name)}
        if any(getattr(merged, name) for name in given):
            apart.append(criteria)
        else:
            merged = replace(merged, **given)
    return merged, tuple(apart)


def _statuses(asked: tuple[AvailabilityStatus, ...], archived: bool | None) -> tuple[AvailabilityStatus, ...]:
    """FHIR calls an archived document current. Who names no status gets what is listed by default (SPEC 4.3)."""
    return (AvailabilityStatus.ARCHIVED,) if archived else asked


def _is_not_archived(entry: DocumentEntry) -> bool:
    return entry.availability_status is not AvailabilityStatus.ARCHIVED


def order_of(entry: DocumentEntry) -> tuple[float, str]:
    """What entries are sorted by, newest first: the same as `record.find`, so that pages never overlap."""
    return -entry.creation_time.utc.timestamp(), str(entry.entry_uuid)
