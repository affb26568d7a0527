"""What may be shown of figures: nothing that is of fewer than five records. Pure.

A cell of one to four records would say something of one of them, hidden documents too. Nor may what is hidden be found
by subtraction: no total is shown that holds a hidden cell, and of two parts of a known whole, both are hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from carnet.steering.figure import Figure
from carnet.steering.fill import Fill

FEWEST = 5


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A figure for people. Whatever tells of documents or records is None when it is of fewer than five records."""

    figure: Figure
    received: int | None
    deposited: int | None
    replaced: int | None
    documents: int | None
    structured: int | None
    records: int | None
    median_minutes: int | None
    ninety_minutes: int | None

    @property
    def is_small(self) -> bool:
        """True when it is of one to four records."""
        return self.records is None


@dataclass(frozen=True, slots=True)
class ShownFill:
    """The fill of records for people: None for what is of too few."""

    fill: Fill
    active: int | None
    empty: int | None
    any: int | None
    five: int | None
    fed: Mapping[str, int | None]


def is_small(records: int) -> bool:
    """True for one to four."""
    return 0 < records < FEWEST


def shown(figure: Figure) -> ShownFigure:
    """A figure as people may see it. What was refused or waits reached no record: that is always told."""
    told = ShownFigure(
        figure, figure.received, figure.deposited, figure.replaced, figure.documents, figure.structured,
        figure.records, figure.median_minutes, figure.ninety_minutes)
    if not is_small(figure.records):
        return told
    return replace(
        told, received=None, deposited=None, replaced=None, documents=None, structured=None, records=None,
        median_minutes=None, ninety_minutes=None)


def total(figures: Sequence[Figure]) -> tuple[int, int, int]:
    """Documents, refused and waiting messages of what is shown: what is hidden is in no total."""
    told = [shown(each) for each in figures]
    return (
        sum(each.documents or 0 for each in told), sum(each.refused for each in figures),
        sum(each.waiting for each in figures))


def shown_fill(fill: Fill) -> ShownFill:
    """The fill as people may see it."""
    def part(records: int) -> int | None:
        return None if is_small(records) or is_small(fill.active - records) else records

    # Those with one to four documents are a part too.
    has_few_thin = is_small(fill.any - fill.five)
    return ShownFill(
        fill, None if is_small(fill.active) else fill.active, part(fill.empty), part(fill.any),
        None if has_few_thin else part(fill.five), {source: part(records) for source, records in fill.fed.items()})
