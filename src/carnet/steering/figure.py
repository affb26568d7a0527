"""Figures of feeds: what they are told apart by, over which days, of which lines, and what came of each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from carnet.record.inbox.message import MessageState
from carnet.steering.delays import percentile


class By(StrEnum):
    """What figures are told apart by."""

    ORGANISATION = "organisation"
    SOFTWARE = "software"
    CHANNEL = "channel"
    KIND = "kind"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Span:
    """Days, of UTC: from `since` on, before `until`."""

    since: date
    until: date


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What figures are of. What they are not told apart by is empty; so is what nobody said."""

    organisation: str = ""
    software: str = ""
    channel: str = ""
    kind: str = ""
    type_code: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of a line in the days asked for. `reasons` counts refused messages by each reason they have."""

    line: Line
    organisation_name: str = ""
    states: Mapping[MessageState, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    documents: int = 0
    structured: int = 0
    replacing: int = 0
    records: int = 0
    delays: Mapping[int, int] = field(default_factory=dict)

    @property
    def received(self) -> int:
        """Messages, each once however often it was sent."""
        return sum(self.states.values())

    @property
    def refused(self) -> int:
        """Messages that were refused."""
        return self.states.get(MessageState.REFUSED, 0)

    @property
    def waiting(self) -> int:
        """Messages that are kept until they can be deposited."""
        return self.states.get(MessageState.WAITING, 0) + self.states.get(MessageState.RECEIVED, 0)

    @property
    def deposited(self) -> int:
        """Messages that were deposited, those that were replaced or deleted since among them."""
        kept = (MessageState.DEPOSITED, MessageState.REPLACED, MessageState.DELETED)
        return sum(self.states.get(state, 0) for state in kept)

    @property
    def replaced(self) -> int:
        """Messages of which a later one replaced a document."""
        return self.states.get(MessageState.REPLACED, 0)

    @property
    def median_minutes(self) -> int | None:
        """From the act to the deposit, for half of the documents."""
        return percentile(self.delays, 50)

    @property
    def ninety_minutes(self) -> int | None:
        """From the act to the deposit, for nine documents of ten."""
        return percentile(self.delays, 90)


@dataclass(frozen=True, slots=True)
class Only:
    """Which lines are meant: those of these organisations (Struct_IdNat) and types; None for all."""

    organisations: Sequence[str] | None = None
    type_codes: Sequence[str] | None = None


ALL = Only()
EACH_LINE = tuple(By)
