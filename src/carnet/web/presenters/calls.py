"""Calls for projects as people read them: the list, one of them, its applications, its money, and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from carnet.documents.codes import CodeList, label
from carnet.errors import Conflict, InvalidInput, Issue
from carnet.ledger.refusals import Refusal
from carnet.steering.calls.faults import Fault
from carnet.steering.calls.life import Life
from carnet.steering.calls.report import Account, total
from carnet.web.days import Calendar
from carnet.web.presenters.money import euros
from carnet.web.presenters.words import Fact, Tag
from carnet.web.words import Words

PATH, PUBLIC, REPORT = "/agent/appels", "/appels", "/transparence/appels"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its name, where it leads, its cells."""

    name: str
    cells: tuple[str, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption and the titles of its columns."""

    caption: str
    titles: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CallsPresenter:
    """Puts calls into words."""

    words: Words
    calendar: Calendar

    def listed(self, lives: Iterable[Life], today: date, path: str) -> Table:
        """The calls, each with its state."""
        titles = self.titles("name", "purpose", "closes", "budget", "state_of")
        rows = tuple(
            Row(life.call.call, (life.call.purpose, self.calendar.medium(life.call.closes),
                                 self.euros(life.call.budget_cents), self.state(life, today).words),
                f"{path}/{life.call.call}") for life in lives)
        return Table(self.words("calls.title"), titles, rows)

    def state(self, life: Life, today: date) -> Tag:
        """Where a call is."""
        if life.decision is not None:
            return Tag(self.words("calls.state.decided"), "good")
        if today < life.call.opens:
            return Tag(self.words("calls.state.announced"), "plain")
        is_open = today <= life.call.closes
        return Tag(self.words(f"calls.state.{'open' if is_open else 'closed'}"), "good" if is_open else "warn")

    def facts(self, life: Life) -> tuple[Fact, ...]:
        """What a call says, in short."""
        call, day = life.call, self.calendar.medium
        facts = [
            ("legal_act", call.legal_act), ("opens", day(call.opens)), ("closes", day(call.closes)),
            ("budget", self.euros(call.budget_cents)), ("most_asked", self.euros(call.most_asked_cents)),
            ("funding_line", call.funding_line), ("contract", call.contract), ("regions", ", ".join(call.regions)),
            ("groups", self.words("calls.groups_of", fewest=call.applicants.fewest, most=call.applicants.most)),
            ("least", self.words("calls.percent", n=call.least_percent)),
            ("partly", self.words(f"calls.partly_{call.partly}", n=call.least_reached_percent)),
            ("amendments", str(life.amendments)), ("head", life.head)]
        if life.decision is not None:
            facts.append(("decision", f"{life.decision.legal_act}, {day(life.decided_on)}"))
        if call.appeal is not None:
            facts.append(("appeal", self.words(
                "calls.appeal_of", within=call.appeal.within_days, counts=call.appeal.counts_days)))
        return tuple(Fact(self.words(f"calls.{name}"), value) for name, value in facts)

    def tables(self, life: Life) -> tuple[Table, ...]:
        """What is asked for, by what it is judged, when it is paid."""
        call = life.call
        wanted = tuple(Row(self.type(each.type_code), (str(each.fewest_a_month),)) for each in call.wanted)
        criteria = tuple(Row(each.words, (str(each.weight), f"0–{call.scale}")) for each in call.criteria)
        milestones = tuple(
            Row(each.words, (self.calendar.medium(each.on), self.percent(each.share), self.percent(each.percent)))
            for each in call.milestones)
        return (
            Table(self.words("calls.wanted"), self.titles("type", "a_month"), wanted),
            Table(self.words("calls.criteria"), self.titles("criterion", "weight", "scale"), criteria),
            Table(self.words("calls.milestones"), self.titles("milestone", "on", "share", "percent_of"), milestones))

    def applications(self, life: Life) -> Table:
        """The applications by their rank, where all scorers have spoken; officers only."""
        is_told = not any(life.awaited(name) for name in life.applications)
        ranked = {each.application: each for each in (life.ranking() if is_told else ())}
        order = [*ranked, *(name for name in sorted(life.applications) if name not in ranked)]
        rows = []
        for name in order:
            each, grant, place = life.applications[name], life.grants.get(name), ranked.get(name)
            score = self.words("calls.score_of", rank=place.rank, score=place.thousandths) if place else "–"
            rows.append(Row(f"{name} {each.file.name}", (
                self.calendar.medium(each.on), self.euros(each.file.asked_cents), ", ".join(life.awaited(name)) or "–",
                score, self.euros(grant.cents) if grant else "–"), f"{PATH}/{life.call.call}/{name}"))
        return Table(
            self.words("calls.applications"),
            self.titles("application", "handed_in", "asked", "awaited", "score", "granted"), tuple(rows))

    def money(self, accounts: Sequence[Account]) -> Table:
        """What was granted, released, cancelled; what was fed and what it cost. Small cells are not told."""
        rows = [*(self._account(each) for each in accounts), self._total(total(accounts))]
        titles = self.titles(
            "application", "granted", "released", "cancelled", "left", "documents_before", "documents_since", "records",
            "per_document", "per_record")
        return Table(self.words("calls.report"), titles, tuple(rows))

    def _account(self, each: Account) -> Row:
        amounts = tuple(self.euros(cents) for cents in (each.granted, each.released, each.cancelled, each.left))
        if each.fed is None:
            return Row(f"{each.application} {each.group}", (*amounts, *["–"] * 5))
        numbers = (each.fed.before.documents, each.fed.since.documents, each.fed.since.records)
        costs = tuple(self._cost(cents, each) for cents in (each.per_document, each.per_record))
        return Row(f"{each.application} {each.group}", (*amounts, *(self.number(number) for number in numbers), *costs))

    def _total(self, whole: Account) -> Row:
        amounts = (whole.granted, whole.released, whole.cancelled, whole.left)
        return Row(self.words("calls.total"), (*(self.euros(cents) for cents in amounts), *["–"] * 5))

    def _cost(self, cents: int | None, each: Account) -> str:
        if each.fed is not None and each.fed.since.is_small:
            return self.number(None)
        return self.euros(cents) if cents is not None else "–"

    def problems(self, error: InvalidInput | Conflict) -> tuple[str, ...]:
        """Everything that was refused, in plain words, each with its field."""
        issues: Iterable[Issue] = getattr(error, "issues", ()) or (Issue("conflict", str(error)),)
        return tuple(dict.fromkeys(self._problem(each) for each in issues))

    def _problem(self, issue: Issue) -> str:
        said = issue.message
        if isinstance(issue, Fault):
            said = self.words(f"calls.rule.{issue.rule}", **{
                name: self._shown(value, is_cents=name.endswith("cents")) for name, value in issue.values.items()})
        elif isinstance(issue, Refusal):        # of the books: a closed month, for one
            said = self.words(f"accounts.rule.{issue.rule}", **{
                name: self._shown(value, is_cents=True) for name, value in issue.values.items()})
        return self.words("calls.at", where=issue.expression, what=said) if issue.expression else said

    def _shown(self, value: object, *, is_cents: bool) -> str:
        if isinstance(value, date):
            return self.calendar.medium(value)
        return self.euros(value) if is_cents and isinstance(value, int) else str(value)

    def titles(self, *names: str) -> tuple[str, ...]:
        """Titles of columns."""
        return tuple(self.words(f"calls.{name}") for name in names)

    def euros(self, cents: int) -> str:
        """An amount."""
        return euros(cents, self.words.language)

    def percent(self, number: int) -> str:
        """Hundredths."""
        return self.words("calls.percent", n=number)

    def number(self, number: int | None) -> str:
        """A count; what is of one to four records is not told."""
        return self.words("calls.few_records") if number is None else str(number)

    def type(self, type_code: str) -> str:
        """A type of document."""
        return f"{label(CodeList.TYPE, type_code, self.words.language)} ({type_code})"

    def last_day(self, after: date) -> str:
        """The day before one that is not counted any more."""
        return self.calendar.medium(after - timedelta(1))
