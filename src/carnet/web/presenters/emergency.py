"""Emergency accesses as a professional is offered them: what they open, what they cost, and why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.people.caller import ProfessionalCaller
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import Choice, RecordState
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from carnet.web import forms
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.status import RecordStatus

_POINTS = ("hour", "told", "reviewed", "masked")
REASONS = {"bris": "reason", "centre": "call"}
"""The field that asks why, by the mode in which a form opens the record."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many emergency accesses one professional opens in a day before a second person must agree."""

    a_day: int
    needs_second: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of emergency access. With `why_not` there is no form."""

    mode: str
    title: str
    what: str
    points: tuple[str, ...]
    reason: forms.Field
    do: str
    why_not: str = ""
    login_path: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyView:
    """The page. `why_not` stands where no emergency access is to be opened at all."""

    path: str
    why_not: str
    offers: tuple[Offer, ...]
    second_reason: str
    needs_second: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmergencyPresenter:
    """Presents the page at `path`. `login_path` is where to log in again, empty for who just did."""

    words: Words
    path: str
    login_path: str

    def view(
        self, status: RecordStatus, caller: ProfessionalCaller, answers: forms.Answers, *, ceilings: Ceilings
    ) -> EmergencyView:
        """The page; what is offered is decided again when it is asked for."""
        why_not = self._why_not(status)
        offers = () if why_not or ceilings.needs_second else tuple(
            self._offer(mode, status, answers, ceilings)
            for mode in (("centre", "bris") if caller.is_regulator else ("bris",)))
        return EmergencyView(
            self.path, why_not, offers, answers.value("reason"), ceilings.needs_second and not why_not,
            tuple(answers.errors.values()))

    def _why_not(self, status: RecordStatus) -> str:
        if status.state is not RecordState.ACTIVE:
            return self.words(f"standing.{status.state}")
        if status.authorisation is AuthorisationState.FORBIDDEN:
            return self._said(Reason.BLOCKED_BY_PATIENT)
        return self.words("glass.not_needed") if status.authorisation is AuthorisationState.VALID else ""

    def _offer(self, mode: str, status: RecordStatus, answers: forms.Answers, ceilings: Ceilings) -> Offer:
        is_glass = mode == "bris"
        choice, reason = (
            (Choice.BREAK_THE_GLASS, Reason.BREAK_THE_GLASS_OPPOSED) if is_glass
            else (Choice.REGULATION_CENTRE, Reason.REGULATION_CENTRE_OPPOSED))
        points = [self.words(f"glass.{point}") for point in _POINTS]
        if is_glass:
            points.append(self.words("glass.ceilings", n=ceilings.a_day))
        name = REASONS[mode]
        field = forms.Field(
            name, self.words(f"glass.reason_{mode}"), answers.value(name), self.words(f"glass.reason_{mode}_help"),
            answers.error(name))
        return Offer(
            mode, self.words(f"glass.title_{mode}"), self.words(f"glass.what_{mode}"), tuple(points), field,
            self.words(f"glass.do_{mode}"), "" if choice in status.emergency else self._said(reason),
            self.login_path if is_glass else "")

    def _said(self, reason: Reason) -> str:
        return explain(reason, self.words.language, to="professional")
