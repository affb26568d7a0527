"""The decision: one pure function, and the same one compiled to filter a whole view.

`docs/rights.md` is this file in words, in the same order. All reasons are given, not the first; no reason means yes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from carnet.documents.entry import DocumentEntry
from carnet.errors import NotFound, NotPermitted
from carnet.people.caller import ProfessionalCaller
from carnet.rights.about_documents import (
    about_the_document,
    about_the_new_document,
    has_deposited,
    is_author,
    sees_of_others,
)
from carnet.rights.about_organisations import about_the_organisation
from carnet.rights.about_professionals import about_the_professional
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.facts import Facts
from carnet.rights.held import Choice, RecordState
from carnet.rights.party import Party, party_of
from carnet.rights.reasons import ABOUT_READING, Reason
from carnet.rights.who_may import DECIDING, FEEDING, IN_STATES, READING, WHO_MAY

_NO_RECORD_STATES = frozenset({RecordState.NOTICE, RecordState.REFUSED, RecordState.ERASED})
_STATES = {
    RecordState.ACTIVE: Reason.RECORD_ACTIVE, RecordState.SUSPENDED: Reason.RECORD_SUSPENDED,
    RecordState.CLOSED: Reason.RECORD_CLOSED,
}
# What the depositor's own reading does without: the holder cannot take from them what they wrote (CSP R1111-49).
_LIFTED_FOR_ITS_DEPOSITOR = frozenset({
    Reason.NO_AUTHORISATION, Reason.AUTHORISATION_EXPIRED, Reason.CONSULTATION_OPPOSED,
    Reason.CONSULTATION_OPPOSED_THERE})
DECEASED = "deces"


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes when nothing stands against it; else every reason. `about_document` is one of the record, for its acts."""

    against: tuple[Reason, ...] = ()
    about_document: bool = False

    @property
    def allowed(self) -> bool:
        """True when no reason stands against the access."""
        return not self.against

    @property
    def is_untold(self) -> bool:
        """True when the refusal itself would tell that something exists."""
        if Reason.NO_RECORD in self.against or Reason.NOT_THE_HOLDER in self.against:
            return True     # whether someone else has a record is nobody's to know
        return self.about_document and not ABOUT_READING.isdisjoint(self.against)

    def or_raise(self) -> None:
        """Raise NotPermitted, or NotFound when the reason would reveal to the asker what they may not know of."""
        if self.is_untold:
            raise NotFound("no such document" if self.about_document else "no record for this person", self)
        if self.against:
            raise NotPermitted(self)


def decide(access: Access, entry: DocumentEntry | None, facts: Facts) -> Decision:
    """Say whether `access` is allowed, on `entry` or (None) on the record, with every reason against it.

    For FEED, `entry` is the document that would come. Looks nothing up. Does not say whether the entry exists in the
    record: the caller took it from the record's view.
    """
    party = party_of(access.caller, facts)
    against = about_the_record(access, party, facts)
    if entry is None or against == [Reason.NO_RECORD]:
        return Decision(tuple(against))
    if access.act is Act.FEED:
        return Decision(tuple(against + about_the_new_document(access, party, entry, facts)))
    if _is_lifted(access, entry, facts):
        against = [reason for reason in against if reason not in _LIFTED_FOR_ITS_DEPOSITOR]
    against += about_the_document(access, party, entry, facts)
    if Reason.NOT_THE_AUTHOR in against:
        against += _against_reading(access, entry, facts, besides=against)
    return Decision(tuple(against), about_document=True)


