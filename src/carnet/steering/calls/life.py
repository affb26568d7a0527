"""What the steps of a call come to. Pure: a step that may not come is `rules.py`'s business, not this file's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from carnet.steering.calls import steps as step
from carnet.steering.calls.application import Application, faults_of
from carnet.steering.calls.call import Call
from carnet.steering.calls.milestones import tranches
from carnet.steering.calls.scoring import Mark, Ranked, ranking

Tranche = tuple[str, str]       # an application and a milestone


@dataclass(frozen=True, slots=True)
class Submitted:
    """An application that came, on a day."""

    id: str
    file: Application
    on: date
    sha256: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What an application was granted, and by which act."""

    submitted: Submitted
    cents: int
    on: date
    legal_act: str
    tranches: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Life:
    """A call as it stands. `measures` are by tranche, each with its day; `paid` and `cancelled` cents too."""

    call: Call
    head: str = ""
    steps: int = 0
    amendments: int = 0
    opened_on: date = date.min
    applications: Mapping[str, Submitted] = field(default_factory=dict)
    recused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    scored: Mapping[tuple[str, str], tuple[Mark, ...]] = field(default_factory=dict)
    decision: step.Decided | None = None
    decided_on: date = date.min
    measures: Mapping[Tranche, tuple[tuple[date, step.Measured], ...]] = field(default_factory=dict)
    appeals: Mapping[Tranche, tuple[date, step.Appealed]] = field(default_factory=dict)
    released: Mapping[Tranche, step.Released] = field(default_factory=dict)
    cancelled: Mapping[Tranche, step.Cancelled] = field(default_factory=dict)

    @property
    def grants(self) -> dict[str, Grant]:
        """The grants, by application."""
        if self.decision is None:
            return {}
        return {
            each.application: Grant(
                self.applications[each.application], each.cents, self.decided_on, self.decision.legal_act,
                tranches(each.cents, self.call.milestones))
            for each in self.decision.given if each.cents}

    def has_interest(self, application: str, scorer: str) -> bool:
        """True where this scorer may not score this application: they said so, or the call does."""
        named = self.call.scorer(scorer)
        organisations = set(named.organisations) if named is not None else set()
        return (application, scorer) in self.recused or not organisations.isdisjoint(
            self.applications[application].file.struct_ids)

    def scores(self, application: str) -> dict[str, tuple[Mark, ...]]:
        """What counts of the marks of an application, by scorer."""
        return {
            each.officer: self.scored[application, each.officer] for each in self.call.scorers
            if (application, each.officer) in self.scored and not self.has_interest(application, each.officer)}

    def awaited(self, application: str) -> list[str]:
        """The scorers that an application still waits for: all of the call without an interest in it."""
        return [each.officer for each in self.call.scorers
                if (application, each.officer) not in self.scored and not self.has_interest(application, each.officer)]

    def ranking(self) -> list[Ranked]:
        """The applications as they are ranked; those that break a rule of the call as it is now may get nothing."""
        ranked = ranking({name: list(self.scores(name).values()) for name in self.applications}, self.call)
        return [replace(each, is_enough=each.is_enough and self.is_admissible(each.application)) for each in ranked]

    def is_admissible(self, application: str) -> bool:
        """True for an application that breaks no rule of the call, as amended."""
        return not any(faults_of(self.applications[application].file, self.call))

    def measure(self, tranche: Tranche) -> tuple[date, step.Measured] | None:
        """The last measure of a tranche, and its day."""
        return (self.measures.get(tranche) or (None,))[-1]

    def appeal_until(self, tranche: Tranche) -> date | None:
        """Until when a second measure may be asked for; None where there is, or will be, none."""
        last = self.measure(tranche)
        if self.call.appeal is None or last is None or last[1].attempt > 1 or last[1].outcome == "reached":
            return None
        return last[0] + timedelta(self.call.appeal.within_days)

    def left(self, tranche: Tranche) -> int:
        """What of a tranche is neither released nor cancelled."""
        application, milestone = tranche
        released, cancelled = self.released.get(tranche), self.cancelled.get(tranche)
        return self.grants[application].tranches[milestone] - (released.cents if released else 0) - (
            cancelled.cents if cancelled else 0)


def life_of(steps: Iterable[step.Step]) -> Life | None:
    """What these steps, in order, come to; None where there is none."""
    life: Life | None = None
    for each in steps:
        life = _after(life, each)
    return life


def _after(life: Life | None, said: step.Step) -> Life:
    done = said.done
    if life is None:
        if not isinstance(done, step.Opened):
            raise LookupError("the first step of a call opens it")
        return Life(done.call, said.head, said.number, opened_on=said.on)
    life = replace(life, head=said.head, steps=said.number)
    match done:
        case step.Amended():
            return replace(life, call=done.call, amendments=done.number)
        case step.Applied():
            submitted = Submitted(done.application, done.file, said.on, done.sha256)
            return replace(life, applications={**life.applications, done.application: submitted})
        case step.Recused():
            return replace(life, recused={**life.recused, (done.application, done.scorer): done.reason})
        case step.Scored():
            return replace(life, scored={**life.scored, (done.application, done.scorer): done.marks})
        case step.Decided():
            return replace(life, decision=done, decided_on=said.on)
        case _:
            return _about_a_tranche(life, said)


def _about_a_tranche(life: Life, said: step.Step) -> Life:
    match said.done:
        case step.Measured() as done:
            tranche = done.application, done.milestone
            measures = (*life.measures.get(tranche, ()), (said.on, done))
            return replace(life, measures={**life.measures, tranche: measures})
        case step.Appealed() as done:
            return replace(life, appeals={**life.appeals, (done.application, done.milestone): (said.on, done)})
        case step.Released() as done:
            return replace(life, released={**life.released, (done.application, done.milestone): done})
        case step.Cancelled() as done:
            return replace(life, cancelled={**life.cancelled, (done.application, done.milestone): done})
        case _:
            raise LookupError("a call is opened once")
