"""Who came to the record: all of it for its holder, representatives and médecin traitant; for other professionals what
they did themselves (SPEC 9.1). Numbered without gaps over what the reader is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from carnet.audit.events import Event, actor_of, done
from carnet.audit.store import TracedEvent
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.about_documents import about_the_document
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from carnet.rights.party import Party, party_of
from carnet.rights.reasons import ABOUT_READING, Reason

_START = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_TOLD = frozenset({"documents", "reasons", "segments"})     # told otherwise, or to no person
_TECHNICAL = frozenset({"snapshot", "check", "reconcile", "restore_accept"})    # nobody's visit; one counts documents
# A deleted document is hidden from nobody who knew of it: that it was deleted, and by whom, is told.
_HIDING = frozenset({
    Reason.MASKED_FROM_PROFESSIONALS, Reason.NOT_YET_ANNOUNCED, Reason.HIDDEN_FROM_REPRESENTATIVES,
    Reason.TYPE_NOT_OPEN})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One visit: who, when, what, with what outcome. `documents` are entryUUIDs that the reader may know of.

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
    """The visits to this record that the asker is told of, newest first. Raises NotFound, NotPermitted."""
    async with stores.refusals_traced(asker, Act.SEE_HISTORY) as tracing:
        tracing.record = await stores.record_of(ins)
        events = await stores.audit.events_of(tracing.record)

        def decided(access: Access, known: Known, view: View) -> tuple[Event, list[HistoryLine]]:
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            lines = [_line(number, event) for number, event in enumerate(told(events, view, access, facts), start=1)]
            return done(asker, Act.SEE_HISTORY, known.record), lines

        lines = await stores.read(asker, Act.SEE_HISTORY, tracing.record, decided)
    recent = [line for line in reversed(lines) if line.at > (after or _START)]
    return recent[:limit]


def told(events: Iterable[TracedEvent], view: View, access: Access, facts: Facts) -> list[TracedEvent]:
    """Those of the events that this reader is told of, each with those of its documents that the reader may know of.

    What is about documents that are all hidden from the reader is not told: it is as if it never was.
    """
    reader = _Reader(access, view, facts)
    return [shown for event in events if (shown := reader.told(event)) is not None]


class _Reader:
    """Who reads the traces, and what they may know of."""

    def __init__(self, access: Access, view: View, facts: Facts) -> None:
        self._reading = replace(access, act=Act.READ)
        self._view, self._facts = view, facts
        self._party = party_of(access.caller, facts)
        self._me = actor_of(access.caller)
        self._all = self._party is not Party.PROFESSIONAL or facts.is_medecin_traitant(self._me.identifier)

    def told(self, event: TracedEvent) -> TracedEvent | None:
        if event.act in _TECHNICAL or not (self._all or self._is_mine(event)):
            return None
        if self._party is Party.REPRESENTATIVE and event.detail.get("secret"):
            return None
        documents = [uuid for uuid in event.documents if self._knows(uuid, event)]
        if len(documents) == len(event.documents):
            return event
        if not documents:
            return None
        return replace(event, detail={**event.detail, "documents": [str(uuid) for uuid in documents]})

    def _is_mine(self, event: TracedEvent) -> bool:
        return (event.actor.kind, event.actor.identifier) == (self._me.kind, self._me.identifier)

    def _knows(self, entry_uuid: UUID, event: TracedEvent) -> bool:
        filed = self._view.documents.get(entry_uuid)
        if filed is None:
            return False
        if event.outcome != "done" and self._is_mine(event):
            # They were told that there is no such document: their own trace must not tell them otherwise.
            return ABOUT_READING.isdisjoint(decide(self._reading, filed.entry, self._facts).against)
        return _HIDING.isdisjoint(about_the_document(self._reading, self._party, filed.entry, self._facts))


def _line(number: int, event: TracedEvent) -> HistoryLine:
    detail = {name: str(value) for name, value in event.detail.items() if name not in _NOT_TOLD}
    return HistoryLine(
        event_id=event.event_id, number=number, at=event.at, actor_kind=event.actor.kind, actor_name=event.actor.name,
        actor_id=event.actor.identifier, organisation=event.actor.organisation_name, act=event.act,
        outcome=event.outcome, reasons=tuple(event.detail.get("reasons", ())), documents=event.documents, detail=detail,
    )
