"""Scoring: marks by criterion become points, points a ranking, a ranking a proposal within the budget. Pure.

Points are whole numbers: each mark times its weight. Two scorers weigh the same: an application's score is their mean,
kept as a fraction, so that two that are equal are equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta

from carnet.steering.calls.call import Call

WORDS = 1000


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a scorer gives for a criterion, and why."""

    criterion: str
    mark: int
    words: Annotated[str, Meta(max_length=WORDS)]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An application among the others: `rank` is the same for those that nothing tells apart."""

    application: str
    rank: int
    score: Fraction
    is_enough: bool

    @property
    def thousandths(self) -> int:
        """The score, of a thousand, to be shown: never what is decided by."""
        return int(self.score * 1000)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the ranking comes to within the budget. `is_tied`: those of one rank do not all fit, and people decide."""

    application: str
    cents: int
    is_tied: bool = False


def are_right(marks: Sequence[Mark], call: Call) -> bool:
    """True for one mark with its words for each criterion, within the scale."""
    return sorted(each.criterion for each in marks) == sorted(each.id for each in call.criteria) and all(
        0 <= each.mark <= call.scale and 3 <= len(each.words.strip()) <= WORDS for each in marks)


def points_of(marks: Sequence[Mark], call: Call) -> int:
    """The sum of marks times weights."""
    weights = {each.id: each.weight for each in call.criteria}
    return sum(each.mark * weights[each.criterion] for each in marks)


def most_points(call: Call) -> int:
    """The points of the best mark for everything."""
    return call.scale * sum(each.weight for each in call.criteria)


def score_of(scores: Sequence[Sequence[Mark]], call: Call) -> Fraction:
    """The mean of what scorers gave, as a part of all points."""
    return Fraction(sum(points_of(marks, call) for marks in scores), len(scores) * most_points(call))


def ranking(scores: Mapping[str, Sequence[Sequence[Mark]]], call: Call) -> list[Ranked]:
    """The applications that were scored, the best first. Equal scores are told apart by the mean mark of the first
    criterion, then of the second, and so on.
    """
    keys = {
        application: (score_of(given, call), *(_mean(given, each.id) for each in call.criteria))
        for application, given in scores.items() if given}
    ordered = sorted(keys, key=lambda application: (tuple(-each for each in keys[application]), application))
    places = {key: place for place, key in reversed(list(enumerate((keys[each] for each in ordered), 1)))}
    least = Fraction(call.least_percent, 100)
    return [Ranked(each, places[keys[each]], keys[each][0], keys[each][0] >= least) for each in ordered]


def proposal(ranked: Sequence[Ranked], asked: Mapping[str, int], budget_cents: int) -> list[Proposed]:
    """Who would get what was asked for, rank by rank, until a rank does not fit: that one gets nothing by itself, nor
    do those behind it.
    """
    left, is_over, found = budget_cents, False, []
    for rank in sorted({each.rank for each in ranked}):
        same = [each for each in ranked if each.rank == rank and each.is_enough]
        wished = sum(asked[each.application] for each in same)
        is_tied = not is_over and len(same) > 1 and wished > left
        is_over = is_over or wished > left
        left -= 0 if is_over else wished
        found += [Proposed(each.application, 0 if is_over else asked[each.application], is_tied) for each in same]
    return found


def _mean(scores: Sequence[Sequence[Mark]], criterion: str) -> Fraction:
    marks = [each.mark for given in scores for each in given if each.criterion == criterion]
    return Fraction(sum(marks), len(marks)) if marks else Fraction(0)
