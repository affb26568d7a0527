"""Hosts as officers see them, and as everybody may: their accreditation, their load, what waits, what audits show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from carnet.hosting.accreditation.reminders import Reminder
from carnet.hosting.accreditation.store import Dossier
from carnet.hosting.circuits.store import CircuitSeen
from carnet.hosting.directory import Standing
from carnet.hosting.oversight.figures import HostFigures
from carnet.hosting.placing.lag import Lag
from carnet.web.days import Calendar
from carnet.web.presenters.words import Fact, Tag, Tone
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.hosting.placement import Cohort
    from carnet.hosting.placing.store import Load

_TONES: dict[str, Tone] = {
    "active": "good", "suspended": "bad", "withdrawn": "bad", "refused": "bad", "expired": "bad", "unknown": "warn"}
_MINUTE = 60
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What is known of hosts: `names` are those of settings, with whether each is the reference operator."""

    names: Mapping[str, bool]
    standings: Mapping[str, Standing]
    dossiers: Mapping[str, Dossier]
    figures: Mapping[str, Sequence[HostFigures]]
    loads: Mapping[str, Load] = field(default_factory=dict)
    lags: Mapping[str, Lag] = field(default_factory=dict)
    circuits: Sequence[CircuitSeen] = ()

    @property
    def hosts(self) -> list[str]:
        """All of them, those of the settings first."""
        return list(dict.fromkeys((*self.names, *self.standings)))


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step that was signed."""

    step: str
    when: str
    by: str
    view: str


@dataclass(frozen=True, slots=True)
class HostView:
    """One host: what everybody may know, and what officers see besides."""

    host: str
    company: str
    role: str
    state: Tag
    since: str
    until: str
    audit: str
    facts: tuple[Fact, ...] = ()
    steps: tuple[StepLine, ...] = ()


@dataclass(frozen=True, slots=True)
class HostsView:
    """The officers' page."""

    hosts: tuple[HostView, ...]
    reminders: tuple[str, ...]
    cohorts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class HostsPresenter:
    """Puts hosts into words."""

    words: Words
    calendar: Calendar

    def public(self, facts: HostFacts) -> tuple[HostView, ...]:
        """What everybody may know of each host."""
        return tuple(self._host(host, facts) for host in facts.hosts)

    def officers(
        self, facts: HostFacts, reminders: Sequence[Reminder], cohorts: Sequence[tuple[Cohort, Load]],
    ) -> HostsView:
        """All of it."""
        hosts = tuple(self._with_details(host, facts) for host in facts.hosts)
        lines = tuple(
            (
                f"{cohort.id}, {cohort.consortium}", ", ".join(cohort.hosts), ", ".join(sorted(cohort.departements)),
                self.calendar.medium(cohort.ends_on), self._of(load),
            ) for cohort, load in cohorts)
        return HostsView(hosts, tuple(self._reminder(each) for each in reminders), lines)

    def _host(self, host: str, facts: HostFacts) -> HostView:
        standing = facts.standings.get(host)
        state = _state(standing)
        role = "role_unknown" if host not in facts.names else (
            "role_reference" if facts.names[host] else "role_home")
        return HostView(
            host, standing.company if standing else "", self.words(f"hosts.{role}"),
            Tag(self.words(f"host_state.{state}"), _TONES.get(state, "plain")),
            self._day(standing.active_from if standing else None),
            self._day(_last_moment(standing)),
            self._audit(facts.figures.get(host, ())))

    def _with_details(self, host: str, facts: HostFacts) -> HostView:
        view, dossier = self._host(host, facts), facts.dossiers.get(host)
        return HostView(
            view.host, view.company, view.role, view.state, view.since, view.until, view.audit,
            tuple(self._facts(host, facts, dossier)), self._steps(dossier) if dossier is not None else ())

    def _facts(self, host: str, facts: HostFacts, dossier: Dossier | None) -> list[Fact]:
        load, lag = facts.loads.get(host), facts.lags.get(host, Lag())
        waiting = self.words("hosts.lag_none") if not lag.entries else self.words(
            "hosts.lag_one", n=lag.entries, minutes=round(lag.oldest_seconds / _MINUTE))
        told = {
            "load": self._of(load) if load is not None else "", "lag": waiting,
            "answers": self._answers([each for each in facts.circuits if each.host == host])}
        if dossier is not None:
            decision = dossier.life.decision
            told["decision"] = self.calendar.medium(decision.until) if decision is not None else ""
            told["certificate"] = self.calendar.medium(dossier.file.certificate.expires_on)
        return [Fact(self.words(f"hosts.{name}"), value) for name, value in told.items() if value]

    def _steps(self, dossier: Dossier) -> tuple[StepLine, ...]:
        return tuple(
            StepLine(
                self.words(f"host_step.{each.statement.step}"), self.calendar.medium(each.statement.signed_on),
                each.statement.name,
                self.words("hosts.favourable" if each.statement.is_favourable else "hosts.unfavourable"))
            for each in dossier.steps)

    def _answers(self, seen: Sequence[CircuitSeen]) -> str:
        down = [each for each in seen if each.down_for]
        if not down:
            return self.words("hosts.answers_all") if seen else ""
        kinds = sorted({kind for each in down for kind in each.down_for})
        since = self.calendar.moment(min(each.since for each in down))
        return self.words(
            "hosts.answers_not", n=len(down), all=len(seen), since=since,
            kinds=", ".join(self.words(f"hosts.kind_{kind}") for kind in kinds))

    def _audit(self, figures: Sequence[HostFigures]) -> str:
        asked = sum(each.asked for each in figures)
        if not asked:
            return self.words("hosts.audit_none")
        return self.words("hosts.audit_said", right=sum(each.right_answers for each in figures), asked=asked)

    def _reminder(self, reminder: Reminder) -> str:
        when = self.calendar.medium(reminder.last_day)
        if reminder.is_over:
            return self.words(f"hosts.reminder_{reminder.what}_over", host=reminder.host, when=when)
        return self.words(f"hosts.reminder_{reminder.what}", host=reminder.host, when=when, n=reminder.days_left)

    def _of(self, load: Load) -> str:
        return self.words("hosts.load_of", n=load.counted, most=load.most)

    def _day(self, moment: datetime | None) -> str:
        return self.calendar.medium(self.calendar.day_of(moment)) if moment is not None else ""


def _last_moment(standing: Standing | None) -> datetime | None:
    """A host is active until a midnight: its last day is the one before."""
    until = standing.active_until if standing is not None and standing.is_active else None
    return until - _MOMENT if until is not None else None


def _state(standing: Standing | None) -> str:
    if standing is None:
        return "unknown"
    return "expired" if standing.state == "active" and not standing.is_active else standing.state
