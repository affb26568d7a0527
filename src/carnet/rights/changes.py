"""What may change in a record's rights, and what each change makes of them. Pure: whether it may be made is
`decision.py`'s.

A change is what the journal keeps; `applied` is how the portal's row is made of it, how the row is made again from the
journal, and how one looks at a choice before saving it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from carnet.rights.held import (
    PORTAL,
    Authorisation,
    Choice,
    Consent,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
    SaidThere,
)

_KEPT = timedelta(hours=25)     # an emergency access counts in ceilings for 24 hours


class StateChanged(msgspec.Struct, frozen=True, tag="state", kw_only=True):
    """The record's life goes on: to `state`, with a motive's code. The dates say when the worker acts next, if
    at all.
    """

    state: RecordState
    motive: str = ""
    notice_ends_at: datetime | None = None


class Activated(msgspec.Struct, frozen=True, tag="activated"):
    """The holder came to the portal for the first time."""


class ProtectionChanged(msgspec.Struct, frozen=True, tag="protection"):
    """The holder, an adult, is represented by law from now on, or no more."""

    is_protected: bool


class ErasureChanged(msgspec.Struct, frozen=True, tag="erasure"):
    """Erasure was asked for, and falls due then; None: it was cancelled."""

    due_at: datetime | None


class ChoiceMade(msgspec.Struct, frozen=True, tag="choice", kw_only=True):
    """The holder consents to something, or opposes it."""

    choice: Choice
    consent: Consent


class SaidToOrganisation(msgspec.Struct, frozen=True, tag="said_to_organisation"):
    """The holder said something at an organisation, or takes it back. What was said before changes nothing."""

    said: SaidThere


class CeilingSet(msgspec.Struct, frozen=True, tag="ceiling"):
    """How many break-glass accesses in 24 hours the holder accepts; None: no ceiling of theirs."""

    break_glass: int | None


class AuthorisationSet(msgspec.Struct, frozen=True, tag="authorisation"):
    """The holder's word on one professional, in place of what was said before."""

    authorisation: Authorisation


class Delegated(msgspec.Struct, frozen=True, tag="delegated"):
    """A professional shares their authorisation."""

    delegation: Delegation


class DelegationEnded(msgspec.Struct, frozen=True, tag="delegation_ended"):
    """A delegation is withdrawn."""

    delegation_id: UUID


class ProxySet(msgspec.Struct, frozen=True, tag="proxy"):
    """Someone is invited to act for the holder, answers, or is revoked."""

    proxy: Proxy


class EmergencyOpened(msgspec.Struct, frozen=True, tag="emergency"):
    """A professional opened an emergency access."""

    emergency: Emergency


Change = (
    StateChanged | Activated | ProtectionChanged | ErasureChanged | ChoiceMade | CeilingSet | AuthorisationSet |
    Delegated | DelegationEnded | ProxySet | EmergencyOpened | SaidToOrganisation
)


def applied(rights: RecordRights, change: Change, at: datetime) -> RecordRights:
    """The rights once this change, made at `at`, is in force."""
    match change:
        case StateChanged():
            return _in_state(rights, change, at)
        case Activated():
            return msgspec.structs.replace(rights, is_activated=True)
        case ProtectionChanged(is_protected=is_protected):
            return msgspec.structs.replace(rights, is_protected=is_protected)
        case ErasureChanged(due_at=due_at):
            return msgspec.structs.replace(rights, erasure_due_at=due_at)
        case ChoiceMade(choice=choice, consent=consent):
            return msgspec.structs.replace(rights, consents={**rights.consents, choice: consent})
        case SaidToOrganisation(said=said):
            return msgspec.structs.replace(rights, said_there=_latest(rights.said_there, said))
        case CeilingSet(break_glass=ceiling):
            return msgspec.structs.replace(rights, break_glass_ceiling=ceiling)
        case ProxySet(proxy=proxy):
            others = tuple(each for each in rights.proxies if each.proxy_id != proxy.proxy_id)
            return msgspec.structs.replace(rights, proxies=(*others, proxy))
        case EmergencyOpened(emergency=emergency):
            recent = (each for each in rights.emergencies if each.opened_at > at - _KEPT)
            return msgspec.structs.replace(rights, emergencies=(*recent, emergency))
        case AuthorisationSet() | Delegated() | DelegationEnded():
            return _with_professionals(rights, change)


def _with_professionals(rights: RecordRights, change: AuthorisationSet | Delegated | DelegationEnded) -> RecordRights:
    match change:
        case AuthorisationSet(authorisation=authorisation):
            return msgspec.structs.replace(rights, authorisations=_with(rights.authorisations, authorisation))
        case Delegated(delegation=delegation):
            return msgspec.structs.replace(rights, delegations=(*rights.delegations, delegation))
        case DelegationEnded(delegation_id=delegation_id):
            return msgspec.structs.replace(rights, delegations=tuple(
                each for each in rights.delegations if each.delegation_id != delegation_id))


def _with(given: Mapping[str, Authorisation], new: Authorisation) -> dict[str, Authorisation]:
    """One professional is médecin traitant at a time."""
    others = {
        name: msgspec.structs.replace(each, is_medecin_traitant=False)
        if new.is_medecin_traitant and each.is_medecin_traitant else each
        for name, each in given.items() if name != new.professional
    }
    return {**others, new.professional: new}


def _latest(before: Mapping[str, SaidThere], new: SaidThere) -> Mapping[str, SaidThere]:
    """Of each choice the last word: whatever order they come in, and however often, the outcome is the same."""
    known = before.get(new.organisation, SaidThere(organisation=new.organisation))
    later = {
        choice: said for choice, said in new.consents.items()
        if choice not in known.consents or _weight(said) > _weight(known.consents[choice])}
    if not later:
        return before
    there = SaidThere(
        organisation=new.organisation, name=new.name or known.name, consents={**known.consents, **later})
    return {**before, new.organisation: there}


def _weight(said: Consent) -> tuple[datetime, bool, bool]:
    """Of two words of one moment, the holder's own on the portal counts, else the one that opposes."""
    return said.at, said.channel == PORTAL, not said.given


def _in_state(rights: RecordRights, change: StateChanged, at: datetime) -> RecordRights:
    moved = msgspec.structs.replace(
        rights, state=change.state, since=at, motive=change.motive, notice_ends_at=change.notice_ends_at,
        erasure_due_at=None)
    return _without_permissions(moved, at) if change.state is RecordState.CLOSED else moved


def _without_permissions(rights: RecordRights, at: datetime) -> RecordRights:
    """Closing ends what was permitted, and keeps what was refused: reopening revives no earlier authorisation.

    An emergency access ends too, and still counts in the holder's ceiling.
    """
    blocks = {name: each for name, each in rights.authorisations.items() if each.is_forbidden}
    proxies = tuple(
        msgspec.structs.replace(each, state=ProxyState.REVOKED)
        if each.kind is ProxyKind.CAREGIVER and each.state in (ProxyState.PENDING, ProxyState.ACCEPTED) else each
        for each in rights.proxies)
    emergencies = tuple(
        msgspec.structs.replace(each, ends_at=min(each.ends_at, at)) for each in rights.emergencies)
    return msgspec.structs.replace(
        rights, authorisations=blocks, delegations=(), proxies=proxies, emergencies=emergencies)
