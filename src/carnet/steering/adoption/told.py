"""Adoption as it may be told: whole, by place, why records hold little, what they hold. Of fewer than five: nothing.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from carnet.steering.adoption.cell import Brought, Counted
from carnet.steering.adoption.hiding import Shown, hidden, shown_places, shown_whole, summed
from carnet.steering.adoption.places import PLACES, REGIONS, region_of
from carnet.steering.adoption.plan import COLUMN_OF, Plan, Target, due_at
from carnet.steering.adoption.reasons import Poor, Reason, fed_by, reasons_of
from carnet.steering.adoption.standing import standing_of, standings_by
from carnet.steering.cells import is_small
from carnet.steering.sources import OTHER, SOURCES


@dataclass(frozen=True, slots=True)
class OfSource:
    """Documents in force of a source, the records that hold some, and how many départements send it."""

    source: str
    in_force: int | None
    records: int | None
    departements: int


@dataclass(frozen=True, slots=True)
class OfType:
    """What was brought of a type; None for what reached one to four records."""

    type_code: str
    documents: int | None
    structured: int | None
    records: int | None


@dataclass(frozen=True, slots=True)
class OfReason:
    """Empty and thin records for a reason; None for what is not shown."""

    reason: Reason
    empty: int | None
    thin: int | None


@dataclass(frozen=True, slots=True)
class Stands:
    """A target, and what stands against it: None where that is not shown."""

    target: Target
    reached: int | None

    @property
    def percent(self) -> int | None:
        """How much of the target is reached, rounded down: 100 is all of it."""
        return None if self.reached is None else 100 * self.reached // self.target.count


@dataclass(frozen=True, slots=True)
class Adoption:
    """Everything that is told of a day. Places are in the order of their codes."""

    day: date
    whole: Shown
    hosts: Mapping[str, Shown]
    departements: Mapping[str, Shown]
    reasons: tuple[OfReason, ...]
    sources: tuple[OfSource, ...]
    types: tuple[OfType, ...]
    stands: tuple[Stands, ...] = ()


def told(counted: Counted, plan: Plan | None = None) -> Adoption:
    """What may be told of this day, and what stands against the plan."""
    whole = standing_of(counted.cells)
    shown = shown_whole(whole)
    adoption = Adoption(
        counted.day, shown, shown_places(standings_by(lambda each: each.home, counted.cells)),
        shown_places(standings_by(lambda each: each.departement, counted.cells)),
        tuple(_reasons(reasons_of(counted.cells, fed_by(counted.feeders)), shown)), tuple(_sources(counted)),
        tuple(_type(each) for each in counted.brought))
    return adoption if plan is None else replace(adoption, stands=tuple(_stands(plan, adoption)))


def _reasons(found: Mapping[Reason, Poor], whole: Shown) -> Iterable[OfReason]:
    """Reasons sum to all empty records, and to all thin ones: where these are not shown, no reason is."""
    empty = {reason: each.empty for reason, each in found.items()}
    thin = {reason: each.thin for reason, each in found.items()}
    few_empty = hidden(empty) if whole["empty"] is not None else frozenset(empty)
    few_thin = hidden(thin) if whole["thin"] is not None else frozenset(thin)
    for reason in Reason:
        yield OfReason(
            reason, None if reason in few_empty else empty[reason], None if reason in few_thin else thin[reason])


def _sources(counted: Counted) -> Iterable[OfSource]:
    for source in (*(each.code for each in SOURCES), OTHER):
        held = [each for each in counted.held if each.source == source]
        records, in_force = sum(each.records for each in held), sum(each.in_force for each in held)
        senders = {each.departement for each in counted.feeders if each.source == source}
        few = is_small(records)
        yield OfSource(source, None if few else in_force, None if few else records, len(senders))


def _type(each: Brought) -> OfType:
    if is_small(each.records):
        return OfType(each.type_code, None, None, None)
    return OfType(each.type_code, each.documents, each.structured, each.records)


def _stands(plan: Plan, told_of: Adoption) -> Iterable[Stands]:
    """What is reached of each place as its table shows it: a region's number, where all of its départements' are."""
    day, places = told_of.day, told_of.departements

    def here(region: str) -> list[Shown]:
        return [each for code, each in places.items() if region_of(code) == region]

    for target in due_at(plan, day):
        yield Stands(target, told_of.whole[COLUMN_OF[target.what]])
    for region in REGIONS:
        for target in due_at(plan, day, region=region):
            yield Stands(target, summed([each[COLUMN_OF[target.what]] for each in here(region)]))
    for code in PLACES:
        for target in due_at(plan, day, departement=code):
            yield Stands(target, places[code][COLUMN_OF[target.what]] if code in places else 0)
