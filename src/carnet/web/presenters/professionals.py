"""Whom the patient authorised or blocked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.rights.held import Authorisation
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag, Tone
from carnet.web.words import Words


@dataclass(frozen=True, slots=True)
class Deed:
    """A button that changes something."""

    words: str
    label: str
    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class ProfessionalLine:
    """One professional."""

    name: str
    identifier: str
    tag: Tag
    until: str
    acts: tuple[Deed, ...]


@dataclass(frozen=True, slots=True)
class ProfessionalsView:
    """The page."""

    lines: tuple[ProfessionalLine, ...]
    professional: forms.Field
    notice: Tag | None = None


@dataclass(frozen=True, slots=True)
class ProfessionalsPresenter:
    """Puts authorisations into words, as they stand at `now`."""

    words: Words
    calendar: Calendar
    now: datetime

    def view(
        self, given: Sequence[Authorisation], answers: forms.Answers = forms.NOTHING, notice: Tag | None = None
    ) -> ProfessionalsView:
        """The page, people in order of their names."""
        lines = sorted((self._line(each) for each in given), key=lambda line: line.name.casefold())
        return ProfessionalsView(
            tuple(lines), forms.field(self.words, "professionals", "professional", answers), notice
        )

    def _line(self, given: Authorisation) -> ProfessionalLine:
        name = given.professional_name or self.words("professionals.unnamed")
        tag, until = self._state(given)
        return ProfessionalLine(name, given.professional, tag, until, self._acts(given, name))

    def _state(self, given: Authorisation) -> tuple[Tag, str]:
        if given.is_forbidden:
            return self._tag("blocked", "bad"), ""
        if given.valid_until is None:
            return self._tag("valid", "good"), ""
        day = self.calendar.medium(self.calendar.day_of(given.valid_until))
        if given.valid_until > self.now:
            return self._tag("valid", "good"), self.words("professionals.until", when=day)
        return self._tag("expired", "warn"), self.words("professionals.since", when=day)

    def _tag(self, state: str, tone: Tone) -> Tag:
        return Tag(self.words(f"professionals.is_{state}"), tone)

    def _acts(self, given: Authorisation, name: str) -> tuple[Deed, ...]:
        block = self._deed("block", "bloquer", "stop", name)
        authorise = self._deed("authorise", "autoriser", "quiet", name)
        if given.is_forbidden:
            return (authorise,)
        if given.valid_until is not None and given.valid_until <= self.now:
            return (authorise, block)
        return (block,)

    def _deed(self, act: str, path: str, tone: str, name: str) -> Deed:
        return Deed(
            self.words(f"professionals.{act}"), self.words(f"professionals.{act}_whom", name=name),
            f"/moi/professionnels/{path}", tone,
        )
