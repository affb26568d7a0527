"""What must be true for a step of a call to be written down: every reason against it. Decides; looks nothing up. Pure.

`today` is the day of the database. What is about money of a grant is in `rules_of_grants.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from carnet.errors import InvalidInput, NotFound
from carnet.steering.calls import steps as step
from carnet.steering.calls.call import Call
from carnet.steering.calls.faults import Fault, Rule, Stands, fault
from carnet.steering.calls.life import Grant, Life, Submitted
from carnet.steering.calls.months import whole_months
from carnet.steering.calls.scoring import are_right

MOST_APPLICATIONS = 1000
_WORDS = (3, 1000)
# While applications come, everything but the name and the opening may be amended; then only what changes no judgement.
_ALWAYS_FIXED = ("call", "opens")
_FIXED_AFTER_CLOSING = (
    "closes", "regions", "applicants", "wanted", "scale", "least_percent", "criteria", "most_asked_cents", "payer",
    "category")


def may_amend(life: Life, amended: Call, reason: str, today: date) -> None:
    """Raises InvalidInput with every reason against this amendment, Stands once the call is decided."""
    _undecided(life)
    fixed = _ALWAYS_FIXED + (_FIXED_AFTER_CLOSING if today > life.call.closes else ())
    _none([
        *(fault(Rule.FIXED, name) for name in fixed if getattr(life.call, name) != getattr(amended, name)),
        *_in_words(reason, "reason")])


def may_apply(life: Life, today: date) -> None:
    """Raises InvalidInput before the call opens, after it closed, and when it is full."""
    if today < life.call.opens:
        raise InvalidInput(fault(Rule.NOT_OPEN, "", day=life.call.opens))
    if today > life.call.closes:
        raise InvalidInput(fault(Rule.CLOSED, "", day=life.call.closes))
    if len(life.applications) >= MOST_APPLICATIONS:
        raise InvalidInput(fault(Rule.FULL))


def may_recuse(life: Life, said: step.Recused) -> None:
    """Raises InvalidInput with every reason against it, Stands once the call is decided."""
    _undecided(life)
    _none([*_scorer(life, said.scorer), *_in_words(said.reason, "reason")])


def may_score(life: Life, said: step.Scored, today: date) -> None:
    """Raises InvalidInput with every reason against it; Stands when it was scored by them, or the call is decided."""
    _undecided(life)
    if faults := list(_scorer(life, said.scorer)):
        raise InvalidInput(*faults)
    if (said.application, said.scorer) in life.scored:
        raise Stands(fault(Rule.SCORED, "", what=said.scorer))
    faults = []
    if today <= life.call.closes:
        faults.append(fault(Rule.STILL_OPEN, "", day=life.call.closes))
    if life.has_interest(said.application, said.scorer):
        faults.append(fault(Rule.OF_THEIR_OWN, "", what=said.scorer))
    if not are_right(said.marks, life.call):
        faults.append(fault(Rule.MARKS, "marks", most=life.call.scale))
    _none(faults)


def may_decide(life: Life, said: step.Decided, today: date, others: Sequence[Life] = ()) -> None:
    """Raises InvalidInput with every reason against this decision, Stands when there is one."""
    _undecided(life)
    faults = []
    if today <= life.call.closes:
        faults.append(fault(Rule.STILL_OPEN, "", day=life.call.closes))
    if not _WORDS[0] <= len(said.legal_act.strip()) <= 200:
        faults.append(fault(Rule.LEGAL_ACT, "legal_act"))
    given = {each.application: each for each in said.given}
    if set(given) != set(life.applications) or len(given) != len(said.given):
        differ = set(given) ^ set(life.applications) or set(given)
        raise InvalidInput(*faults, fault(Rule.ALL_NAMED, "given", what=", ".join(sorted(differ)) or "-"))
    faults += [
        fault(Rule.UNSCORED, f"given.{name}", what=missing) for name in sorted(life.applications)
        if (missing := _unscored(life, name))]
    faults += _about_amounts(life, given)
    faults += _about_milestones(life, today)
    faults += _overlaps([life.applications[name] for name, each in given.items() if each.cents], others)
    _none(faults)


def _unscored(life: Life, application: str) -> str:
    """By whom an application was not scored; two are needed, interests apart."""
    if waiting := life.awaited(application):
        return ", ".join(waiting)
    return "2" if len(life.scores(application)) < 2 else ""


def _about_amounts(life: Life, given: Mapping[str, step.Given]) -> Iterator[Fault]:
    enough = {each.application for each in life.ranking() if each.is_enough}
    total = sum(each.cents for each in given.values())
    for name, each in sorted(given.items()):
        asked, where = life.applications[name].file.asked_cents, f"given.{name}"
        if each.cents < 0 or each.cents > asked:
            yield fault(Rule.ABOVE_ASKED, where, what=name, cents=each.cents, most_cents=asked)
        if each.cents and name not in enough:
            yield fault(Rule.BELOW_LEAST, where, what=name)
        if each.cents < asked:
            yield from _in_words(each.reason, f"reason.{name}")
    if total > life.call.budget_cents:
        yield fault(Rule.ABOVE_BUDGET, "given", cents=total, most_cents=life.call.budget_cents)


def _about_milestones(life: Life, today: date) -> Iterator[Fault]:
    for each in life.call.milestones:
        if each.percent and whole_months(today, each.on) < 1:
            yield fault(Rule.TOO_SOON, "given", what=each.id)


def _overlaps(granted: Sequence[Submitted], others: Sequence[Life]) -> Iterator[Fault]:
    """No document is paid for twice: not by two grants of this call, nor by one of another that still runs."""
    taken = {key: name for other in others for name, key in _running(other)}
    for submitted in granted:
        name, file = submitted.id, submitted.file
        for each in file.feeds:
            key = each.organisation, each.type_code
            if key in taken:
                yield fault(
                    Rule.OVERLAP, f"given.{name}", what=f"{name}, {each.organisation}", other=taken[key])
            taken[key] = name


def _running(life: Life) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, grant in life.grants.items():
        if any(life.left((name, milestone)) for milestone in grant.tranches):
            for each in grant.submitted.file.feeds:
                yield f"{life.call.call}/{name}", (each.organisation, each.type_code)


def granted(life: Life, application: str, milestone: str) -> Grant:
    """The grant of which this is a tranche. Raises InvalidInput."""
    if life.decision is None:
        raise InvalidInput(fault(Rule.UNDECIDED))
    grant = life.grants.get(application)
    if grant is None or milestone not in grant.tranches:
        raise InvalidInput(fault(Rule.NOT_GRANTED, "", what=application[:40]))
    return grant


def _undecided(life: Life) -> None:
    if life.decision is not None:
        raise Stands(fault(Rule.DECIDED, "", day=life.decided_on))


def _scorer(life: Life, officer: str) -> Iterator[Fault]:
    if life.call.scorer(officer) is None:
        yield fault(Rule.NO_SCORER, "", what=officer)


def _in_words(reason: str, where: str) -> Iterator[Fault]:
    if not _WORDS[0] <= len(reason.strip()) <= _WORDS[1]:
        yield fault(Rule.REASON, where)


def in_words(reason: str) -> None:
    """Raises InvalidInput for a reason that is none."""
    _none([*_in_words(reason, "reason")])


def _none(faults: Sequence[Fault]) -> None:
    if faults:
        raise InvalidInput(*faults)


def must_be_there(life: Life, application: str) -> None:
    """Raises NotFound when the call has no such application."""
    if application not in life.applications:
        raise NotFound("there is no such application")
