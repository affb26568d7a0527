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
from carnet.rights.access import AccessMode, Act, Asker
from carnet.rights.facts import AuthorisationState, Facts
from carnet.rights.held import Choice, Emergency, RecordState
from carnet.rights.party import OF_THE_PATIENT, Party, party_of


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """A record's state, and how the one who asks stands (`authorisation` is `none` for who is not a professional).

    `emergency` says which emergency accesses the holder does not oppose. What only concerns the patient's side, whether
    erasure was asked for and until when a notice runs, is None for others. To a professional: what the holder said of
    them in person (`own_authorisation`, until when), which `authorisation` may go beyond by a delegation; and the
    emergency access that they have open.
    """

    ins: Ins
    traits: Traits
    state: RecordState
    party: Party
    opened_at: datetime
    closed_at: datetime | None
    closing_motive: str
    authorisation: AuthorisationState
    is_medecin_traitant: bool
    is_minor: bool
    is_dependant: bool
    is_activated: bool
    emergency: frozenset[Choice]
    notice_ends_at: datetime | None = None
    erasure_due_at: datetime | None = None
    own_authorisation: AuthorisationState = AuthorisationState.NONE
    own_until: datetime | None = None
    opened: Emergency | None = None


async def record_status(asker: Asker, ins: Ins, stores: Stores) -> RecordStatus:
    """The record of this person. Raises NotFound when there is none that the asker may know of."""
    async with stores.refusals_traced(asker, Act.SEE_STATUS) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_STATUS, tracing.record, event=done(asker, Act.SEE_STATUS, tracing.record))
        return status_of(asker, known, stores.facts(known))


def status_of(asker: Asker, known: Known, facts: Facts) -> RecordStatus:
    """The status as this asker may see it."""
    caller, rights = asker.caller, known.rights
    professional = caller if isinstance(caller, ProfessionalCaller) else None
    party = party_of(caller, facts)
    of_the_patient = party in OF_THE_PATIENT
    closed = rights.state is RecordState.CLOSED
    return RecordStatus(
        ins=known.holder, traits=known.traits, state=rights.state, party=party, opened_at=known.opened_at,
        closed_at=rights.since if closed else None, closing_motive=rights.motive if closed else "",
        authorisation=AuthorisationState.NONE if professional is None else facts.authorisation_of(professional),
        is_medecin_traitant=professional is not None and facts.is_medecin_traitant(professional.ps_id),
        is_minor=facts.is_minor, is_dependant=facts.is_dependant, is_activated=rights.is_activated,
        emergency=frozenset(
            choice for choice in (Choice.BREAK_THE_GLASS, Choice.REGULATION_CENTRE) if rights.consents_to(choice)),
        notice_ends_at=rights.notice_ends_at if of_the_patient else None,
        erasure_due_at=rights.erasure_due_at if of_the_patient else None,
        own_authorisation=AuthorisationState.NONE if professional is None else facts.direct_state(professional.ps_id),
        own_until=_own_until(professional, facts), opened=_opened(professional, facts),
    )


def _own_until(professional: ProfessionalCaller | None, facts: Facts) -> datetime | None:
    given = facts.rights.authorisations.get(professional.ps_id) if professional else None
    return given.valid_until if given else None


def _opened(professional: ProfessionalCaller | None, facts: Facts) -> Emergency | None:
    if professional is None:
        return None
    modes = (AccessMode.BREAK_THE_GLASS, AccessMode.REGULATION_CENTRE)
    return next((each for mode in modes if (each := facts.open_emergency(professional.ps_id, mode))), None)
