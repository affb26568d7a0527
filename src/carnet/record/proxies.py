"""Those who act for a record's holder: representatives by law of a minor or a protected adult, caregivers (SPEC 1.1).

An invitation is answered within fifteen days, by the invited person alone. What a minor's representatives may do ends
on the day of majority, without a further word, and no later protection revives it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import msgspec

from carnet.audit.events import NO_RECORD, actor_of, done
from carnet.errors import InvalidInput, Issue, NotFound, NotPermitted
from carnet.people.caller import PatientCaller
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.effects import person_key
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import ProxySet
from carnet.rights.decision import Decision, decide
from carnet.rights.facts import Facts, coming_of_age
from carnet.rights.held import Proxy, ProxyKind, ProxyState, RecordState
from carnet.rights.party import Party, party_of
from carnet.rights.reasons import Reason

TO_ANSWER = timedelta(days=15)
MOST = {ProxyKind.LEGAL_REPRESENTATIVE: 2, ProxyKind.CAREGIVER: 3}
MOST_HELPED = 5
# HL7 v3 RoleCode, those that a representative may have (SPEC 3.4).
RELATIONSHIPS = (
    "FTH", "MTH", "STPFTH", "STPMTH", "GRFTH", "GRMTH", "GGRFTH", "GGRMTH", "AUNT", "UNCLE", "BRO", "SIS", "RESPRSN")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ActsFor:
    """Someone for whom one acts, or is invited to: nothing more of their record is told.

    `proxy_id` is what one revokes to act no more.
    """

    ins: Ins
    name: str
    kind: ProxyKind
    state: ProxyState
    proxy_id: UUID


async def invite(
    asker: Asker, ins: Ins, person: Ins, kind: ProxyKind, stores: Stores, *, name: str, relationship: str = "",
) -> Proxy:
    """Invite this person to act for the holder, and answer the invitation.

    A legal representative, two at most, of a dependant only: by a professional, an officer, the other representative.
    A caregiver, three at most: by the holder, or a representative. Raises NotFound, NotPermitted, InvalidInput with
    every issue, Conflict.
    """
    proxy_id = uuid4()

    def invited(known: Known, now: datetime) -> tuple[ProxySet]:
        facts = stores.facts(known)
        if kind is ProxyKind.CAREGIVER and party_of(asker.caller, facts) not in (Party.HOLDER, Party.REPRESENTATIVE):
            raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))
        proxy = Proxy(
            proxy_id=proxy_id, person=person, kind=kind, state=ProxyState.PENDING, answer_by=now + TO_ANSWER,
            ends_at=_ends_at(kind, facts), name=name.strip(), relationship=relationship,
            invited_by=actor_of(asker.caller).name)
        if issues := list(_issues(proxy, facts)):
            raise InvalidInput(*issues)
        return (ProxySet(proxy),)

    detail = {"proxy": str(proxy_id), "kind": kind.value}
    known = await change_rights(asker, ins, Wish(asker.to(Act.INVITE), invited, detail=detail), stores)
    return next(each for each in known.rights.proxies if each.proxy_id == proxy_id)


async def answer_invitation(asker: Asker, ins: Ins, accepted: bool, stores: Stores) -> None:
    """Accept or refuse to act for this person, within the time to answer. One person helps five others at most.

    Raises NotFound when there is no invitation to answer, InvalidInput when it cannot be accepted, Conflict.
    """
    helped = [each for each in await _acts_for(asker, stores) if (
        each.kind is ProxyKind.CAREGIVER and each.state is ProxyState.ACCEPTED)]

    def answered(known: Known, _now: datetime) -> tuple[ProxySet]:
        facts, caller = stores.facts(known), asker.caller
        invitation = facts.invitation_of(caller.ins) if isinstance(caller, PatientCaller) else None
        if invitation is None or not isinstance(caller, PatientCaller):
            raise NotFound("no invitation to answer")
        if accepted and invitation.kind is ProxyKind.LEGAL_REPRESENTATIVE and not facts.is_dependant:
            raise InvalidInput(Issue("business-rule", "this person decides for themself now", "accepted"))
        if accepted and invitation.kind is ProxyKind.CAREGIVER and len(helped) >= MOST_HELPED:
            raise InvalidInput(Issue("business-rule", f"one person helps {MOST_HELPED} others at most", "accepted"))
        # Who accepts is named as their own login says, whatever the name that they were invited by.
        name = f"{caller.given} {caller.family}".strip() or invitation.name
        state = ProxyState.ACCEPTED if accepted else ProxyState.REFUSED
        answer = msgspec.structs.replace(invitation, state=state, name=name if accepted else invitation.name)
        return (ProxySet(answer),)

    wish = Wish(asker.to(Act.ANSWER_INVITATION), answered, detail={"accepted": accepted})
    await change_rights(asker, ins, wish, stores)


async def revoke_proxy(asker: Asker, ins: Ins, proxy_id: UUID, stores: Stores) -> None:
    """End what someone may do for the holder, or an invitation. A caregiver ends their own part only.

    One representative does not put the other out: an officer does, or they leave. Raises NotFound, NotPermitted,
    InvalidInput, Conflict.
    """
    def revoked(known: Known, _now: datetime) -> tuple[ProxySet, ...]:
        proxy = next((each for each in known.rights.proxies if each.proxy_id == proxy_id), None)
        party, own = party_of(asker.caller, stores.facts(known)), _is_own(proxy, asker)
        if proxy is None or (party is Party.CAREGIVER and not own):
            raise NotFound("no such proxy")
        if proxy.state not in (ProxyState.PENDING, ProxyState.ACCEPTED):
            return ()
        is_in_force = proxy.kind is ProxyKind.LEGAL_REPRESENTATIVE and proxy.state is ProxyState.ACCEPTED
        if party is Party.REPRESENTATIVE and is_in_force and not own:
            issue = "only an officer ends what the other legal representative may do"
            raise InvalidInput(Issue("business-rule", issue, "proxy_id"))
        return (ProxySet(msgspec.structs.replace(proxy, state=ProxyState.REVOKED)),)

    wish = Wish(asker.to(Act.REVOKE_PROXY), revoked, detail={"proxy": str(proxy_id)})
    await change_rights(asker, ins, wish, stores)


async def list_proxies(asker: Asker, ins: Ins, stores: Stores) -> list[Proxy]:
    """Who acts for the holder now, then who may still answer an invitation: for the holder and their representatives.

    Raises NotFound, NotPermitted.
    """
    act = Act.SEE_AUTHORISATIONS
    async with stores.refusals_traced(asker, act) as tracing:
        tracing.record = await stores.record_of(ins)
        facts = stores.facts(await stores.known(tracing.record, fresh=True))
        decide(asker.to(act), None, facts).or_raise()
        if party_of(asker.caller, facts) is Party.PROFESSIONAL:
            raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))
        facts = stores.facts(await stores.ask(asker, act, tracing.record, event=done(asker, act, tracing.record)))
    return sorted(
        (each for each in facts.rights.proxies if facts.is_acting(each) or _is_waiting(each, facts)),
        key=lambda each: (each.state is ProxyState.PENDING, each.kind, each.name))


async def people_i_act_for(asker: Asker, stores: Stores) -> list[ActsFor]:
    """Those for whom the one who asks acts, or may accept to, by name. Nobody for an application, or a professional."""
    found = await _acts_for(asker, stores)
    if found:
        await stores.records.trace((done(asker, Act.SEE_STATUS, NO_RECORD, people=len(found)), None))
    return sorted(found, key=lambda each: (each.name, each.ins.value))


async def _acts_for(asker: Asker, stores: Stores) -> list[ActsFor]:
    caller = asker.caller
    if not isinstance(caller, PatientCaller) or caller.application:
        return []
    records = await stores.records.acted_in(person_key(caller.ins))
    all_known = await asyncio.gather(*(stores.known(record, fresh=True) for record in records))
    found = ((known, _proxy_in(stores.facts(known), caller.ins)) for known in all_known)
    return [
        ActsFor(
            known.holder, f"{known.traits.given} {known.traits.family}".strip(), proxy.kind, proxy.state,
            proxy.proxy_id)
        for known, proxy in found if proxy is not None]


def _proxy_in(facts: Facts, person: Ins) -> Proxy | None:
    if facts.state not in (RecordState.ACTIVE, RecordState.SUSPENDED, RecordState.CLOSED):
        return None
    for kind in (ProxyKind.LEGAL_REPRESENTATIVE, ProxyKind.CAREGIVER):
        if (proxy := facts.proxy_of(person, kind)) is not None:
            return proxy
    return facts.invitation_of(person) if facts.state is RecordState.ACTIVE else None


def _issues(proxy: Proxy, facts: Facts) -> Iterator[Issue]:
    """Everything that is wrong with an invitation."""
    if not proxy.name or len(proxy.name) > _LONGEST_NAME:
        yield Issue("required", f"the name of the person, of {_LONGEST_NAME} characters at most", "name")
    is_legal = proxy.kind is ProxyKind.LEGAL_REPRESENTATIVE
    if proxy.relationship not in RELATIONSHIPS and (is_legal or proxy.relationship):
        yield Issue("value", f"one of {', '.join(RELATIONSHIPS)}", "relationship")
    if is_legal and not facts.is_dependant:
        yield Issue("business-rule", "only a minor or a protected adult is represented by law", "kind")
    if proxy.person == facts.holder:
        yield Issue("business-rule", "nobody acts for themself", "person")
    there = [each for each in facts.rights.proxies if facts.is_acting(each) or _is_waiting(each, facts)]
    if any(each.person == proxy.person for each in there):
        yield Issue("duplicate", "this person acts for the holder already, or was invited to", "person")
    if sum(each.kind is proxy.kind for each in there) >= MOST[proxy.kind]:
        yield Issue("business-rule", f"{MOST[proxy.kind]} at most, invitations counted", "kind")


def _is_waiting(proxy: Proxy, facts: Facts) -> bool:
    return proxy.state is ProxyState.PENDING and proxy.answer_by > facts.now


def _is_own(proxy: Proxy | None, asker: Asker) -> bool:
    return proxy is not None and isinstance(asker.caller, PatientCaller) and proxy.person == asker.caller.ins


def _ends_at(kind: ProxyKind, facts: Facts) -> datetime | None:
    """The day of majority, unless the law protects the holder beyond it."""
    if kind is ProxyKind.CAREGIVER or facts.rights.is_protected or not facts.is_minor:
        return None
    return datetime.combine(coming_of_age(facts.birth_date, facts.policy.majority_years), time(), UTC)
