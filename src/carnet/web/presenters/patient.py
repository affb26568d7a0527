"""A patient, as a professional sees them: who, what state the record is in, what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from carnet.web import forms
from carnet.web.days import Calendar
from carnet.web.presenters.words import Fact, Tag, Tone, Way
from carnet.web.words import Words

if TYPE_CHECKING:
    from carnet.record.status import RecordStatus

_TONES: dict[str, Tone] = {"valid": "good", "none": "plain", "expired": "warn", "forbidden": "bad"}


@dataclass(frozen=True, slots=True)
class PatientBanner:
    """Whose record this is, on every page about it: a document read under the wrong name is a danger."""

    name: str
    born: str
    ins: str
    tag: Tag
    tabs: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    """The state of the record, and what the professional may do."""

    path: str
    facts: tuple[Fact, ...]
    may_read: bool
    may_ask_agreement: bool
    agreement: forms.Field
    notice: Tag | None


@dataclass(frozen=True, slots=True)
class PatientPresenter:
    """Presents the record of one patient, whose pages are under `path`."""

    words: Words
    calendar: Calendar
    path: str

    def banner(self, status: RecordStatus, here: str) -> PatientBanner:
        """The banner; `here` is the path of the page it stands on."""
        traits = status.traits
        may_read = _may_read(status)
        tabs = [("patient.record", "")]
        tabs += [("patient.documents", "/documents")] if may_read else []
        tabs += [("patient.deposit", "/deposer")] if _may_deposit(status) else []
        return PatientBanner(
            f"{traits.family.upper()} {traits.given.title()}",
            self.words(f"patient.born_{traits.sex}", when=self._birth(traits.birth_date)),
            status.ins.spaced, self._tag(status),
            tuple(
                Way(self.words(key), f"{self.path}{end}", is_current=_is_here(here, self.path, end))
                for key, end in tabs
            ),
        )

    def record(
        self, status: RecordStatus, answers: forms.Answers = forms.NOTHING, notice: Tag | None = None
    ) -> RecordView:
        """The page of the record itself."""
        role = self.words("record.medecin_traitant") if status.is_medecin_traitant else ""
        facts = [
            Fact(self.words("record.state"), self.words(f"record.is_{status.state}")),
            Fact(self.words("record.opened"), self.calendar.medium(self.calendar.day_of(status.opened_at))),
            Fact(self.words("record.closed"), self._closed(status)),
            Fact(self.words("record.authorisation"), self.words(f"record.authorisation_{status.authorisation}")),
            Fact(self.words("record.role"), role),
        ]
        return RecordView(
            self.path, tuple(fact for fact in facts if fact.value), _may_read(status),
            status.closed_at is None and status.authorisation in ("none", "expired"),
            forms.field(self.words, "agreement", "agreed", answers), notice,
        )

    def _closed(self, status: RecordStatus) -> str:
        return self.calendar.medium(self.calendar.day_of(status.closed_at)) if status.closed_at else ""

    def _tag(self, status: RecordStatus) -> Tag:
        if status.closed_at is not None:
            return Tag(self.words("record.is_closed"), "warn")
        return Tag(self.words(f"record.short_{status.authorisation}"), _TONES[str(status.authorisation)])

    def _birth(self, birth_date: str) -> str:
        return self.calendar.medium(date.fromisoformat(birth_date)) if len(birth_date) == 10 else birth_date


def _may_read(status: RecordStatus) -> bool:
    """What the page offers; whether it is allowed is decided again by the room, at each act."""
    return status.closed_at is None and status.authorisation == "valid"


def _may_deposit(status: RecordStatus) -> bool:
    return status.closed_at is None and status.authorisation != "forbidden"


def _is_here(here: str, path: str, end: str) -> bool:
    return here == path if not end else here.startswith(f"{path}{end}")
