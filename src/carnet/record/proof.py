"""Prove to who is told of a visit that it is in the audit log: a trace once shown cannot be taken back (SPEC 9)."""

from __future__ import annotations

from uuid import UUID

from carnet.audit.events import Event, done
from carnet.audit.log.proofs import EventProof, event_proof
from carnet.errors import NotFound, Unavailable
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.history import told
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide

_CHECKPOINT_SECONDS = 5


async def proof(asker: Asker, ins: Ins, event_id: UUID, stores: Stores) -> EventProof:
    """The proof that this line of the history is in the log, under its latest checkpoint.

    Raises NotFound for what the history does not tell, and Unavailable when no checkpoint covers the event yet.
    """
    async with stores.refusals_traced(asker, Act.SEE_HISTORY) as tracing:
        tracing.record = await stores.record_of(ins)
        event = await stores.audit.event(tracing.record, event_id)

        def decided(access: Access, known: Known, view: View) -> tuple[Event, None]:
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            # A proof is the whole trace: what names also a document that the reader may not know of has none for them.
            if event is None or told([event], view, access, facts) != [event]:
                raise NotFound("no such event")
            return done(asker, Act.SEE_HISTORY, known.record, proof_of=str(event_id)), None

        await stores.read(asker, Act.SEE_HISTORY, tracing.record, decided)
    proved = await event_proof(stores.audit.log, tracing.record, event_id)
    if proved is None:
        raise Unavailable("no checkpoint covers this event yet", retry_after_seconds=_CHECKPOINT_SECONDS)
    return proved
