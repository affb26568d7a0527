"""Milestones: what was promised by a day, what was fed of it, and what is due of a tranche. Whole numbers; pure.

A feed counts for no more than it promised: what one brings too much does not stand for what another lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from carnet.ledger.money import share_out
from carnet.steering.calls.months import whole_months

if TYPE_CHECKING:
    from carnet.steering.calls.application import Feed
    from carnet.steering.calls.call import Call, Milestone


class Outcome(StrEnum):
    """What a measure came to."""

    REACHED = "reached"
    PARTLY = "partly"
    NOT_REACHED = "not_reached"


class MeasuredFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed at a milestone: the documents that it had to bring by then, and those it brought, to this many records."""

    organisation: str
    type_code: str
    required: int
    documents: int
    records: int

    @property
    def counts(self) -> int:
        """What counts of its documents."""
        return min(self.required, self.documents)


def required_of(feed: Feed, milestone: Milestone, granted_on: date) -> int:
    """How many documents this feed must have brought before the day of the milestone: hundredths are rounded up."""
    months = whole_months(max(feed.from_, granted_on), milestone.on)
    return -(-feed.documents_a_month * months * milestone.percent // 100)


def tranches(grant_cents: int, milestones: Sequence[Milestone]) -> dict[str, int]:
    """What of a grant hangs on each milestone: whole cents that sum to the grant."""
    shares = share_out(grant_cents, [each.share for each in milestones])
    return {each.id: cents for each, cents in zip(milestones, shares, strict=True)}


def totals(feeds: Iterable[MeasuredFeed]) -> tuple[int, int]:
    """What all feeds had to bring, and what counts of what they brought."""
    feeds = list(feeds)
    return sum(each.required for each in feeds), sum(each.counts for each in feeds)


def outcome_of(feeds: Sequence[MeasuredFeed], milestone: Milestone, call: Call) -> Outcome:
    """Whether a milestone was reached: an advance always is, and nothing is where nothing could have been promised."""
    required, counted = totals(feeds)
    if counted >= required and (required or not milestone.percent):
        return Outcome.REACHED
    is_enough = required and counted and counted * 100 >= required * call.least_reached_percent
    return Outcome.PARTLY if call.partly == "pro_rata" and is_enough else Outcome.NOT_REACHED


def due_cents(tranche_cents: int, feeds: Sequence[MeasuredFeed], outcome: Outcome) -> int:
    """What of a tranche is due: all, nothing, or the part of the documents that count; a part of a cent is not paid."""
    required, counted = totals(feeds)
    match outcome:
        case Outcome.REACHED:
            return tranche_cents
        case Outcome.PARTLY:
            return tranche_cents * counted // required
        case _:
            return 0
