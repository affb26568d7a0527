"""The decision: one pure function, and the same one compiled to filter a whole view.

Order of the rules: SPEC 4.1. All reasons are given, not the first; no reason means yes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.errors import NotFound, NotPermitted
from carnet.people.caller import OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.facts import AuthorisationState, Facts, RecordState
from carnet.rights.reasons import ABOUT_A_DOCUMENT, Reason

_WITHOUT_READING = frozenset({Act.SEE_STATUS, Act.FEED, Act.REPLACE, Act.OPEN_RECORD, Act.AUTHORISE})
_HOLDER_ONLY = frozenset({Act.CLOSE_RECORD, Act.BLOCK, Act.SEE_HISTORY, Act.SEE_AUTHORISATIONS})
_STILL_OPEN_WHEN_CLOSED = frozenset({Act.SEE_STATUS, Act.SEE_HISTORY})
_REFUSALS = {
    AuthorisationState.NONE: Reason.NO_AUTHORISATION,
    AuthorisationState.EXPIRED: Reason.AUTHORISATION_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes when nothing stands against it; else every reason, in the order of the rules."""

    against: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when no reason stands against the access."""
        return not self.against

    def or_raise(self) -> None:
        """Raise NotPermitted, or NotFound when the reason would reveal a document to the one who asks."""
        if any(reason in ABOUT_A_DOCUMENT for reason in self.against):
            raise NotFound("no such document")
        if self.against:
            raise NotPermitted(self)


def decide(access: Access, entry: DocumentEntry | None, facts: Facts) -> Decision:
    """Say whether `access` is allowed, on `entry` or (None) on the record, with every reason against it.

    Looks nothing up. Does not say whether the entry exists in the record: the caller took it from the record's view.
    """
    against = about_the_record(access, facts)
    if entry is not None:
        against += about_the_document(access, entry, facts)
    return Decision(against)


def filter_for(access: Access, facts: Facts) -> Callable[[DocumentEntry], bool]:
    """`decide` for many documents of one record: a function that says yes exactly where `decide` does.

    The record's rules are decided once, not once a document.
    """
    if about_the_record(access, facts):
        return _nothing
    if access.act is Act.REPLACE:
        return lambda entry: not about_the_document(access, entry, facts)

    def allows(entry: DocumentEntry) -> bool:
        # Most documents are hidden from nobody: nothing in them can stand against reading.
        if not entry.visibility and entry.availability_status is not AvailabilityStatus.DELETED:
            return True
        return not about_the_document(access, entry, facts)

    return allows


def _nothing(_entry: DocumentEntry) -> bool:
    return False


def about_the_record(access: Access, facts: Facts) -> tuple[Reason, ...]:
    """The reasons that hold for the record as a whole."""
    against = []
    if facts.state is RecordState.CLOSED and access.act not in _STILL_OPEN_WHEN_CLOSED:
        against.append(Reason.RECORD_CLOSED)
    if access.mode is not AccessMode.NORMAL:
        against.append(Reason.MODE_NOT_OFFERED)
    match access.caller:
        case PatientCaller(ins=ins):
            if ins != facts.holder:
                against.append(Reason.NOT_THE_HOLDER)
        case ProfessionalCaller(ps_id=ps_id):
            against += _against_professional(access.act, facts.authorisation_of(ps_id))
        case OrganisationCaller():
            if access.act not in (Act.FEED, Act.REPLACE, Act.SEE_STATUS):
                against.append(Reason.SOFTWARE_DOES_NOT_READ)
    return tuple(against)


def _against_professional(act: Act, authorisation: AuthorisationState) -> list[Reason]:
    against = []
    if authorisation is AuthorisationState.FORBIDDEN and act is not Act.SEE_STATUS:
        against.append(Reason.BLOCKED_BY_PATIENT)      # blocking beats everything; a block is visible in the status
    if act in _HOLDER_ONLY:
        against.append(Reason.ONLY_THE_HOLDER)
    elif act not in _WITHOUT_READING and authorisation in _REFUSALS:
        against.append(_REFUSALS[authorisation])
    return against


def about_the_document(access: Access, entry: DocumentEntry, facts: Facts) -> tuple[Reason, ...]:
    """The reasons that hold for one document."""
    against = []
    if entry.availability_status is AvailabilityStatus.DELETED:
        against.append(Reason.DELETED)
    if Visibility.MASQUE_PS in entry.visibility and not _sees_masked(access, entry, facts):
        against.append(Reason.MASKED_FROM_PROFESSIONALS)
    if Visibility.INVISIBLE_PATIENT in entry.visibility and isinstance(access.caller, PatientCaller):
        against.append(Reason.NOT_YET_ANNOUNCED)
    if access.act is Act.REPLACE and not is_author(access, entry):
        against.append(Reason.NOT_THE_AUTHOR)
    return tuple(against)


def _sees_masked(access: Access, entry: DocumentEntry, facts: Facts) -> bool:
    match access.caller:
        case PatientCaller():
            return True
        case ProfessionalCaller(ps_id=ps_id):
            return is_author(access, entry) or facts.is_medecin_traitant(ps_id)
        case OrganisationCaller():
            return is_author(access, entry)


def is_author(access: Access, entry: DocumentEntry) -> bool:
    """True for who deposited the document, for its author in person, and for the organisation it was made for."""
    match access.caller:
        case PatientCaller(ins=ins):
            return entry.depositor == str(ins)
        case ProfessionalCaller(ps_id=ps_id):
            return entry.depositor == ps_id or any(
                author.person is not None and author.person.identifier == ps_id for author in entry.authors)
        case OrganisationCaller(struct_id=struct_id):
            return entry.depositor == struct_id or any(
                author.institution is not None and author.institution.identifier == struct_id
                for author in entry.authors)
