"""Authorise a professional, take it back, block, unblock, name the médecin traitant (SPEC 3.3).

A professional may state the patient's agreement for themself. A block beats any authorisation, at commit. An
authorisation is for reading only: feeding needs none. Unblocking gives nothing back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from carnet.audit.events import done
from carnet.errors import InvalidInput, Issue, NotPermitted
from carnet.people.caller import Caller, ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import AuthorisationSet
from carnet.rights.decision import Decision
from carnet.rights.facts import Facts
from carnet.rights.held import Authorisation, Delegation
from carnet.rights.reasons import Reason

MOST_DAYS = 365
Said = Callable[[Authorisation, datetime], Authorisation]
"""From what was said of a professional, and the time, to what is said from now on."""


async def authorise(asker: Asker, ins: Ins, professional: str, stores: Stores, *, days: int = MOST_DAYS) -> None:
    """Let this professional (PS_IdNat) read the record for `days`: 1 to 365. The holder's word takes a block back.

    Raises InvalidInput, NotPermitted, Conflict.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(Issue("value", f"from 1 to {MOST_DAYS} days", "days"))

    def said(before: Authorisation, now: datetime) -> Authorisation:
        return msgspec.structs.replace(before, is_forbidden=False, valid_until=now + timedelta(days=days))

    await _say(asker, ins, Act.AUTHORISE, professional, said, stores)


async def withdraw(asker: Asker, ins: Ins, professional: str, stores: Stores) -> None:
    """Let this professional read the record no more; they may still feed it, and may be authorised again."""
    def said(before: Authorisation, now: datetime) -> Authorisation:
        ends = min(before.valid_until, now) if before.valid_until is not None else None
        return msgspec.structs.replace(before, valid_until=ends, is_medecin_traitant=False, is_administrator=False)

    await _say(asker, ins, Act.WITHDRAW, professional, said, stores)


async def block(asker: Asker, ins: Ins, professional: str, stores: Stores, *, name: str = "") -> None:
    """Let this professional read and deposit nothing any more, whatever was authorised before."""
    def said(before: Authorisation, _now: datetime) -> Authorisation:
        return msgspec.structs.replace(
            before, is_forbidden=True, valid_until=None, is_medecin_traitant=False, is_administrator=False,
            professional_name=before.professional_name or name)

    await _say(asker, ins, Act.BLOCK, professional, said, stores)


async def unblock(asker: Asker, ins: Ins, professional: str, stores: Stores) -> None:
    """Take a block back. What was authorised before it stays ended."""
    def said(before: Authorisation, _now: datetime) -> Authorisation:
        return msgspec.structs.replace(before, is_forbidden=False) if before.is_forbidden else before

    await _say(asker, ins, Act.UNBLOCK, professional, said, stores)


async def name_medecin_traitant(
    asker: Asker, ins: Ins, professional: str, stores: Stores, *, named: bool = True,
) -> None:
    """Name this professional médecin traitant, in place of any other, or (`named=False`) no more; never a
    blocked one.
    """
    def said(before: Authorisation, _now: datetime) -> Authorisation:
        _not_blocked(before)
        return msgspec.structs.replace(before, is_medecin_traitant=named)

    await _say(asker, ins, Act.NAME_ROLE, professional, said, stores)


async def name_administrator(
    asker: Asker, ins: Ins, professional: str, stores: Stores, *, named: bool = True,
) -> None:
    """Let this authorised professional manage the record's accesses for the holder, or (`named=False`) no more."""
    def said(before: Authorisation, _now: datetime) -> Authorisation:
        _not_blocked(before)
        return msgspec.structs.replace(before, is_administrator=named)

    await _say(asker, ins, Act.NAME_ROLE, professional, said, stores)


async def list_authorisations(asker: Asker, ins: Ins, stores: Stores) -> list[Authorisation]:
    """What was said of each professional, by identifier. Raises NotPermitted."""
    facts = await _seen(asker, ins, stores)
    return sorted(facts.rights.authorisations.values(), key=lambda each: each.professional)


async def list_delegations(asker: Asker, ins: Ins, stores: Stores) -> list[Delegation]:
    """Delegations that are in force. Raises NotPermitted."""
    facts = await _seen(asker, ins, stores)
    return [each for each in facts.rights.delegations if facts.is_in_force(each)]


async def _seen(asker: Asker, ins: Ins, stores: Stores) -> Facts:
    async with stores.refusals_traced(asker, Act.SEE_AUTHORISATIONS) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_AUTHORISATIONS, tracing.record, event=done(asker, Act.SEE_AUTHORISATIONS, tracing.record))
        return stores.facts(known)


async def _say(asker: Asker, ins: Ins, act: Act, professional: str, said: Said, stores: Stores) -> None:
    def changes(known: Known, now: datetime) -> tuple[AuthorisationSet, ...]:
        before = known.rights.authorisations.get(professional)
        after = said(before or Authorisation(professional=professional), now)
        after = described(after, asker.caller)
        return (AuthorisationSet(after),) if after != before else ()

    access = replace(asker.to(act), target=professional)
    await change_rights(asker, ins, Wish(access, changes, detail={"professional": professional}), stores)


def described(authorisation: Authorisation, caller: Caller) -> Authorisation:
    """What a professional's own login says of them is kept with what the holder said: a holder gives only a number."""
    if not isinstance(caller, ProfessionalCaller) or caller.ps_id != authorisation.professional:
        return authorisation
    return msgspec.structs.replace(
        authorisation, professional_name=f"{caller.given} {caller.family}".strip(), profession=caller.profession,
        specialties=caller.specialties)


def _not_blocked(before: Authorisation) -> None:
    if before.is_forbidden:
        raise NotPermitted(Decision((Reason.TARGET_IS_BLOCKED,)))
