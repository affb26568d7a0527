"""Who keeps a new record, and why: the patient's choice, else a cohort, else the default operator, else spread.

Decides, and looks nothing up. A host that may not have the record is passed over, and the reason is kept: patients are
told why their record is where it is, and traces hold the same. Rules: docs/operators/hosts.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from carnet.errors import NowhereToPlace


class Rule(StrEnum):
    """What placed a record where it is, in the order in which they are tried."""

    PATIENT = "patient"
    COHORT = "cohort"
    DEFAULT = "default"
    SPREAD = "spread"
    MOVED = "moved"         # by a campaign that moved many: never the rule of a new one


class Against(StrEnum):
    """Why a host does not get the record."""

    UNKNOWN = "unknown"
    IS_REFERENCE = "is_reference"
    NOT_ACTIVE = "not_active"
    SAME_COMPANY = "same_company"
    FULL = "full"
    COHORT_FULL = "cohort_full"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host as placement sees it; `room` is how many more records it may have."""

    host: str
    siren: str
    is_active: bool
    room: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The records of these départements go to these hosts, from one day to another, `room` more of them."""

    id: str
    consortium: str
    hosts: tuple[str, ...]
    departements: frozenset[str]
    starts_on: date
    ends_on: date
    room: int

    def takes(self, departement: str, today: date) -> bool:
        """True when a record of this département that is opened today is one of its own."""
        return departement in self.departements and self.starts_on <= today <= self.ends_on


@dataclass(frozen=True, slots=True)
class Wish:
    """A record to place: the host that the patient chose, if any, and the département that is known of them, if any."""

    record: UUID
    chosen: str = ""
    departement: str = ""


@dataclass(frozen=True, slots=True)
class Hosts:
    """What there is to choose from. `defaults` are hosts in the order in which they are asked before the rest."""

    homes: Mapping[str, Candidate]
    reference: Candidate
    cohorts: Sequence[Cohort]
    defaults: Sequence[str]
    today: date


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A host that a rule named first, and that could not have the record."""

    rule: Rule
    host: str
    why: Against


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a new record goes, by which rule, and who was passed over. `cohort` is the one it counts in, or empty."""

    home: str
    reference: str
    by: Rule
    cohort: str = ""
    departement: str = ""
    passed_over: tuple[PassedOver, ...] = ()

    @property
    def detail(self) -> dict[str, object]:
        """What the trace of the opening says of it."""
        over = [f"{each.rule} {each.host} {each.why}" for each in self.passed_over]
        told = {"home": self.home, "reference": self.reference, "placed_by": self.by.value}
        more = {"cohort": self.cohort, "departement": self.departement}
        kept = {name: value for name, value in more.items() if value}
        return {**told, **kept, **({"passed_over": over} if over else {})}


def place(wish: Wish, hosts: Hosts) -> Placed:
    """The place of a new record. Raises NowhereToPlace, with every reason, when no host may have it."""
    if (why := _against_reference(hosts.reference)) is not None:
        raise NowhereToPlace(f"the reference operator takes no record: {why}")
    passed_over: list[PassedOver] = []
    for rule, host, cohort in _proposed(wish, hosts):
        why = _against(host, cohort, hosts)
        if why is None:
            name = cohort.id if cohort is not None else ""
            return Placed(host, hosts.reference.host, rule, name, wish.departement, tuple(passed_over))
        passed_over.append(PassedOver(rule, host, why))
    reasons = dict.fromkeys(f"{each.host}: {each.why}" for each in passed_over)
    raise NowhereToPlace("no host may have a new record: " + ("; ".join(reasons) or "there is none"))


def why_not(host: str, hosts: Hosts) -> Against | None:
    """Why this host may not have one more record; None when it may."""
    return _against(host, None, hosts)


def _proposed(wish: Wish, hosts: Hosts) -> Iterator[tuple[Rule, str, Cohort | None]]:
    """Hosts in the order of the rules; a rule that proposes several begins with another one for each record."""
    if wish.chosen:
        yield Rule.PATIENT, wish.chosen, None
    for cohort in hosts.cohorts:
        if cohort.takes(wish.departement, hosts.today):
            yield from ((Rule.COHORT, host, cohort) for host in _from(wish.record, cohort.hosts))
    yield from ((Rule.DEFAULT, host, None) for host in hosts.defaults)
    yield from ((Rule.SPREAD, host, None) for host in _from(wish.record, sorted(hosts.homes)))


def _from(record: UUID, hosts: Sequence[str]) -> list[str]:
    first = record.int % len(hosts) if hosts else 0
    return [*hosts[first:], *hosts[:first]]


def _against(host: str, cohort: Cohort | None, hosts: Hosts) -> Against | None:
    if host == hosts.reference.host:
        return Against.IS_REFERENCE
    candidate = hosts.homes.get(host)
    if candidate is None:
        return Against.UNKNOWN
    if not candidate.is_active:
        return Against.NOT_ACTIVE
    if candidate.siren == hosts.reference.siren:
        return Against.SAME_COMPANY     # two copies at one company are one
    if candidate.room < 1:
        return Against.FULL
    return Against.COHORT_FULL if cohort is not None and cohort.room < 1 else None


def _against_reference(reference: Candidate) -> Against | None:
    if not reference.is_active:
        return Against.NOT_ACTIVE
    return Against.FULL if reference.room < 1 else None
