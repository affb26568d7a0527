"""What the national rules say of a document: one sentence for everybody, the rules themselves for professionals."""

from __future__ import annotations

from dataclasses import dataclass

from carnet.documents.schematron.verdict import Broken, Severity
from carnet.record.conformity.told import Conformity
from carnet.record.conformity.words import explain_not_run, explain_standing
from carnet.web.presenters.words import Tag, Tone
from carnet.web.words import Words

_TONES: dict[Severity, Tone] = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFORMATION: ""}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule that is broken, as it is written (in French), and where."""

    text: str
    tag: Tag
    of: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConformityView:
    """`rules` are those that are broken, `not_run` what could not be looked at; both empty for a patient."""

    sentence: str
    rules: tuple[RuleLine, ...] = ()
    not_run: tuple[str, ...] = ()


def present_conformity(found: Conformity, words: Words, *, in_detail: bool) -> ConformityView:
    """The sentence, and for who corrects documents or judges them, all that was found."""
    sentence = explain_standing(found, words.language)
    if found.verdict is None or not in_detail:
        return ConformityView(sentence)
    return ConformityView(
        sentence, tuple(_line(each, words) for each in found.verdict.broken),
        tuple(explain_not_run(each, words.language) for each in found.verdict.not_run))


def _line(each: Broken, words: Words) -> RuleLine:
    tag = Tag(words(f"conformity.{each.severity.value}"), _TONES[each.severity])
    return RuleLine(each.text, tag, words("conformity.of", rules=each.rules, n=each.count), each.places)
