"""What stands against an act because of the document: docs/rights.md, sections 6 and 7."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.documents.own import PATIENT_TYPES
from carnet.people.caller import OrganisationCaller, PatientCaller, ProfessionalCaller
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.facts import Facts
from carnet.rights.held import Choice, ProxyState
from carnet.rights.matrix import Column
from carnet.rights.party import OF_THE_PATIENT, Party
from carnet.rights.reasons import Reason
from carnet.rights.who_may import OF_THE_AUTHOR

_MASKED, _UNANNOUNCED = Visibility.MASQUE_PS, Visibility.INVISIBLE_PATIENT
_SECRET = Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
_DELETED = AvailabilityStatus.DELETED
_ONCE_A_PROXY = (ProxyState.ACCEPTED, ProxyState.REVOKED)
_WRITING = (Party.PROFESSIONAL, Party.ORGANISATION)


def about_the_new_document(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> list[Reason]:
    """The reasons against depositing this document."""
    against = []
    if party in OF_THE_PATIENT:
        if entry.type_code.code not in PATIENT_TYPES:
            against.append(Reason.TYPE_NOT_FOR_PATIENTS)
        if _UNANNOUNCED in entry.visibility:
            against.append(Reason.ONLY_PROFESSIONALS_HIDE)
    elif party in _WRITING and entry.type_code.code not in _column(access, facts).writable:
        against.append(Reason.TYPE_NOT_WRITTEN)
    is_secret = _SECRET in entry.visibility
    if access.is_secret and not is_secret:
        against.append(Reason.SECRET_DEPOSITS_ONLY)
    if is_secret and not facts.is_minor and not access.is_secret:
        against.append(Reason.SECRET_NEEDS_A_MINOR)
    return against


def about_the_document(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> list[Reason]:
    """The reasons against an act on this document of the record."""
    against = list(_about_visibility(access, party, entry, facts))
    if access.act in OF_THE_AUTHOR:
        if not is_author(access, party, entry, facts):
            against.append(Reason.NOT_THE_AUTHOR)
    elif party is Party.PROFESSIONAL and not _reads_its_type(access, entry, facts):
        against.append(Reason.TYPE_NOT_OPEN)
    if access.act is Act.MASK and _UNANNOUNCED in entry.visibility and not facts.policy.invisible_and_masked:
        against.append(Reason.FORBIDDEN_PAIR)
    return against


def sees_of_others(access: Access, party: Party, facts: Facts) -> Callable[[DocumentEntry], bool]:
    """Whether who asks sees a document that they have no part in: decided once for all documents of a kind.

    Of the document, nothing else than what names the kind counts then.
    """
    readable, decided = _column(access, facts).readable, {}

    def sees(entry: DocumentEntry) -> bool:
        kind = entry.type_code.code in readable, entry.visibility, entry.availability_status is _DELETED
        if kind not in decided:
            of_nobody = msgspec.structs.replace(entry, depositor="", authors=())
            decided[kind] = not about_the_document(access, party, of_nobody, facts)
        return decided[kind]

    return sees


def is_author(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> bool:
    """True for who deposited the document, for its author in person, and for the organisation it was made for.

    A document names people and organisations as it likes: only an identifier of the national register is theirs.
    """
    if has_deposited(access, party, entry, facts):
        return True
    match access.caller:
        case ProfessionalCaller(ps_id=ps_id):
            return any(
                author.person is not None and author.person.identifier == ps_id and author.person.system == PS_ID_OID
                for author in entry.authors)
        case OrganisationCaller(struct_id=struct_id):
            return any(
                author.institution is not None and author.institution.identifier == struct_id
                and author.institution.system == STRUCT_ID_OID for author in entry.authors)
        case _:
            return False


def has_deposited(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> bool:
    """True when the platform established that the one who asks sent this document.

    The holder and representatives answer together for what the patient's side added, also by someone who acts no more.
    """
    match access.caller:
        case PatientCaller(ins=ins):
            if entry.depositor == str(ins):
                return True
            return party in (Party.HOLDER, Party.REPRESENTATIVE) and entry.depositor in {
                str(facts.holder), *(str(each.person) for each in facts.rights.proxies if each.state in _ONCE_A_PROXY)}
        case ProfessionalCaller(ps_id=ps_id):
            return entry.depositor == ps_id
        case OrganisationCaller(struct_id=struct_id):
            return entry.depositor == struct_id
        case _:
            return False


def is_shown_by_default(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> bool:
    """Whether a list that names no status has this document: an archived one is left out for most professionals."""
    if entry.availability_status is not AvailabilityStatus.ARCHIVED:
        return True
    match access.caller:
        case ProfessionalCaller(ps_id=ps_id):
            return is_author(access, party, entry, facts) or facts.is_medecin_traitant(ps_id)
        case _:
            return True


def _about_visibility(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> Iterator[Reason]:
    if entry.availability_status is _DELETED:
        yield Reason.DELETED
    if not entry.visibility:
        return
    if _MASKED in entry.visibility and not _sees_masked(access, party, entry, facts):
        yield Reason.MASKED_FROM_PROFESSIONALS
    if _UNANNOUNCED in entry.visibility and party in OF_THE_PATIENT:
        yield Reason.NOT_YET_ANNOUNCED
    if _SECRET in entry.visibility and party in (Party.REPRESENTATIVE, Party.CAREGIVER):
        yield Reason.HIDDEN_FROM_REPRESENTATIVES


def _sees_masked(access: Access, party: Party, entry: DocumentEntry, facts: Facts) -> bool:
    """Its author and trusted professionals see what is masked; in an emergency, others if the holder said so before."""
    match access.caller:
        case ProfessionalCaller(ps_id=ps_id):
            return (
                is_author(access, party, entry, facts) or facts.is_trusted(ps_id)
                or (access.mode is not AccessMode.NORMAL and facts.rights.consents_to(Choice.MASKED_IN_EMERGENCY)))
        case OrganisationCaller():
            return is_author(access, party, entry, facts)
        case _:
            return True


def _reads_its_type(access: Access, entry: DocumentEntry, facts: Facts) -> bool:
    if entry.type_code.code in _column(access, facts).readable or is_author(access, Party.PROFESSIONAL, entry, facts):
        return True
    return isinstance(access.caller, ProfessionalCaller) and facts.is_trusted(access.caller.ps_id)


def _column(access: Access, facts: Facts) -> Column:
    match access.caller:
        case ProfessionalCaller() | OrganisationCaller() as caller:
            return facts.matrix.column_of(caller, facts.now.date())
        case _:
            return _NO_COLUMN


_NO_COLUMN = Column()
