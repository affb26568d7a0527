"""Who came to my record: the holder's own history, numbered without gaps over what the holder may see (SPEC 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from carnet.audit.events import Event, done
from carnet.audit.store import TracedEvent
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide, filter_for
from carnet.rights.facts import Facts

_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One visit: who, when, what, with what outcome. `documents` are entryUUIDs that the holder may see.

    `event_id` is what one asks the proof of (`record/proof.py`).
    """

    event_id: UUID
    number: int
    at: datetime
    actor_kind: str
    actor_name: str
    actor_id: str
    organisation: str
    act: str
    outcome: str
    reasons: tuple[str, ...]
    documents: tuple[UUID, ...]
    detail: Mapping[str, str]


async def history(
    asker: Asker, ins: Ins, stores: Stores, *, after: datetime | None = None, limit: int = 200,
) -> list[HistoryLine]:
    """The visits to this record, newest first. An event about a document that the holder may not see is not told."""
    async with stores.refusals_traced(asker, Act.SEE_HISTORY) as tracing:
        tracing.record = await stores.record_of(ins)
        events = await stores.audit.events_of(tracing.record)

        def decided(access: Access, known: Known, view: View) -> tuple[Event, list[HistoryLine]]:
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            told = shown_to_holder(events, view, asker.to(Act.READ), facts)
            lines = [_line(number, event) for number, event in enumerate(told, start=1)]
            return done(asker, Act.SEE_HISTORY, known.record), lines

        lines = await stores.read(asker, Act.SEE_HISTORY, tracing.record, decided)
    recent = [line for line in reversed(lines) if line.at > (after or _START)]
    return recent[:limit]


def shown_to_holder(
    events: Sequence[TracedEvent], view: View, reading: Access, facts: Facts,
) -> list[TracedEvent]:
    """Those of the events that are not about a document that the holder may not see."""
    allows = filter_for(reading, facts)
    return [event for event in events if all(
        uuid in view.documents and allows(view.documents[uuid].entry) for uuid in event.documents)]


def _line(number: int, event: TracedEvent) -> HistoryLine:
    detail = {name: str(value) for name, value in event.detail.items() if name not in ("documents", "reasons")}
    return HistoryLine(
        event_id=event.event_id, number=number, at=event.at, actor_kind=event.actor.kind, actor_name=event.actor.name,
        actor_id=event.actor.identifier, organisation=event.actor.organisation_name, act=event.act,
        outcome=event.outcome, reasons=tuple(event.detail.get("reasons", ())), documents=event.documents, detail=detail,
    )