def filter_for(access: Access, facts: Facts) -> Callable[[DocumentEntry], bool]:
    """`decide` for many documents of one record: a function that says yes exactly where `decide` does.

    What does not depend on the document is decided once, and what does not depend on who made it once for each kind of
    document. Having a part in a document only ever opens it.
    """
    if access.act not in (Act.LIST, Act.READ):
        return lambda entry: decide(access, entry, facts).allowed
    party = party_of(access.caller, facts)
    against = about_the_record(access, party, facts)
    if against and (access.act is Act.LIST or not _LIFTED_FOR_ITS_DEPOSITOR.issuperset(against)):
        return _nothing
    if against:
        return lambda entry: (
            _is_lifted(access, entry, facts) and not about_the_document(access, party, entry, facts))
    sees = sees_of_others(access, party, facts)

    def allows(entry: DocumentEntry) -> bool:
        return sees(entry) or (
            is_author(access, party, entry, facts) and not about_the_document(access, party, entry, facts))

    return allows


def about_the_record(access: Access, party: Party, facts: Facts) -> list[Reason]:
    """The reasons that hold for the record as a whole: sections 2 to 5."""
    act = access.act
    against: list[Reason] = []
    if party not in WHO_MAY[act]:
        against.append(_wrong_party(act, party))
    state = _against_state(act, party, facts)
    if state is Reason.NO_RECORD:
        return [state]
    if state is not None:
        against.append(state)
    if act is Act.REOPEN_RECORD and _is_closed_by_death(facts) and party is not Party.OFFICER:
        against.append(Reason.HOLDER_DECEASED)
    if act in DECIDING and party is Party.HOLDER and facts.is_dependant:
        against.append(Reason.HOLDER_IS_REPRESENTED)
    if isinstance(access.caller, ProfessionalCaller):
        against += about_the_professional(access, access.caller, facts)
    else:
        against += _against_others(access, party, facts)
    against += about_the_organisation(access, facts)
    return against


def _is_closed_by_death(facts: Facts) -> bool:
    return facts.state is RecordState.CLOSED and facts.rights.motive == DECEASED


def _wrong_party(act: Act, party: Party) -> Reason:
    if party in (Party.STRANGER, Party.INVITED):
        return Reason.NOT_THE_HOLDER
    if party is Party.ORGANISATION and act in (Act.LIST, Act.READ):
        return Reason.SOFTWARE_DOES_NOT_READ
    return Reason.ONLY_THE_HOLDER


def _against_state(act: Act, party: Party, facts: Facts) -> Reason | None:
    state = facts.state
    if state in _NO_RECORD_STATES:
        # The notice period counts as no record yet: only who may object to it, or open it, learns of it.
        is_told = act is not Act.SEE_STATUS or party in (Party.HOLDER, Party.REPRESENTATIVE)
        is_open = state in IN_STATES[act] and party in WHO_MAY[act] and is_told
        return None if is_open else Reason.NO_RECORD
    return None if state in IN_STATES[act] else _STATES[state]


def _against_others(access: Access, party: Party, facts: Facts) -> list[Reason]:
    against = []
    if access.mode is not AccessMode.NORMAL:
        against.append(Reason.MODE_NOT_OFFERED)
    if access.is_secret:
        against.append(Reason.SECRET_NEEDS_A_MINOR)
    is_opposed = access.act in FEEDING and not facts.rights.consents_to(Choice.FEEDING)
    if is_opposed and party is Party.ORGANISATION:
        against.append(Reason.FEEDING_OPPOSED)
    return against


def _is_lifted(access: Access, entry: DocumentEntry, facts: Facts) -> bool:
    return (
        access.act in READING and access.act is not Act.LIST and access.mode is AccessMode.NORMAL
        and isinstance(access.caller, ProfessionalCaller) and has_deposited(access, Party.PROFESSIONAL, entry, facts))


def _against_reading(
    access: Access, entry: DocumentEntry, facts: Facts, *, besides: list[Reason],
) -> list[Reason]:
    """Why the one who asks may not even read this document: then they must not learn, by another act, that it
    exists.
    """
    reading = decide(replace(access, act=Act.READ, mode=AccessMode.NORMAL), entry, facts)
    return [reason for reason in reading.against if reason not in besides]


def _nothing(_entry: DocumentEntry) -> bool:
    return False
