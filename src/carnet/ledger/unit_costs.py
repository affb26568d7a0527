"""Unit costs: a cost divided by what was counted, to the cent and with what is left. Pure; never a float.

A year's cost is divided by what there was on its last day, a cost from the beginning by what there is on the day. What
is counted as it happens (useful consultations) is divided by what happened in the same span.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from carnet.ledger.costs import Cost
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.sharing import SHARED_AXES, share_cost, weights_by

UNITS = (
    Measure.RECORDS_OPENED, Measure.RECORDS_ACTIVATED, Measure.RECORDS_WITH_1, Measure.RECORDS_WITH_5,
    Measure.DOCUMENTS, Measure.CONSULTATIONS)
HAPPENING = frozenset({Measure.CONSULTATIONS})
Units = Mapping[Measure, int]


@dataclass(frozen=True, slots=True)
class UnitCost:
    """So many cents for so many units, of which there is one at least.

    Each unit costs `each` cents, and `more` of them one cent more (one less, where money came back): exactly the whole.
    """

    cents: int
    units: int

    @property
    def each(self) -> int:
        """The cents that every unit costs."""
        return abs(self.cents) // self.units * (-1 if self.cents < 0 else 1)

    @property
    def more(self) -> int:
        """How many units cost one cent more, away from 0."""
        return abs(self.cents) % self.units

    @property
    def nearest(self) -> int:
        """The cents nearest to the quotient, half away from 0: what is said where there is room for one number."""
        whole = (2 * abs(self.cents) + self.units) // (2 * self.units)
        return -whole if self.cents < 0 else whole


@dataclass(frozen=True, slots=True)
class Row:
    """A value of an axis: what its own lines come to, its share of what is shared, and what was counted there."""

    value: str
    own: Cost
    shared: Cost
    units: Units

    @property
    def cost(self) -> Cost:
        """Both."""
        return self.own + self.shared


@dataclass(frozen=True, slots=True)
class Table:
    """A cost by an axis. The rows sum to `whole`, part by part, to the cent; `weights` shared out what was shared."""

    axis: str
    rows: tuple[Row, ...]
    whole: Row
    weights: Mapping[str, int]


def unit_cost(cents: int, units: int | None) -> UnitCost | None:
    """The cost of each unit; None where nobody counted any."""
    return UnitCost(cents, units) if units is not None and units > 0 else None


def table_of(axis: str, costs: Mapping[str, Cost], counts: Iterable[Count], before: Iterable[Count] = ()) -> Table:
    """The costs by this axis, with what was counted; `before` are the counts on the day before the span, if it has one.

    What names no host, consortium or region is shared out over all of them, by their records.
    """
    counts, before = list(counts), list(before)
    whole = Row("", sum(costs.values(), Cost()), Cost(), units_of(counts, before))
    if axis not in SHARED_AXES:
        rows = tuple(Row(value, cost, Cost(), whole.units) for value, cost in sorted(costs.items(), key=_unsaid_last))
        return Table(axis, rows, whole, {})
    weights = weights_by(axis, counts)
    shares = share_cost(costs.get("", Cost()), weights)
    places = sorted({*costs, *shares} - {""})
    if shares.get("", Cost()) != Cost():
        places.append("")       # what nobody could be given stands last
    rows = tuple(
        Row(place, costs.get(place, Cost()) if place else Cost(), shares.get(place, Cost()),
            units_of(_at(axis, place, counts), _at(axis, place, before)))
        for place in places)
    return Table(axis, rows, whole, weights)


def units_of(counts: Iterable[Count], before: Iterable[Count] = ()) -> Units:
    """What these counts come to, by what they count; of what happens, less what had happened before."""
    found: dict[Measure, int] = {}
    for each in counts:
        found[each.measure] = found.get(each.measure, 0) + each.count
    for each in before:
        if each.measure in HAPPENING and each.measure in found:
            found[each.measure] -= each.count
    return found


def _unsaid_last(item: tuple[str, Cost]) -> tuple[bool, str]:
    return not item[0], item[0]


def _at(axis: str, place: str, counts: Iterable[Count]) -> list[Count]:
    return [each for each in counts if getattr(each, axis) == place]
