"""Does this person have a record, in which state, and may I read it? (TD0.2, SPEC 3.2)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carnet.audit.events import done
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.facts import AuthorisationState, Facts, RecordState


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A record's state, and what its holder said of the one who asks (`none` for who is not a professional)."""

    ins: Ins
    traits: Traits
    state: RecordState
    opened_at: datetime
    closed_at: datetime | None
    closing_motive: str
    authorisation: AuthorisationState
    is_medecin_traitant: bool


async def record_status(asker: Asker, ins: Ins, stores: Stores) -> RecordStatus:
    """The record of this person. Raises NotFound when there is none, NotPermitted for another patient's."""
    async with stores.refusals_traced(asker, Act.SEE_STATUS) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_STATUS, tracing.record, event=done(asker, Act.SEE_STATUS, tracing.record))
        return status_of(asker, known, known.facts(stores.clock.now()))


def status_of(asker: Asker, known: Known, facts: Facts) -> RecordStatus:
    """The status as this asker may see it."""
    professional = asker.caller.ps_id if isinstance(asker.caller, ProfessionalCaller) else None
    return RecordStatus(
        ins=known.holder, traits=known.traits, state=known.state, opened_at=known.opened_at, closed_at=known.closed_at,
        closing_motive=known.closing_motive,
        authorisation=AuthorisationState.NONE if professional is None else facts.authorisation_of(professional),
        is_medecin_traitant=professional is not None and facts.is_medecin_traitant(professional),
    )
