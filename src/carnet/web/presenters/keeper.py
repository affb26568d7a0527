"""Who keeps the record of a patient, why, and the form that asks for another host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.hosting.placement import Rule
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Fact, Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.keeper import Keeper
    from carnet.record.keeper_store import KeptBy

_ASKED, _DONE, _REFUSED = "asked", "done", "refused"


@dataclass(frozen=True, slots=True)
class KeeperView:
    """The page. `form` is None when nothing can be asked: `instead` then says why."""

    facts: tuple[Fact, ...]
    why: str
    request: str
    waits: bool
    form: forms.Field | None
    instead: str
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class KeeperPresenter:
    """Puts the place of a record into words; `companies` are the names of those who run hosts."""

    words: Words
    calendar: Calendar
    companies: Mapping[str, str]

    def view(
        self, keeper: Keeper, *, decides: bool, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None,
    ) -> KeeperView:
        """The page, for whom decides on the record or only looks at it."""
        kept = keeper.kept
        facts = tuple(
            Fact(self.words(f"keeper.{part}"), self.named(host))
            for part, host in (("home", kept.home), ("reference", kept.reference)))
        form = self.choice(keeper.could, "keeper", answers) if decides and keeper.could else None
        instead = "" if form is not None else self.words("keeper.none" if decides else "keeper.represented")
        waits = kept.asked_state == _ASKED and decides
        return KeeperView(facts, self.why(kept), self._request(kept), waits, form, instead, notice)

    def why(self, kept: KeptBy) -> str:
        """The rule that placed the record where it is, in a sentence."""
        if kept.placed_by not in set(Rule):
            return self.words("keeper.unknown")
        if kept.placed_by == Rule.COHORT:
            return self.words("keeper.cohort", departement=kept.departement, consortium=kept.consortium)
        return self.words(f"keeper.{kept.placed_by}")

    def choice(
        self, hosts: Sequence[str], form: str, answers: forms.Answers, *, is_optional: bool = False,
    ) -> forms.Field:
        """A list of hosts to choose from."""
        none = (("", self.words("opening.host_any")),) if is_optional else ()
        choices = (*none, *((host, self.named(host)) for host in hosts))
        return forms.field(self.words, form, "host", answers, choices=(("", choices),))

    def named(self, host: str) -> str:
        """A host by the name of who runs it."""
        company = self.companies.get(host, "")
        return f"{company} ({host})" if company else host

    def _request(self, kept: KeptBy) -> str:
        if kept.asked_at is None or kept.asked_state not in (_ASKED, _DONE, _REFUSED):
            return ""
        key = "keeper.asked" if kept.asked_state == _ASKED else f"keeper.is_{kept.asked_state}"
        when = self.calendar.medium(self.calendar.day_of(kept.asked_at))
        why = f"keeper.why_{kept.answer}"
        answer = self.words(why) if self.words.has(why) else kept.answer
        return self.words(key, when=when, host=self.named(kept.asked_host), answer=answer)
