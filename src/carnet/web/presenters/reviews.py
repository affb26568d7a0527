"""Emergency accesses as an officer reviews them, and the figures that everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.record.emergency_store import EmergencyUse, ReviewFigures
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.home import Figure
from carnet.web.presenters.words import Fact, Tag, Way
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One access in the list."""

    when: str
    iso: str
    who: str
    mode: str
    tag: Tag | None
    path: str
    look: str


@dataclass(frozen=True, slots=True)
class ReviewsView:
    """The list: those that wait, or those that were reviewed."""

    title: str
    lines: tuple[ReviewLine, ...]
    nothing: str
    ways: tuple[Way, ...]
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One access. `form` is None once it was reviewed."""

    title: str
    tag: Tag | None
    reason: str
    facts: tuple[Fact, ...]
    form: tuple[forms.Field, forms.Field] | None
    path: str


@dataclass(frozen=True, slots=True)
class ReviewPresenter:
    """Puts emergency accesses into words."""

    words: Words
    calendar: Calendar

    def listed(self, uses: Sequence[EmergencyUse], notice: Tag | None, *, closed: bool) -> ReviewsView:
        """The list, in the order given."""
        shown = "closed" if closed else "waiting"
        ways = (
            Way(self.words("control.see_waiting"), "/controle", is_current=not closed),
            Way(self.words("control.see_closed"), "/controle?voir=clos", is_current=closed))
        return ReviewsView(
            self.words(f"control.title_{shown}"), tuple(self._line(use) for use in uses),
            self.words(f"control.no_{shown}"), ways, notice)

    def one(self, use: EmergencyUse, answers: forms.Answers) -> ReviewView:
        """One access, and the form while it waits."""
        form = None
        if use.review is None:
            choices = (("oui", self.words("control.justified_yes")), ("non", self.words("control.justified_no")))
            form = (
                forms.field(self.words, "control", "justified", answers, choices=(("", choices),)),
                forms.field(self.words, "control", "note", answers))
        return ReviewView(
            self.words("control.one_title", name=_name(use)), self._tag(use),
            use.reason or self.words("control.no_reason"), tuple(self._facts(use)), form, _path(use))

    def _line(self, use: EmergencyUse) -> ReviewLine:
        who = ", ".join(part for part in (_name(use), use.organisation) if part)
        moment = self.calendar.moment(use.opened_at)
        return ReviewLine(
            moment, use.opened_at.isoformat(), who, self.words(f"mode.{use.mode}"), self._tag(use), _path(use),
            self.words("control.look_label", name=_name(use), when=moment))

    def _tag(self, use: EmergencyUse) -> Tag | None:
        if use.review is not None:
            return Tag(self.words(f"control.is_{use.review}"), "good" if use.review == "justified" else "bad")
        return Tag(self.words("control.is_late"), "warn") if use.is_late else None

    def _facts(self, use: EmergencyUse) -> list[Fact]:
        facts = [
            ("mode", self.words(f"mode.{use.mode}")), ("opened", self.calendar.moment(use.opened_at)),
            ("professional", use.professional), ("organisation", use.organisation), ("record", str(use.record)),
        ]
        if use.reviewed_at is not None:
            facts += [
                ("reviewed", self.calendar.moment(use.reviewed_at)), ("reviewed_by", use.reviewed_by),
                ("said", use.review_note)]
        return [Fact(self.words(f"control.{name}"), value) for name, value in facts if value]


def present_figures(figures: ReviewFigures, words: Words) -> tuple[Figure, ...]:
    """The figures, named."""
    values = {
        "open": figures.open, "late": figures.late, "justified": figures.justified, "unjustified": figures.unjustified}
    return tuple(Figure(words(f"control.figure_{name}"), str(value)) for name, value in values.items())


def _name(use: EmergencyUse) -> str:
    return use.professional_name or use.professional


def _path(use: EmergencyUse) -> str:
    return f"/controle/{use.record}/{use.emergency_id}"
