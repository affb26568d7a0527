"""The choices that a professional collects, in the very words that the patient would read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.rights.held import Choice
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.patient import CHANNELS
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.choices import Choices

COLLECTED = (Choice.CONSULTATION, Choice.FEEDING, Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE)


@dataclass(frozen=True, slots=True)
class CollectLine:
    """One choice: its question with both answers, and when the patient last spoke of it."""

    question: forms.Field
    today: str


@dataclass(frozen=True, slots=True)
class CollectView:
    """The form."""

    lines: tuple[CollectLine, ...]
    tag: str
    channel: forms.Field
    reason: forms.Field
    problems: tuple[str, ...]


def present_collected(
    choices: Choices, answers: forms.Answers, *, words: Words, calendar: Calendar
) -> CollectView:
    """The form, with what holds now or with what was answered."""
    channels = (("", tuple((channel, words(f"collect.channel_{channel}")) for channel in CHANNELS)),)
    return CollectView(
        tuple(_line(choice, choices, answers=answers, words=words, calendar=calendar) for choice in COLLECTED),
        choices.tag,
        forms.field(words, "collect", "channel", answers, choices=channels),
        forms.field(words, "collect", "reason", answers), tuple(answers.errors.values()))


def _line(
    choice: Choice, choices: Choices, *, answers: forms.Answers, words: Words, calendar: Calendar
) -> CollectLine:
    given, said = choices.consents_to[choice], choices.consents[choice]
    both = tuple((answer, words(f"choice.{choice}.{answer}")) for answer in ("yes", "no"))
    now = answers.value(choice) or ("yes" if given else "no")
    question = forms.Field(choice.value, words(f"choice.{choice}.title"), now, groups=(("", both),))
    answer = words("choices.yes" if given else "choices.no")
    if said is None:
        return CollectLine(question, words("collect.by_law", answer=answer))
    day = calendar.medium(calendar.day_of(said.at))
    return CollectLine(question, words("collect.said", answer=answer, when=day))
