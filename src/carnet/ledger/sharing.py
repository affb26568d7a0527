"""Shared costs: what names no host, consortium or region, shared out by a driver that everybody can count again.

The driver is the number of records that each had on the last day of the figure's span: those that are open, or where
nobody counts these, those that were ever opened. Shares are whole cents that sum to the whole (largest remainder).
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carnet.ledger.costs import Cost
from carnet.ledger.counts.count import Count, Measure
from carnet.ledger.money import share_out

SHARED_AXES = ("host", "consortium", "region")
DRIVERS = (Measure.RECORDS_OPEN, Measure.RECORDS_OPENED)


def weights_by(axis: str, counts: Iterable[Count]) -> dict[str, int]:
    """The records at each place of this axis, in the order of their names; nothing where nobody counted any.

    Records of which nobody said where they are weigh too: their share stays where it was said of nobody.
    """
    counts = list(counts)
    for driver in DRIVERS:
        found: dict[str, int] = {}
        for each in sorted(counts, key=lambda count: str(getattr(count, axis))):
            if each.measure is driver:
                place = str(getattr(each, axis))
                found[place] = found.get(place, 0) + each.count
        if any(found.values()):
            return found
    return {}


def share_cost(cost: Cost, weights: Mapping[str, int]) -> dict[str, Cost]:
    """This cost shared by these weights, each of its parts to the cent; all of it to nobody where nothing weighs."""
    if not any(weights.values()):
        return {"": cost}
    # Spent is shared first and what is owed is the rest of it: a part that is shown sums like the whole it is part of.
    spent, paid, committed, estimated, in_kind, vat = (
        share_out(cents, list(weights.values()))
        for cents in (cost.spent, cost.paid, cost.committed, cost.estimated, cost.in_kind, cost.vat))
    owed = [whole - part for whole, part in zip(spent, paid, strict=True)]
    shares = zip(paid, owed, committed, estimated, in_kind, vat, strict=True)
    return {place: Cost(*each) for place, each in zip(weights, shares, strict=True)}
