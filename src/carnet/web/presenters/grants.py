"""An application to a call as officers read it: what it promises, what scorers say, and each tranche of its grant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carnet.steering.calls.life import Life, Tranche
from carnet.steering.calls.milestones import MeasuredFeed
from carnet.steering.calls.scoring import points_of
from carnet.steering.cells import is_small
from carnet.web.forms import Field
from carnet.web.presenters.calls import CallsPresenter, Row, Table
from carnet.web.presenters.words import Fact


@dataclass(frozen=True, slots=True)
class TrancheView:
    """A tranche: what is known of it, what was measured, and what may be asked for now, as (act, words)."""

    milestone: str
    title: str
    facts: tuple[Fact, ...]
    feeds: Table | None
    acts: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str, Field], ...]


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """The page. `form` is there for a scorer who may score: for each criterion a mark and why."""

    title: str
    facts: tuple[Fact, ...]
    tables: tuple[Table, ...]
    form: tuple[tuple[Field, Field], ...]
    recuse: Field | None
    tranches: tuple[TrancheView, ...]


@dataclass(frozen=True, slots=True)
class GrantsPresenter:
    """Puts one application into words, for this officer."""

    of: CallsPresenter
    life: Life
    officer: str

    def view(self, application: str, typed: Mapping[str, str]) -> ApplicationView:
        """The page."""
        words, life = self.of.words, self.life
        is_scorer = life.call.scorer(self.officer) is not None and life.decision is None
        may_score = is_scorer and self.officer in life.awaited(application)
        may_recuse = is_scorer and not life.has_interest(application, self.officer)
        grant = life.grants.get(application)
        return ApplicationView(
            f"{application} {life.applications[application].file.name}", self._facts(application),
            (self._organisations(application), self._feeds(application), *self._scores(application)),
            self._form(typed) if may_score else (),
            Field("reason", words("calls.recuse_why"), typed.get("reason", "")) if may_recuse else None,
            tuple(self._tranche((application, each), typed) for each in (grant.tranches if grant else ())))

    def _facts(self, application: str) -> tuple[Fact, ...]:
        of, each = self.of, self.life.applications[application]
        grant, given = self.life.grants.get(application), None
        if self.life.decision is not None:
            given = next(one for one in self.life.decision.given if one.application == application)
        facts = [
            ("handed_in", of.calendar.medium(each.on)), ("lead", each.file.lead),
            ("beneficiary", each.file.beneficiary), ("region", each.file.region),
            ("asked", of.euros(each.file.asked_cents)),
            ("contact", f"{each.file.contact.name}, {each.file.contact.email}"), ("sha256", each.sha256)]
        if given is not None:
            facts.append(("granted", of.euros(grant.cents) if grant else of.words("calls.refused")))
            facts += [("reason", given.reason)] if given.reason else []
        return tuple(Fact(of.words(f"calls.{name}"), value) for name, value in facts)

    def _organisations(self, application: str) -> Table:
        file = self.life.applications[application].file
        rows = tuple(Row(each.name, (each.id,)) for each in file.organisations)
        return Table(self.of.words("calls.organisations"), self.of.titles("site", "identifier"), rows)

    def _feeds(self, application: str) -> Table:
        file = self.life.applications[application].file
        rows = tuple(
            Row(each.organisation, (
                self.of.type(each.type_code), str(each.documents_a_month), self.of.calendar.medium(each.from_)))
            for each in file.feeds)
        return Table(self.of.words("calls.feeds"), self.of.titles("site", "type", "a_month", "from"), rows)

    def _scores(self, application: str) -> tuple[Table, ...]:
        """Marks: one's own, and those of others once nobody has still to score: they judge independently."""
        call, is_told = self.life.call, not self.life.awaited(application)
        found = []
        for officer, marks in self.life.scores(application).items():
            scorer = call.scorer(officer)
            if scorer is not None and (is_told or officer == self.officer):
                by = {each.criterion: each for each in marks}
                rows = tuple(
                    Row(each.words, (f"{by[each.id].mark}/{call.scale}", by[each.id].words)) for each in call.criteria)
                caption = self.of.words("calls.marks_of", name=scorer.name, points=points_of(marks, call))
                found.append(Table(caption, self.of.titles("criterion", "mark", "why"), rows))
        return tuple(found)

    def _form(self, typed: Mapping[str, str]) -> tuple[tuple[Field, Field], ...]:
        words, scale = self.of.words, self.life.call.scale
        return tuple(
            (Field(f"mark-{each.id}", words("calls.mark_for", what=each.words, scale=scale),
                   typed.get(f"mark-{each.id}", "")),
             Field(f"why-{each.id}", words("calls.why_for", what=each.words), typed.get(f"why-{each.id}", "")))
            for each in self.life.call.criteria)

    def _tranche(self, tranche: Tranche, typed: Mapping[str, str]) -> TrancheView:
        of, life = self.of, self.life
        milestone, last = life.call.milestone(tranche[1]), life.measure(tranche)
        released, cancelled = life.released.get(tranche), life.cancelled.get(tranche)
        facts = [
            ("on", of.calendar.medium(milestone.on) if milestone else ""),
            ("tranche", of.euros(life.grants[tranche[0]].tranches[tranche[1]])),
            ("released", of.euros(released.cents if released else 0)),
            ("cancelled", of.euros(cancelled.cents if cancelled else 0)), ("left", of.euros(life.left(tranche)))]
        if last is not None:
            day, said = last
            facts += [
                ("measured_on", of.calendar.medium(day)), ("until", of.last_day(said.until)),
                ("outcome_of", of.words(f"calls.outcome.{said.outcome}")), ("due", of.euros(said.due_cents))]
        names = dict(self._acts(tranche))
        reasons = tuple(
            (act, names[act], Field(f"reason-{act}-{tranche[1]}", of.words("calls.reason"),
                                    typed.get(f"reason-{act}-{tranche[1]}", "")))
            for act in ("appeal", "cancel") if act in names)
        return TrancheView(
            tranche[1], milestone.words if milestone else tranche[1],
            tuple(Fact(of.words(f"calls.{name}"), value) for name, value in facts),
            self._measured(last[1].feeds) if last else None,
            tuple((name, words) for name, words in names.items() if name in ("measure", "release")), reasons)

    def _acts(self, tranche: Tranche) -> list[tuple[str, str]]:
        """What may be asked for: whether it is right is decided when it is."""
        life, last = self.life, self.life.measure(tranche)
        acts = []
        if last is None or (tranche in life.appeals and last[1].attempt == 1):
            acts.append("measure")
        elif life.left(tranche):
            if last[1].due_cents and tranche not in life.released:
                acts.append("release")
            acts.append("cancel")
            if life.appeal_until(tranche) is not None:
                acts.append("appeal")
        return [(act, self.of.words(f"calls.act.{act}")) for act in acts]

    def _measured(self, feeds: tuple[MeasuredFeed, ...]) -> Table:
        def told(each: MeasuredFeed, number: int) -> str:
            return self.of.number(None if is_small(each.records) else number)

        rows = tuple(
            Row(each.organisation, (
                self.of.type(each.type_code), str(each.required), told(each, each.documents), told(each, each.records)))
            for each in feeds)
        return Table(
            self.of.words("calls.measured"), self.of.titles("site", "type", "required", "documents", "records"), rows)
