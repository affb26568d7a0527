"""Break the glass, or open a record as a regulation centre: one record, one hour, one professional, one mode.

The holder and the médecin traitant are told in the same transaction (CSP L1111-17, R1111-48), and the access waits for
an officer's review (`review.py`). The reason goes to the audit event, the sealed journal and the review; nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from carnet.audit.events import done
from carnet.errors import InvalidInput, Issue
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Access, AccessMode, Act, Asker
from carnet.rights.changes import EmergencyOpened
from carnet.rights.held import Emergency

SHORTEST, LONGEST = 10, 500


async def open_emergency(asker: Asker, ins: Ins, reason: str, stores: Stores) -> Emergency:
    """Open this record to this professional for one hour, in their mode. One that is open is answered as it is.

    Break-glass wants a reason of 10 to 500 characters. Raises InvalidInput, NotFound, NotPermitted (with
    `second_person_needed` see `second_person.py`), Conflict when another opening was faster.
    """
    async with stores.refusals_traced(asker, Act.OPEN_EMERGENCY) as tracing:
        tracing.record = await stores.record_of(ins)
        still_open = await _still_open(asker, tracing.record, stores)
        access = await access_to_open(asker, tracing.record, stores)
    if still_open is not None:
        return still_open
    reason = " ".join(reason.split())

    def opened(_known: Known, now: datetime) -> tuple[EmergencyOpened]:
        _check(reason, asker.mode)
        return (EmergencyOpened(_emergency(asker, reason, now, stores.rules.rights.emergency_seconds)),)

    detail = {"purpose": asker.mode.value, "reason": reason}
    known = await change_rights(asker, ins, Wish(access, opened, reason=reason, detail=detail), stores)
    return known.rights.emergencies[-1]


async def access_to_open(asker: Asker, record: UUID, stores: Stores) -> Access:
    """The access to decide on: with how many this professional opened today, and whether a second person agreed."""
    professional = professional_of(asker)
    return replace(
        asker.to(Act.OPEN_EMERGENCY), emergencies_today=await stores.emergencies.today(professional),
        has_second_person=await stores.emergencies.has_agreed(record, professional))


def professional_of(asker: Asker) -> str:
    """The PS_IdNat of who asks; empty for who is no professional, whom the decision refuses."""
    return asker.caller.ps_id if isinstance(asker.caller, ProfessionalCaller) else ""


async def _still_open(asker: Asker, record: UUID, stores: Stores) -> Emergency | None:
    """The access that is open, if the record may still be read by it. It leaves its trace; nobody is told again."""
    facts = stores.facts(await stores.known(record, fresh=True))
    found = facts.open_emergency(professional_of(asker), asker.mode)
    if found is not None:
        event = done(asker, Act.OPEN_EMERGENCY, record, purpose=asker.mode.value, opened=found.opened_at.isoformat())
        await stores.ask(asker, Act.LIST, record, event=event)
    return found


def _check(reason: str, mode: AccessMode) -> None:
    shortest = SHORTEST if mode is AccessMode.BREAK_THE_GLASS else 0
    if not shortest <= len(reason) <= LONGEST:
        raise InvalidInput(Issue("value", f"a reason of {shortest} to {LONGEST} characters", "reason"))
    if not reason.isprintable():
        raise InvalidInput(Issue("value", "plain text", "reason"))


def _emergency(asker: Asker, reason: str, now: datetime, seconds: int) -> Emergency:
    return Emergency(
        emergency_id=uuid4(), professional=professional_of(asker), mode=asker.mode.value, opened_at=now,
        ends_at=now + timedelta(seconds=seconds), reason=reason)
