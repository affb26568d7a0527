"""Authorise or block a professional: the holder's word, or a professional's who states the patient's agreement.

A block beats any authorisation, at commit. An authorisation is for reading only: feeding needs none (SPEC 3.3).
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from carnet.audit.events import actor_of, done
from carnet.errors import InvalidInput, Issue, NotPermitted
from carnet.journal.content import AuthorisationChanged
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.change import after_commit, at_second, forget, sealed_commit
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.decision import Decision, decide
from carnet.rights.facts import Authorisation
from carnet.rights.reasons import Reason

MOST_DAYS = 365


async def authorise(asker: Asker, ins: Ins, professional: str, stores: Stores, *, days: int = MOST_DAYS) -> None:
    """Let this professional (PS_IdNat) read the record for `days`. A professional may only say it of themself.

    Raises NotPermitted for one the holder blocked: only the holder takes a block back, by authorising.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(Issue("value", f"from 1 to {MOST_DAYS} days", "days"))
    until = at_second(stores.clock.now()) + timedelta(days=days)
    name = _own_name(asker, professional)
    await _change(asker, ins, stores, Act.AUTHORISE, Authorisation(
        professional=professional, valid_until=until, professional_name=name))


async def block(asker: Asker, ins: Ins, professional: str, stores: Stores, *, name: str = "") -> None:
    """Let this professional read and deposit nothing any more, whatever was authorised before. The holder's act."""
    await _change(asker, ins, stores, Act.BLOCK, Authorisation(
        professional=professional, is_forbidden=True, professional_name=name))


async def list_authorisations(asker: Asker, ins: Ins, stores: Stores) -> list[Authorisation]:
    """What the holder said of each professional, by identifier. The holder's own page."""
    async with stores.refusals_traced(asker, Act.SEE_AUTHORISATIONS) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_AUTHORISATIONS, tracing.record, event=done(asker, Act.SEE_AUTHORISATIONS, tracing.record))
        return sorted(known.authorisations.values(), key=lambda each: each.professional)


async def _change(asker: Asker, ins: Ins, stores: Stores, act: Act, authorisation: Authorisation) -> None:
    async with stores.refusals_traced(asker, act) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.known(tracing.record, fresh=True)
        now = stores.clock.now()
        decide(asker.to(act), None, known.facts(now)).or_raise()
        if isinstance(asker.caller, ProfessionalCaller) and asker.caller.ps_id != authorisation.professional:
            raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))
    authorisation = _named(authorisation, known)
    keys = await stores.keys.keys_of(known.record)
    changed = AuthorisationChanged(by=actor_of(asker.caller), at=at_second(now), authorisation=authorisation)
    commit = sealed_commit(known, keys, changed)
    event = done(
        asker, act, known.record, professional=authorisation.professional, is_forbidden=authorisation.is_forbidden)
    committed = await stores.records.change_authorisation(commit, event, authorisation)
    after_commit(stores, commit, committed, changed)
    forget(stores, known)


def _named(authorisation: Authorisation, known: Known) -> Authorisation:
    """A name that the record already has of this professional stays: a holder gives only a number."""
    before = known.authorisations.get(authorisation.professional)
    if before is None or authorisation.professional_name:
        return authorisation
    return msgspec.structs.replace(authorisation, professional_name=before.professional_name)


def _own_name(asker: Asker, professional: str) -> str:
    if isinstance(asker.caller, ProfessionalCaller) and asker.caller.ps_id == professional:
        return f"{asker.caller.given} {asker.caller.family}".strip()
    return ""
