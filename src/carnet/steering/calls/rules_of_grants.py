"""What must be true for a tranche to be measured, appealed about, released or cancelled. Decides, looks nothing up."""

from __future__ import annotations

from datetime import date, timedelta

from carnet.errors import InvalidInput
from carnet.steering.calls.faults import Rule, Stands, fault
from carnet.steering.calls.life import Life, Tranche
from carnet.steering.calls.rules import granted, in_words


def measured_until(life: Life, tranche: Tranche, today: date) -> tuple[int, date]:
    """Which measure of this tranche may be made now, and the day until which it counts.

    Raises InvalidInput before that day, Stands when there is nothing to measure any more.
    """
    granted(life, *tranche)
    milestone, last = life.call.milestone(tranche[1]), life.measure(tranche)
    if milestone is None:
        raise InvalidInput(fault(Rule.NOT_GRANTED, "", what=tranche[0]))
    if tranche in life.cancelled:
        raise Stands(fault(Rule.NOTHING_LEFT))
    attempt, until = 1, milestone.on
    if last is not None:
        if tranche not in life.appeals or last[1].attempt > 1 or life.call.appeal is None:
            raise Stands(fault(Rule.MEASURED))
        attempt, until = 2, milestone.on + timedelta(life.call.appeal.counts_days)
    if today < until:
        raise InvalidInput(fault(Rule.NOT_YET, "", day=until))
    return attempt, until


def may_appeal(life: Life, tranche: Tranche, reason: str, today: date) -> None:
    """Raises InvalidInput with the reason against it, Stands for a second one."""
    granted(life, *tranche)
    until = life.appeal_until(tranche)
    if tranche in life.appeals or tranche in life.released or tranche in life.cancelled:
        raise Stands(fault(Rule.NO_APPEAL))
    if until is None:
        raise InvalidInput(fault(Rule.NO_APPEAL))
    if today > until:
        raise InvalidInput(fault(Rule.APPEAL_OVER, "", day=until))
    in_words(reason)


def to_release(life: Life, tranche: Tranche, today: date) -> int:
    """The cents that are to be released. Raises InvalidInput, Stands when they were."""
    granted(life, *tranche)
    if tranche in life.released:
        raise Stands(fault(Rule.RELEASED))
    last = life.measure(tranche)
    if last is None:
        raise InvalidInput(fault(Rule.UNMEASURED))
    _final(life, tranche, today)
    if not last[1].due_cents:
        raise InvalidInput(fault(Rule.NOTHING_DUE))
    return last[1].due_cents


def to_cancel(life: Life, tranche: Tranche, reason: str, today: date) -> int:
    """The cents that are to be cancelled: all that is left of the tranche once what is due was released.

    Raises InvalidInput, Stands when nothing is left.
    """
    granted(life, *tranche)
    left, last = life.left(tranche), life.measure(tranche)
    if not left:
        raise Stands(fault(Rule.NOTHING_LEFT))
    if last is None:
        raise InvalidInput(fault(Rule.UNMEASURED))
    _final(life, tranche, today)
    if last[1].due_cents and tranche not in life.released:
        raise InvalidInput(fault(Rule.RELEASE_FIRST, "", cents=last[1].due_cents))
    in_words(reason)
    return left


def _final(life: Life, tranche: Tranche, today: date) -> None:
    """While a second measure may still be asked for, or waits, the first one moves no money."""
    until = life.appeal_until(tranche)
    if until is not None and (tranche in life.appeals or today <= until):
        raise InvalidInput(fault(Rule.APPEAL_OPEN, "", day=until))
