"""A patient, as a professional sees them: who, what state the record is in, what may be done now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from carnet.rights.decision import DECEASED
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import RecordState
from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.health import PAGES
from carnet.web.presenters.words import Fact, Tag, Tone, Way
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.status import RecordStatus

_TONES: dict[str, Tone] = {"valid": "good", "none": "plain", "expired": "warn", "forbidden": "bad"}
_UNREAD = (AuthorisationState.NONE, AuthorisationState.EXPIRED)
_ALSO = {"/resultats": PAGES}
CHANNELS = ("oral", "written")
_OFFERED = {"reopen": "rouvrir", "emergency": "urgence", "representative": "representant", "secret": "secret"}


@dataclass(frozen=True, slots=True)
class PatientBanner:
    """Whose record this is, on every page about it: a document read under the wrong name is a danger.

    `emergency` is what must be remembered while an emergency access is open, empty when none is.
    """

    name: str
    born: str
    ins: str
    tag: Tag
    tabs: tuple[Way, ...]
    path: str
    emergency: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class AgreementForm:
    """The patient agrees that this professional reads: said how."""

    agreed: forms.Field
    channel: forms.Field


@dataclass(frozen=True, slots=True)
class Offer:
    """Something else to do with the record: the name of its messages, and where."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """The state of the record, and what the professional may do."""

    path: str
    facts: tuple[Fact, ...]
    what: str
    may_read: bool
    may_deposit: bool
    agreement: AgreementForm | None
    offers: tuple[Offer, ...]
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class PatientPresenter:
    """Presents the record of one patient, whose pages are under `path`."""

    words: Words
    calendar: Calendar
    path: str
    is_secret: bool = False

    def banner(self, status: RecordStatus, here: str) -> PatientBanner:
        """The banner; `here` is the path of the page it stands on."""
        traits = status.traits
        return PatientBanner(
            f"{traits.family.upper()} {traits.given.title()}",
            self.words(f"patient.born_{traits.sex}", when=self._birth(traits.birth_date)),
            status.ins.spaced, self._tag(status),
            tuple(
                Way(self.words(f"patient.{key}"), f"{self.path}{end}", is_current=_is_here(here, self.path, end))
                for key, end in self._tabs(status)
            ),
            self.path, self._emergency(status), self.is_secret,
        )

    def record(
        self, status: RecordStatus, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None
    ) -> RecordView:
        """The page of the record itself."""
        role = self.words("record.medecin_traitant") if status.is_medecin_traitant else ""
        facts = [
            Fact(self.words("record.state"), self.words(f"record.is_{status.state}")),
            Fact(self.words("record.opened"), self._day(status.opened_at)),
            Fact(self.words("record.closed"), self._day(status.closed_at)),
            Fact(self.words("record.authorisation"), self.words(f"record.authorisation_{status.authorisation}")),
            Fact(self.words("record.role"), role),
        ]
        is_asked = _is_active(status) and status.authorisation in _UNREAD and not self.is_secret
        return RecordView(
            self.path, tuple(fact for fact in facts if fact.value), self._what(status), _may_read(status),
            _may_deposit(status), agreement_form(self.words, answers) if is_asked else None,
            tuple(Offer(name, f"{self.path}/{_OFFERED[name]}") for name in self._offers(status)), notice,
        )

    def _tabs(self, status: RecordStatus) -> Iterator[tuple[str, str]]:
        """What the professional may have a use for; whether each act is allowed is decided by the room."""
        yield "record", ""
        if _may_read(status):
            yield "documents", "/documents"
            yield "health", "/resultats"
        if _may_deposit(status):
            yield "deposit", "/deposer"
        if self.is_secret or status.authorisation is AuthorisationState.FORBIDDEN:
            return
        if _is_active(status) and status.own_authorisation is AuthorisationState.VALID:
            yield "choices", "/choix"
        if _is_active(status):
            yield "access", "/acces"
        if _is_active(status) and not _may_read(status):
            yield "emergency", "/urgence"
        yield "did", "/historique"

    def _offers(self, status: RecordStatus) -> Iterator[str]:
        """Other things to do from this page, by the names of their messages."""
        if self.is_secret or status.authorisation is AuthorisationState.FORBIDDEN:
            return
        if status.state is RecordState.CLOSED and status.closing_motive != DECEASED:
            yield "reopen"
        if not _is_active(status):
            return
        if not _may_read(status):
            yield "emergency"
        if status.is_dependant and status.own_authorisation is AuthorisationState.VALID:
            yield "representative"
        if status.is_minor:
            yield "secret"

    def _what(self, status: RecordStatus) -> str:
        """What the state of the record means, where it is not simply open."""
        if status.state is RecordState.CLOSED and status.closing_motive == DECEASED:
            return self.words("standing.deceased")
        key = f"standing.{status.state}"
        return self.words(key) if self.words.has(key) else ""

    def _emergency(self, status: RecordStatus) -> str:
        if status.opened is None:
            return ""
        hour = self.calendar.hour(status.opened.ends_at)
        return self.words(f"glass.banner_{status.opened.mode}", until=hour)

    def _day(self, moment: datetime | None) -> str:
        return self.calendar.medium(self.calendar.day_of(moment)) if moment else ""

    def _tag(self, status: RecordStatus) -> Tag:
        if not _is_active(status):
            return Tag(self.words(f"record.is_{status.state}"), "warn")
        if _may_read(status) and status.authorisation is not AuthorisationState.VALID:
            return Tag(self.words("record.short_opened"), "bad")
        return Tag(self.words(f"record.short_{status.authorisation}"), _TONES[str(status.authorisation)])

    def _birth(self, birth_date: str) -> str:
        return self.calendar.medium(date.fromisoformat(birth_date)) if len(birth_date) == 10 else birth_date


def agreement_form(words: Words, answers: forms.Answers) -> AgreementForm:
    """The box and the question by which a professional says that the patient agrees."""
    channels = (("", tuple((channel, words(f"agreement.channel_{channel}")) for channel in CHANNELS)),)
    return AgreementForm(
        forms.field(words, "agreement", "agreed", answers),
        forms.field(words, "agreement", "channel", answers, choices=channels))


def _is_active(status: RecordStatus) -> bool:
    return status.state is RecordState.ACTIVE


def _may_read(status: RecordStatus) -> bool:
    """What the page offers; whether it is allowed is decided again by the room, at each act."""
    if not _is_active(status):
        return False
    is_open = status.opened is not None and status.authorisation is not AuthorisationState.FORBIDDEN
    return status.authorisation is AuthorisationState.VALID or is_open


def _may_deposit(status: RecordStatus) -> bool:
    return _is_active(status) and status.authorisation is not AuthorisationState.FORBIDDEN


def _is_here(here: str, path: str, end: str) -> bool:
    if not end:
        return here == path
    return here.startswith(f"{path}{end}") or here in [f"{path}/{name}" for name in _ALSO.get(end, ())]
