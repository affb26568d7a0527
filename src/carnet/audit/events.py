"""Audit events: one for each access, committed before data leaves (SPEC 9.3, ATNA).

An event names documents by entryUUID, never by title: the portal keeps no document's content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import msgspec

from carnet.journal.content import Actor
from carnet.people.caller import (
    AccountantCaller,
    Caller,
    OfficerCaller,
    OrganisationCaller,
    PatientCaller,
    ProfessionalCaller,
    SystemCaller,
)
from carnet.rights.access import Asker

NO_RECORD = UUID(int=0)
"""The record of events that are about no record in particular: an unknown INS, a bad token."""


@dataclass(frozen=True, slots=True)
class Event:
    """One trace. `act` is an `Act` value or what a door was asked; `outcome` is done or refused."""

    record: UUID
    act: str
    outcome: str
    door: str
    request_id: str
    actor: Actor
    detail: dict[str, Any] = field(default_factory=dict)
    event_id: UUID = field(default_factory=uuid4)

    def columns(self) -> tuple[UUID, UUID, str, str, str, str, str, str]:
        """The values of its row, in the order of the table."""
        return (
            self.record, self.event_id, self.act, self.outcome, self.door, self.request_id,
            msgspec.json.encode(self.actor).decode(), msgspec.json.encode(self.detail).decode(),
        )


def done(asker: Asker, act: str, record: UUID, *, documents: Sequence[UUID] = (), **detail: Any) -> Event:
    """The access took place. `act` is an `Act`, or the name of what is asked of no record in particular."""
    return _event(asker, act, record, "done", {**_documents(documents), **detail})


def refused(
    asker: Asker, act: str, record: UUID, *, reasons: Sequence[str], documents: Sequence[UUID] = (), **detail: Any,
) -> Event:
    """The access was refused, for these reasons. A refusal about a document names it: who may not see it is not told.
    """
    return _event(asker, act, record, "refused", {"reasons": list(reasons), **_documents(documents), **detail})


def actor_of(caller: Caller | None) -> Actor:
    """How a caller is named in journals and traces; None is someone who could not be identified."""
    match caller:
        case PatientCaller(ins=ins, family=family, given=given):
            return Actor("patient", str(ins), f"{given} {family}".strip())
        case ProfessionalCaller() as professional:
            return Actor(
                "professional", professional.ps_id, f"{professional.given} {professional.family}".strip(),
                professional.organisation or "", professional.organisation_name)
        case OrganisationCaller(struct_id=struct_id, name=name, software=software):
            return Actor("organisation", struct_id, software, struct_id, name)
        case OfficerCaller(officer_id=officer_id, family=family, given=given):
            return Actor("officer", officer_id, f"{given} {family}".strip())
        case AccountantCaller(accountant_id=accountant_id, family=family, given=given):
            return Actor("accountant", accountant_id, f"{given} {family}".strip())
        case SystemCaller(name=name):
            return Actor("system", "", name)
        case None:
            return Actor("unknown", "", "")


def _event(asker: Asker, act: str, record: UUID, outcome: str, detail: dict[str, Any]) -> Event:
    if asker.is_secret:
        detail = {**detail, "secret": True}     # a minor's secret connection: representatives are not told
    return Event(record, str(act), outcome, asker.door, asker.request_id, actor_of(asker.caller), detail)


def _documents(documents: Sequence[UUID]) -> dict[str, Any]:
    return {"documents": [str(each) for each in documents]} if documents else {}
