"""What the holder consents to or opposes, each with what it means today, and what another answer would mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.rights.held import PORTAL, PRESUMED, Choice, Consent, SaidThere
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.sight import SightView
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.choices import Choices

# Whether there is a record at all is not chosen here: it is opened and closed.
OFFERED = (
    Choice.CONSULTATION, Choice.FEEDING, Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE, Choice.MASKED_IN_EMERGENCY,
    Choice.MASK_WHAT_COMES)


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """One choice: its question with both answers, what it means today, and since when."""

    question: forms.Field
    today: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Altered:
    """One answer that would change: what it means today, and then."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ThereLine:
    """What was said at one organisation. `lift` is what its button says; empty when there is nothing to lift."""

    organisation: str
    name: str
    said: tuple[str, ...]
    lift: str


@dataclass(frozen=True, slots=True)
class ChoicesView:
    """The page. Without `may_change` it is for reading only."""

    lines: tuple[ChoiceLine, ...]
    tag: str
    ceiling: forms.Field
    ceiling_today: str
    may_change: bool
    notice: Tag | None
    there: tuple[ThereLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The step before saving. `answers` go on with the form; opposing the feeding asks why."""

    altered: tuple[Altered, ...]
    answers: Mapping[str, str]
    tag: str
    reason: forms.Field | None
    sight: SightView


@dataclass(frozen=True, slots=True)
class ChoicesPresenter:
    """Puts choices into words."""

    words: Words
    calendar: Calendar

    def view(
        self, choices: Choices, answers: forms.Answers, *, may_change: bool = True, notice: Tag | None = None
    ) -> ChoicesView:
        """The page; `answers` are those of the ceiling's form when something was wrong there."""
        ceiling = choices.break_glass_ceiling
        if not answers.errors:
            answers = forms.Answers({"limit": "" if ceiling is None else str(ceiling)}, {})
        today = self.words("ceiling.today_none") if ceiling is None else self.words("ceiling.today", n=ceiling)
        return ChoicesView(
            tuple(self._line(choice, choices) for choice in OFFERED), choices.tag,
            forms.field(self.words, "ceiling", "limit", answers), today, may_change, notice,
            tuple(map(self._there, choices.said_there)),
        )

    def altered(self, before: Mapping[Choice, bool], after: Mapping[Choice, bool]) -> tuple[Altered, ...]:
        """What these answers would change."""
        return tuple(
            Altered(self.words(f"choice.{choice}.title"), self._meaning(choice, given=before[choice]),
                    self._meaning(choice, given=given))
            for choice, given in after.items())

    def _line(self, choice: Choice, choices: Choices) -> ChoiceLine:
        given = choices.consents_to[choice]
        answers = tuple((answer, self._meaning(choice, given=answer == "yes")) for answer in ("yes", "no"))
        question = forms.Field(
            choice.value, self.words(f"choice.{choice}.title"), "yes" if given else "no", groups=(("", answers),))
        today = self._today(choice, choices.consents[choice], given=given)
        return ChoiceLine(question, today, self._meaning(choice, given=given))

    def _today(self, choice: Choice, said: Consent | None, *, given: bool) -> str:
        if said is not None:
            why = self.words("choices.said", when=self.calendar.medium(self.calendar.day_of(said.at)))
        else:
            why = self.words("choices.said_by_law" if choice in PRESUMED else "choices.said_nothing")
        return f"{self.words('choices.today')} {self.words('choices.yes' if given else 'choices.no')}, {why}"

    def _there(self, there: SaidThere) -> ThereLine:
        name = there.name or there.organisation
        is_opposed = any(not said.given for said in there.consents.values())
        return ThereLine(
            there.organisation, name, tuple(self._said_there(*each) for each in sorted(there.consents.items())),
            self.words("there.lift_at", name=name) if is_opposed else "")

    def _said_there(self, choice: Choice, said: Consent) -> str:
        what = self.words(f"there.{choice}_{'yes' if said.given else 'no'}")
        when = self.calendar.medium(self.calendar.day_of(said.at))
        return f"{what} ({self.words('there.said_here' if said.channel == PORTAL else 'there.said', when=when)})"

    def _meaning(self, choice: Choice, *, given: bool) -> str:
        return self.words(f"choice.{choice}.{'yes' if given else 'no'}")


def answered(texts: Mapping[str, str], before: Mapping[Choice, bool]) -> dict[Choice, bool]:
    """The choices that a form answers otherwise than they are; an answer that is none leaves things as they are."""
    asked = [(choice, texts.get(choice.value, "")) for choice in OFFERED]
    said = {choice: text == "yes" for choice, text in asked if text in ("yes", "no")}
    return {choice: given for choice, given in said.items() if given != before[choice]}
