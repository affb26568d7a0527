"""What a use case works with, and the few steps that all of them share.

Built once by `roles/wiring.py`. Doors only pass it on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from carnet.audit.events import NO_RECORD, Event, refused
from carnet.audit.store import AuditStore
from carnet.documents.validation import PRODUCTION, SubmissionPolicy
from carnet.errors import CarnetError, Conflict, Gone, InvalidInput, NotFound, NotPermitted, Unavailable
from carnet.hosting.copies import Copies
from carnet.hosting.delivery import Delivery
from carnet.hosting.oversight.heard import Heard
from carnet.hosting.oversight.said import PLATFORM
from carnet.hosting.placing.place import Placing
from carnet.hosting.store import HostingStore
from carnet.journal.keys import RecordKeys
from carnet.journal.store import KeyStore
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.clock import Clock
from carnet.record.emergency_store import EmergencyStore
from carnet.record.identifiers import of_person
from carnet.record.inbox.store import InboxStore
from carnet.record.intake import NOTHING_MORE, Intake
from carnet.record.known import Known
from carnet.record.known_contents import KnownContents
from carnet.record.matrices import MatrixStore
from carnet.record.notification_store import NotificationStore
from carnet.record.reconcile.guard import Guard
from carnet.record.store import COMPARING, RECONCILE_SECONDS, RecordStore
from carnet.record.views import Views
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import Decision, decide
from carnet.rights.facts import AS_THE_LAW_SAYS, Facts, RightsPolicy
from carnet.rights.held import RecordState

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
# A refusal is told only when it was decided on what the database says now: what this process has at hand may be of
# before a change made by another, and nothing at commit would catch it, since a refusal commits nothing.
REFUSALS = (NotPermitted, NotFound, Gone, InvalidInput)
_TRIES = 5
Answer = TypeVar("Answer")
_KNOWN = 50_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What the platform's settings say: policies of submissions and of rights, how long a put's ticket lives, and how
    long after a key was destroyed hosts are to delete.
    """

    submissions: SubmissionPolicy = PRODUCTION
    ticket_seconds: int = 600
    rights: RightsPolicy = AS_THE_LAW_SAYS
    erasure_delay: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Stores:
    """The portal's database, the key store, the hosts and the views at hand."""

    records: RecordStore
    hosting: HostingStore
    keys: KeyStore
    copies: Copies
    delivery: Delivery
    views: Views
    audit: AuditStore
    matrices: MatrixStore
    emergencies: EmergencyStore
    notifications: NotificationStore
    messages: InboxStore
    placing: Placing
    clock: Clock
    guard: Guard
    rules: Rules = Rules()
    last_known: dict[UUID, Known] = field(default_factory=dict)
    contents: KnownContents = field(default_factory=KnownContents)
    intake: Intake = NOTHING_MORE
    heard: Heard | None = None      # counts what is asked, for meters

    async def record_of(self, ins: Ins) -> UUID:
        """The record of this person. Raises NotFound when there is none."""
        name = of_person(ins)
        found = self.records.at_hand(name)
        if found is None or not self._is_active(found[0]):      # it may be erased, and the person have another
            found = await self.records.locate(name, fresh=True)
        if found is None:
            raise NotFound("no record for this person")
        return found[0]

    def _is_active(self, record: UUID) -> bool:
        last = self.last_known.get(record)
        return last is not None and last.rights.state is RecordState.ACTIVE

    async def known(self, record: UUID, *, fresh: bool = False) -> Known:
        """What the database knows of the record, perhaps as it was a moment ago: whoever uses it checks at commit."""
        known = None if fresh else self.last_known.get(record)
        if known is None:
            known = await self.records.load(record)
            if known is None:
                raise NotFound("no such record")
            if not known.is_served:
                raise Unavailable(COMPARING, retry_after_seconds=RECONCILE_SECONDS)
            known = replace(known, matrix=await self.matrices.at(known.matrix_number))
            self.remember(known)
            if known.rights.state is RecordState.ERASED:
                self.views.forget(record)
                self.contents.forget(record)
                self.keys.forget(record)
        return known

    def facts(self, known: Known) -> Facts:
        """The facts of a decision taken now."""
        return known.facts(self.clock.now(), self.rules.rights)

    def remember(self, known: Known) -> None:
        """Keep what was read, or what a commit of this process made of it."""
        if len(self.last_known) >= _KNOWN:
            self.last_known.clear()
        self.last_known[known.record] = known

    async def read(
        self, asker: Asker, act: Act, record: UUID, decided: Callable[[Access, Known, View], tuple[Event, Answer]],
    ) -> Answer:
        """Decide on the record's view and commit the audit event, in one transaction with the facts decided on.

        `decided` gives the event and the answer; it is called again when the record moved meanwhile. The answer is
        returned only once its event is durable.
        """
        access = asker.to(act)
        for attempt in range(_TRIES):
            known = await self.known(record, fresh=attempt > 0)
            try:
                view = await self.views.at(known, await self._keys_of(known))
                event, answer = decided(access, known, view)
            except REFUSALS:
                if attempt == 0:
                    continue
                raise
            if await self.records.trace((decided_by(event, known), known)):
                if self.heard is not None:
                    self.heard.asked(PLATFORM, act.value)
                return answer
        raise Unavailable("the record changes too fast to be read", retry_after_seconds=1)

    async def _keys_of(self, known: Known) -> RecordKeys:
        """The record's keys. Raises Gone: if this database does not know why, the worker finds out."""
        try:
            return await self.keys.keys_of(known.record)
        except Gone:
            if known.rights.state is not RecordState.ERASED:
                await self.records.due.look_at(known.record)
            raise

    async def ask(self, asker: Asker, act: Act, record: UUID, *, event: Event) -> Known:
        """Decide on what the database knows of the record, without its documents; the event is then durable.

        Raises NotPermitted.
        """
        for attempt in range(_TRIES):
            known = await self.known(record, fresh=attempt > 0)
            decision = decide(asker.to(act), None, self.facts(known))
            if attempt == 0 and not decision.allowed:
                continue
            decision.or_raise()
            if await self.records.trace((event, known)):
                return known
        raise Unavailable("the record changes too fast to be read", retry_after_seconds=1)

    @asynccontextmanager
    async def refusals_traced(self, asker: Asker, act: str, *, record: UUID = NO_RECORD) -> AsyncIterator[Tracing]:
        """A refusal inside this block leaves an audit event of its own, then goes on to the door."""
        tracing = Tracing(record)
        try:
            yield tracing
        except (*REFUSALS, Conflict) as error:
            event = refused(asker, act, tracing.record, reasons=reasons_of(error), documents=error.about)
            await self.records.trace((event, None))
            raise


def decided_by(event: Event, known: Known) -> Event:
    """The event, with the version of the matrix that the decision rests on."""
    return replace(event, detail={**event.detail, "matrix": known.matrix.version})


@dataclass(slots=True)
class Tracing:
    """The record that a refusal is about, once it is known."""

    record: UUID


def reasons_of(error: CarnetError) -> list[str]:
    """Why it was refused, as a trace keeps it: codes, never a value that was sent."""
    match error:
        case NotPermitted(decision=Decision(against=against)) | NotFound(decision=Decision(against=against)):
            return [reason.value for reason in against]
        case InvalidInput(issues=issues):
            return [f"{issue.code} {issue.expression}".strip() for issue in issues]
        case _:
            return [type(error).__name__]
