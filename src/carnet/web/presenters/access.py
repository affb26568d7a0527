"""A professional's own access to a record, and whom they share it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from carnet.rights.facts import AuthorisationState
from carnet.rights.held import DelegateKind, Delegation
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.patient import AgreementForm, agreement_form
from carnet.web.presenters.professionals import DURATIONS
from carnet.web.presenters.words import Tag
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.status import RecordStatus

_FORM = "sharing"
_USUAL = {"kind": DelegateKind.PROFESSIONAL.value, "days": "30"}


@dataclass(frozen=True, slots=True)
class SharedLine:
    """Somebody with whom the access is shared."""

    delegation_id: UUID
    name: str
    kind: str
    until: str
    members: str


@dataclass(frozen=True, slots=True)
class SharingForm:
    """Whom to share with, and for how long."""

    kind: forms.Field
    subject: forms.Field
    members: forms.Field
    name: forms.Field
    days: forms.Field


@dataclass(frozen=True, slots=True)
class AccessView:
    """The page. Without an access of one's own there is nothing to give up, or to share."""

    path: str
    state: str
    agreement: AgreementForm | None
    renews: bool
    may_give_up: bool
    shared: tuple[SharedLine, ...] | None
    form: SharingForm | None
    problems: tuple[str, ...]
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class AccessPresenter:
    """Presents the page at `path`."""

    words: Words
    calendar: Calendar
    path: str

    def view(
        self, status: RecordStatus, given: Sequence[Delegation] | None, answers: forms.Answers, notice: Tag | None
    ) -> AccessView:
        """The page; `given` is None for who has nothing to share."""
        is_blocked = status.own_authorisation is AuthorisationState.FORBIDDEN
        is_asked = not is_blocked and not status.is_medecin_traitant
        return AccessView(
            self.path, self._state(status), agreement_form(self.words, answers) if is_asked else None,
            status.own_authorisation is AuthorisationState.VALID,
            status.own_authorisation is AuthorisationState.VALID,
            None if given is None else tuple(self._shared(each) for each in given),
            None if given is None else self._form(answers), tuple(answers.errors.values()), notice)

    def _state(self, status: RecordStatus) -> str:
        if status.is_medecin_traitant:
            return self.words("own_access.medecin_traitant")
        if status.own_authorisation is not AuthorisationState.VALID and (
                status.authorisation is AuthorisationState.VALID):
            return self.words("own_access.delegated")
        until = self._day(status.own_until) if status.own_until else ""
        return self.words(f"own_access.{status.own_authorisation}", until=until)

    def _shared(self, given: Delegation) -> SharedLine:
        return SharedLine(
            given.delegation_id, given.name or given.subject, self.words(f"sharing.is_{given.kind}"),
            self.words("sharing.until", when=self._day(given.valid_until)),
            self.words("sharing.n_members", n=len(given.members)) if given.members else "")

    def _form(self, answers: forms.Answers) -> SharingForm:
        filled = answers if answers.values.get("kind") is not None else forms.Answers(_USUAL, {})
        kinds = tuple((kind.value, self.words(f"sharing.to_{kind}")) for kind in DelegateKind)
        days = tuple((days, self.words(f"professionals.days_{days}")) for days in DURATIONS)
        choices = {"kind": (("", kinds),), "days": (("", days),)}
        return SharingForm(**{
            name: forms.field(self.words, _FORM, name, filled, choices=choices.get(name, ()))
            for name in ("kind", "subject", "members", "name", "days")})

    def _day(self, moment: datetime) -> str:
        return self.calendar.medium(self.calendar.day_of(moment))
