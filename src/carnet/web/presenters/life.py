"""The life of a record in words: what state it is in, what was asked for, what comes when, and what may be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carnet.rights.decision import DECEASED
from carnet.rights.due import retention_ends
from carnet.rights.held import RecordState
from carnet.rights.party import Party
from carnet.web.days import Calendar
from carnet.web.presenters.words import Tag, Tone
from carnet.web.words import Words

if TYPE_CHECKING:
    from datetime import datetime

    from carnet.record.status import RecordStatus

PATH = "/moi/carnet"
_TONES: dict[RecordState, Tone] = {RecordState.ACTIVE: "good", RecordState.REFUSED: "plain"}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be done now, on a page of its own."""

    title: str
    what: str
    do: str
    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class LifeView:
    """The page."""

    state: Tag
    sentences: tuple[str, ...]
    offers: tuple[Offer, ...]
    notice: Tag | None = None


@dataclass(frozen=True, slots=True)
class LifePresenter:
    """Puts the state of a record into words."""

    words: Words
    calendar: Calendar

    def view(self, status: RecordStatus, *, decides: bool, notice: Tag | None = None) -> LifeView:
        """The page, for whom decides on the record or only looks at it."""
        state = Tag(self.words(f"life.is_{status.state}"), _TONES.get(status.state, "warn"))
        sentences = list(self._sentences(status))
        key = "life.ins" if status.party is Party.HOLDER else "life.ins_other"
        sentences.append(self.words(key, ins=status.ins.spaced))
        if not decides:
            sentences.append(self.words("life.represented"))
        offers = tuple(self._offer(step) for step in _steps(status)) if decides else ()
        return LifeView(state, tuple(sentences), offers, notice)

    def _sentences(self, status: RecordStatus) -> Iterator[str]:
        match status.state:
            case RecordState.NOTICE:
                yield self.words("life.notice")
                if status.notice_ends_at is not None:
                    yield self.words("life.notice_ends", when=self._day(status.notice_ends_at))
            case RecordState.CLOSED:
                yield from self._closed(status)
            case _:
                yield self.words(f"life.{status.state}", when=self._day(status.opened_at))

    def _closed(self, status: RecordStatus) -> Iterator[str]:
        if status.closed_at is None:
            return
        yield self.words("life.closed", when=self._day(status.closed_at))
        if status.erasure_due_at is not None:
            yield self.words("life.erasure", when=self._day(status.erasure_due_at))
        else:
            yield self.words("life.kept", when=self._day(retention_ends(status.closed_at)))
        if status.closing_motive == DECEASED:
            yield self.words("life.deceased")

    def _day(self, moment: datetime) -> str:
        return self.calendar.medium(self.calendar.day_of(moment))

    def _offer(self, step: str) -> Offer:
        key = f"step.{step}"
        tone = "stop" if step in ("fermer", "effacer", "refuser") else "quiet" if step == "garder" else ""
        return Offer(
            self.words(f"{key}.offer"), self.words(f"{key}.what"), self.words(f"{key}.link"), f"{PATH}/{step}", tone)


def _steps(status: RecordStatus) -> tuple[str, ...]:
    """What is offered in this state; whether it is allowed is decided at each act."""
    match status.state:
        case RecordState.NOTICE:
            return ("ouvrir", "refuser")
        case RecordState.REFUSED:
            return ("ouvrir",)
        case RecordState.ACTIVE | RecordState.SUSPENDED:
            return ("fermer",)
        case RecordState.CLOSED:
            reopening = () if status.closing_motive == DECEASED else ("rouvrir",)
            return (*reopening, "garder" if status.erasure_due_at else "effacer")
        case _:
            return ()
