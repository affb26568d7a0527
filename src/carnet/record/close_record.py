"""Close a record: it stays sealed for ten years, and nobody reads or feeds it (CSP R1111-36, SPEC 3.2)."""

from __future__ import annotations

from carnet.audit.events import actor_of, done
from carnet.errors import InvalidInput, Issue
from carnet.journal.content import Closed
from carnet.people.ins import Ins
from carnet.record.change import after_commit, at_second, forget, sealed_commit
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import decide

MOTIVES = ("patient-demande", "deces", "ouverture-par-erreur")


async def close_record(asker: Asker, ins: Ins, *, motive: str, stores: Stores, reason: str = "") -> RecordStatus:
    """Close the record, in force at commit. Raises NotPermitted for who is not its holder, Conflict if it moved."""
    async with stores.refusals_traced(asker, Act.CLOSE_RECORD) as tracing:
        if motive not in MOTIVES:
            raise InvalidInput(Issue("value", f"one of {', '.join(MOTIVES)}", "motive"))
        tracing.record = await stores.record_of(ins)
        known = await stores.known(tracing.record, fresh=True)
        now = stores.clock.now()
        decide(asker.to(Act.CLOSE_RECORD), None, known.facts(now)).or_raise()
    keys = await stores.keys.keys_of(known.record)
    closed = Closed(by=actor_of(asker.caller), at=at_second(now), motive=motive, reason=reason)
    commit = sealed_commit(known, keys, closed)
    event = done(asker, Act.CLOSE_RECORD, known.record, motive=motive)
    committed = await stores.records.close(commit, event, motive=motive, at=now)
    after_commit(stores, commit, committed, closed)
    forget(stores, known)
    return await record_status(asker, ins, stores)
