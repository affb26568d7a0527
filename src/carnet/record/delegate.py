"""Share one's authorisation with another professional, an organisation or a care team (CSP L1111-17 II).

A delegation is for a time, and never outlives its giver's own authorisation: not as it is written, nor (the decision
sees to that) when the giver loses it before. Naming someone whom the holder blocked opens nothing to them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from carnet.audit.events import done
from carnet.errors import InvalidIdentifier, InvalidInput, Issue, NotFound
from carnet.people.caller import Caller, ProfessionalCaller
from carnet.people.identifiers import IdentifierPolicy, PsId, StructId
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import Delegated, DelegationEnded
from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from carnet.rights.held import DelegateKind, Delegation, RecordRights

MOST_DAYS = 365
MOST_MEMBERS = 50
MOST_AT_ONCE = 50
LONGEST_NAME = 100


async def delegate(
    asker: Asker, ins: Ins, kind: DelegateKind, subject: str, stores: Stores, *, name: str = "",
    members: tuple[str, ...] = (), days: int = 30,
) -> Delegation:
    """Let `subject` read the record as the asker may, for `days` (1 to 365); in place of what they delegated to it
    before.

    `subject` is a PS_IdNat, a Struct_IdNat, or the name of a care team of `members`, each a PS_IdNat. Raises
    InvalidInput with every issue, NotPermitted, Conflict.
    """
    named = _Named(stores.rules.submissions.identifiers)
    whom = named.subject(kind, subject)
    team = named.members(kind, members)
    new = uuid4()

    def changes(known: Known, now: datetime) -> tuple[DelegationEnded | Delegated, ...]:
        by = _ps_id(asker.caller)
        given = [each for each in _given_by(by, stores.facts(known)) if (each.kind, each.subject) != (kind, whom)]
        issues = [*named.issues, *_about_extent(days, name, whom == by, len(given))]
        if issues:
            raise InvalidInput(*issues)
        replaced = (DelegationEnded(each.delegation_id) for each in known.rights.delegations if (
            (each.delegated_by, each.kind, each.subject) == (by, kind, whom)))
        return (*replaced, Delegated(Delegation(
            delegation_id=new, kind=kind, subject=whom, delegated_by=by, name=name.strip(), members=team,
            valid_until=_end(by, known.rights, now + timedelta(days=days)))))

    detail = {"delegation": str(new), "kind": kind.value, "subject": whom}
    known = await change_rights(asker, ins, Wish(asker.to(Act.DELEGATE), changes, detail=detail), stores)
    return next(each for each in known.rights.delegations if each.delegation_id == new)


async def end_delegation(asker: Asker, ins: Ins, delegation_id: UUID, stores: Stores) -> None:
    """End a delegation: its giver, the holder's side, and professionals they trust may.

    Raises NotFound when there is none, or none that is the asker's to end; NotPermitted.
    """
    access = replace(asker.to(Act.WITHDRAW), target=_ps_id(asker.caller))

    def changes(known: Known, _now: datetime) -> tuple[DelegationEnded]:
        found = next((each for each in known.rights.delegations if each.delegation_id == delegation_id), None)
        if found is None:
            raise NotFound("no such delegation")
        decision = decide(replace(access, target=found.delegated_by), None, stores.facts(known))
        if not decision.allowed:
            raise NotFound("no such delegation", decision)      # who may end only their own learns of no other
        return (DelegationEnded(delegation_id),)

    await change_rights(asker, ins, Wish(access, changes, detail={"delegation": str(delegation_id)}), stores)


async def list_given(asker: Asker, ins: Ins, stores: Stores) -> list[Delegation]:
    """The delegations in force that the asker, a professional, gave; nobody else's. Raises NotPermitted."""
    async with stores.refusals_traced(asker, Act.SEE_CHOICES) as tracing:
        tracing.record = await stores.record_of(ins)
        known = await stores.ask(
            asker, Act.SEE_CHOICES, tracing.record, event=done(asker, Act.SEE_CHOICES, tracing.record))
        return _given_by(_ps_id(asker.caller), stores.facts(known))


class _Named:
    """Reads identifiers, and keeps what is wrong in them."""

    def __init__(self, policy: IdentifierPolicy) -> None:
        self._policy = policy
        self.issues: list[Issue] = []

    def subject(self, kind: DelegateKind, text: str) -> str:
        match kind:
            case DelegateKind.CARE_TEAM:
                text = " ".join(text.split())
                if not 0 < len(text) <= LONGEST_NAME:
                    self.issues.append(Issue("required", "the name of the care team", "subject"))
                return text
            case DelegateKind.ORGANISATION:
                return self._read(StructId, text, "subject")
            case DelegateKind.PROFESSIONAL:
                return self._read(PsId, text, "subject")

    def members(self, kind: DelegateKind, texts: tuple[str, ...]) -> tuple[str, ...]:
        if kind is not DelegateKind.CARE_TEAM:
            if texts:
                self.issues.append(Issue("value", "only a care team has members", "members"))
            return ()
        if not 1 <= len(texts) <= MOST_MEMBERS:
            self.issues.append(Issue("value", f"a care team has from 1 to {MOST_MEMBERS} members", "members"))
            return ()
        read = (self._read(PsId, text, f"members[{place}]") for place, text in enumerate(texts))
        return tuple(dict.fromkeys(read))

    def _read(self, form: type[PsId] | type[StructId], text: str, where: str) -> str:
        try:
            return str(form.parse(text, self._policy))
        except InvalidIdentifier as error:
            self.issues += [Issue(issue.code, issue.message, where) for issue in error.issues]
            return ""


def _about_extent(days: int, name: str, is_oneself: bool, others: int) -> list[Issue]:
    issues = []
    if not 1 <= days <= MOST_DAYS:
        issues.append(Issue("value", f"from 1 to {MOST_DAYS} days", "days"))
    if len(name) > LONGEST_NAME:
        issues.append(Issue("too-long", f"at most {LONGEST_NAME} characters", "name"))
    if is_oneself:
        issues.append(Issue("value", "a delegation is for somebody else", "subject"))
    if others >= MOST_AT_ONCE:
        issues.append(Issue("business-rule", f"at most {MOST_AT_ONCE} delegations at once: end one first", "subject"))
    return issues


def _end(giver: str, rights: RecordRights, wished: datetime) -> datetime:
    """The médecin traitant's authorisation has no end; another's ends the delegation too."""
    own = rights.authorisations[giver]
    return wished if own.is_medecin_traitant or own.valid_until is None else min(wished, own.valid_until)


def _given_by(giver: str, facts: Facts) -> list[Delegation]:
    return [each for each in facts.rights.delegations if each.delegated_by == giver and facts.is_in_force(each)]


def _ps_id(caller: Caller) -> str:
    return caller.ps_id if isinstance(caller, ProfessionalCaller) else ""
