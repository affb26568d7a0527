"""Whom the patient authorised or blocked, what else may be said of them, and whom they share it with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from carnet.rights.held import Authorisation, Delegation
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag, Tone, Way
from carnet.web.words import Words

_PATH = "/moi/professionnels"
DURATIONS = ("7", "30", "90", "180", "365")
"""For how many days one may authorise; the last is what the law knows when nothing else is said."""


@dataclass(frozen=True, slots=True)
class ProfessionalLine:
    """One professional in the list."""

    name: str
    identifier: str
    path: str
    tags: tuple[Tag, ...]
    until: str


@dataclass(frozen=True, slots=True)
class DelegationLine:
    """Somebody who reads because one of my professionals shared it."""

    name: str
    kind: str
    by: str
    until: str


@dataclass(frozen=True, slots=True)
class ProfessionalsView:
    """The page."""

    lines: tuple[ProfessionalLine, ...]
    delegations: tuple[DelegationLine, ...]
    professional: forms.Field
    days: forms.Field
    notice: Tag | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to say of a professional: what it means, and the button. `hidden` goes with the form."""

    title: str
    what: str
    do: str
    path: str
    tone: str = "quiet"
    hidden: tuple[tuple[str, str], ...] = ()
    days: forms.Field | None = None


@dataclass(frozen=True, slots=True)
class OneProfessionalView:
    """The page of one professional."""

    line: ProfessionalLine
    deeds: tuple[Deed, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class ProfessionalsPresenter:
    """Puts authorisations into words, as they stand at `now`."""

    words: Words
    calendar: Calendar
    now: datetime

    def view(
        self, given: Sequence[Authorisation], shared: Sequence[Delegation], answers: forms.Answers = forms.NOTHING,
        notice: Tag | None = None,
    ) -> ProfessionalsView:
        """The page, people in order of their names."""
        lines = sorted((self._line(each) for each in given), key=lambda line: line.name.casefold())
        names = {line.identifier: line.name for line in lines}
        return ProfessionalsView(
            tuple(lines), tuple(self._shared(each, names.get(each.delegated_by, "")) for each in shared),
            forms.field(self.words, "professionals", "professional", answers), self._days(answers), notice,
        )

    def one(self, given: Authorisation, *, may_change: bool) -> OneProfessionalView:
        """One of them."""
        ways = (
            Way(self.words("professionals.sees"), f"{_PATH}/regard?{urlencode({'qui': f'ps|{given.professional}'})}"),
            Way(self.words("professionals.did"), f"/moi/acces?{urlencode({'who': given.professional})}"),
        )
        deeds = tuple(self._deeds(given)) if may_change else ()
        return OneProfessionalView(self._line(given), deeds, ways)

    def _line(self, given: Authorisation) -> ProfessionalLine:
        tag, until = self._state(given)
        roles = [Tag(self.words(f"professionals.is_{role}"), "") for role, is_held in (
            ("medecin_traitant", given.is_medecin_traitant), ("administrator", given.is_administrator)) if is_held]
        name = given.professional_name or self.words("professionals.unnamed_number", number=given.professional)
        path = f"{_PATH}/qui/{quote(given.professional, safe='')}"
        return ProfessionalLine(name, given.professional, path, (tag, *roles), until)

    def _state(self, given: Authorisation) -> tuple[Tag, str]:
        if given.is_forbidden:
            return self._tag("blocked", "bad"), ""
        if given.is_medecin_traitant:
            return self._tag("valid", "good"), ""
        if given.valid_until is None:
            return self._tag("none", "plain"), ""
        day = self.calendar.medium(self.calendar.day_of(given.valid_until))
        if given.valid_until > self.now:
            return self._tag("valid", "good"), self.words("professionals.until", when=day)
        return self._tag("expired", "warn"), self.words("professionals.since", when=day)

    def _tag(self, state: str, tone: Tone) -> Tag:
        return Tag(self.words(f"professionals.is_{state}"), tone)

    def _deeds(self, given: Authorisation) -> Iterator[Deed]:
        if given.is_forbidden:
            yield self._deed("unblock", "debloquer")
            return
        is_valid = given.is_medecin_traitant or (given.valid_until is not None and given.valid_until > self.now)
        again = "authorise_longer" if is_valid else "authorise_again"
        yield self._deed(again, "autoriser", tone="", days=self._days(forms.NOTHING))
        yield self._role("medecin_traitant", "traitant", is_held=given.is_medecin_traitant)
        if is_valid:
            yield self._role("administrator", "gestion", is_held=given.is_administrator)
            yield self._deed("withdraw", "retirer")
        yield self._deed("block", "bloquer", tone="stop")

    def _role(self, role: str, name: str, *, is_held: bool) -> Deed:
        hidden = (("role", name), ("named", "no" if is_held else "yes"))
        return self._deed(f"{role}_no_more" if is_held else role, "role", hidden=hidden)

    def _deed(
        self, name: str, path: str, *, tone: str = "quiet", hidden: tuple[tuple[str, str], ...] = (),
        days: forms.Field | None = None,
    ) -> Deed:
        key = f"deed.{name}"
        return Deed(
            self.words(f"{key}.title"), self.words(f"{key}.what"), self.words(f"{key}.do"), f"{_PATH}/{path}", tone,
            hidden, days)

    def _days(self, answers: forms.Answers) -> forms.Field:
        chosen = forms.Answers({"days": answers.value("days") or DURATIONS[-1]}, {})
        choices = tuple((days, self.words(f"professionals.days_{days}")) for days in DURATIONS)
        return forms.field(self.words, "professionals", "days", chosen, choices=(("", choices),))

    def _shared(self, given: Delegation, by: str) -> DelegationLine:
        return DelegationLine(
            given.name or given.subject, self.words(f"professionals.to_{given.kind}"), by or given.delegated_by,
            self.words("professionals.until", when=self.calendar.medium(self.calendar.day_of(given.valid_until))))
