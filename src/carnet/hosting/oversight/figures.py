"""The figures of a host's oversight: counts, and what is made of them. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Possession:
    """What came of asking a host to prove that it holds some records."""

    asked: int = 0
    right: int = 0
    wrong: int = 0
    missing: int = 0
    unanswered: int = 0
    answer_ms: int = 0


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a host's whole inventory showed: records compared; those it lacks something of; those it was never given;
    those of which it holds more than was committed.
    """

    compared: int
    lacking: int
    unknown: int
    ahead: int


@dataclass(frozen=True, slots=True)
class HostFigures:
    """How a host did on a day (UTC). What was not compared that day is None."""

    host: str
    day: date
    asked: int = 0
    right_answers: int = 0
    wrong_answers: int = 0
    missing_answers: int = 0
    unanswered: int = 0
    answer_ms: int = 0
    compared_at: datetime | None = None
    compared: int = 0
    lacking: int = 0
    unknown_records: int = 0
    ahead: int = 0
    contradicted: int = 0
    bodies_read: int | None = None
    explained_reads: int | None = None
    unexplained_reads: int | None = None

    @property
    def answered(self) -> int:
        """Questions that it answered, rightly or not."""
        return self.right_answers + self.wrong_answers + self.missing_answers

    @property
    def mean_answer_ms(self) -> int | None:
        """How long an answer took; None when there was none."""
        return self.answer_ms // self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Offence:
    """A host told a shorter chain, or another one, than it had signed, and nobody had ordered it to erase."""

    record: UUID
    host: str
    noted_at: datetime
    place: int
    head: bytes
    how: str
    later_place: int
    later_head: bytes
    receipt: str
