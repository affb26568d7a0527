"""What a change of rights does beside its journal entry: the portal's rows that are made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import msgspec

from carnet.people.caller import Caller, ProfessionalCaller
from carnet.people.ins import Ins
from carnet.rights.due import next_due
from carnet.rights.held import Emergency, ProxyState, RecordRights

_ACTING = (ProxyState.PENDING, ProxyState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that someone is told: that it happened, never what a document says. `act` is an `Act` value.

    What somebody did themself they need not be told: it `is_read` from the start.
    """

    recipient: str
    act: str
    detail: dict[str, str] = field(default_factory=dict)
    notification_id: UUID = field(default_factory=uuid4)
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Effects:
    """The rights from now on, whom to tell, and the emergency access that this opened, if it did.

    `ceiling` is how many of these the caller may open in 24 hours, None for any number: it is kept at commit.
    """

    rights: RecordRights
    notices: tuple[Notice, ...] = ()
    emergency: Emergency | None = None
    caller: Caller | None = None
    ceiling: int | None = None

    def columns(self) -> tuple[object, ...]:
        """The values of `UPDATE_RIGHTS`, after the record."""
        persons = sorted({person_key(each.person) for each in self.rights.proxies if each.state in _ACTING})
        return (
            msgspec.json.encode(self.rights).decode(), self.rights.state.value, next_due(self.rights), persons,
            *self._emergency_columns(), *columns_of(self.notices),
        )

    def _emergency_columns(self) -> tuple[list[object], ...]:
        one, by = self.emergency, self.caller
        if one is None or not isinstance(by, ProfessionalCaller):
            return ([], [], [], [], [], [], [])
        name = f"{by.given} {by.family}".strip()
        return (
            [one.emergency_id], [one.professional], [name], [by.organisation_name], [one.mode], [one.reason],
            [one.opened_at])


def columns_of(notices: Sequence[Notice]) -> tuple[list[object], ...]:
    """The values of the rows of these notices."""
    return (
        [notice.notification_id for notice in notices], [notice.recipient for notice in notices],
        [notice.act for notice in notices], [msgspec.json.encode(notice.detail).decode() for notice in notices],
        [notice.is_read for notice in notices])


def person_key(person: Ins) -> str:
    """How rows name a person."""
    return f"{person.oid}|{person.value}"


def to_person(person: Ins) -> str:
    """The recipient of a notification: a person."""
    return f"person|{person_key(person)}"


def to_professional(ps_id: str) -> str:
    """The recipient of a notification: a professional."""
    return f"professional|{ps_id}"
