"""What would one see: the decision, taken for somebody else, on rights that may not be in force yet. Pure.

These are the functions that decide when that somebody asks, with other facts: a preview cannot say something else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from carnet.documents.entry import DocumentEntry
from carnet.errors import InvalidIdentifier
from carnet.people.caller import ProfessionalCaller
from carnet.people.code import Code
from carnet.people.identifiers import DEMONSTRATION as ANY_KEY
from carnet.people.identifiers import PsId, PsIdKind
from carnet.rights.access import Access, Act
from carnet.rights.decision import decide, filter_for
from carnet.rights.facts import Facts
from carnet.rights.held import Authorisation, DelegateKind
from carnet.rights.reasons import Reason

UNKNOWN_PROFESSION = Code("", "")       # no row of a matrix names it: nothing is open to it
_SOMEONE = "someone"                    # has the form of no national identifier: nobody deposited or was named as this
_FOR_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProfessionSees:
    """Whether a professional of this profession whom the holder authorises sees one document, else every reason."""

    profession: Code
    sees: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ProfessionalSees:
    """Whether one professional sees one document, else every reason. `name` is empty when nobody said it."""

    ps_id: str
    name: str
    sees: bool
    reasons: tuple[Reason, ...]


def seen_by(
    professional: ProfessionalCaller, entries: Iterable[DocumentEntry], facts: Facts,
) -> tuple[tuple[DocumentEntry, ...], tuple[Reason, ...]]:
    """Which of these this professional can read, and every reason that holds for the record as a whole.

    There may be both: without authorisation, one still reads what one deposited.
    """
    access = Access(professional, Act.READ)
    return tuple(filter(filter_for(access, facts), entries)), decide(access, None, facts).against


def by_profession(entry: DocumentEntry, facts: Facts, professions: Iterable[Code]) -> tuple[ProfessionSees, ...]:
    """For each profession, whether one of them who were authorised, and had no other part in the record, would see."""
    authorised = Authorisation(professional=_SOMEONE, valid_until=facts.now + _FOR_A_DAY)
    rights = msgspec.structs.replace(
        facts.rights, authorisations={**facts.rights.authorisations, _SOMEONE: authorised})
    supposed = replace(facts, rights=rights)
    return tuple(
        ProfessionSees(profession, not against, against) for profession in professions
        for against in [_against(_someone(_SOMEONE, profession), entry, supposed)])


def by_professional(
    entry: DocumentEntry, facts: Facts, professionals: Iterable[ProfessionalCaller],
) -> tuple[ProfessionalSees, ...]:
    """For each of these professionals, whether they see this document now."""
    return tuple(
        ProfessionalSees(each.ps_id, f"{each.given} {each.family}".strip(), not against, against)
        for each in professionals for against in [_against(each, entry, facts)])


def known_professional(
    authorisations: Mapping[str, Authorisation], ps_id: str, profession: Code | None = None, *, name: str = "",
) -> ProfessionalCaller:
    """This professional as their own login described them, else with the profession given; with none, nothing is open
    to them.
    """
    known = authorisations.get(ps_id, Authorisation(professional=ps_id))
    return ProfessionalCaller(
        ps_id=ps_id, family=known.professional_name or name, given="",
        profession=known.profession or profession or UNKNOWN_PROFESSION, specialties=known.specialties)


def professionals_of(entry: DocumentEntry, facts: Facts) -> tuple[ProfessionalCaller, ...]:
    """Everyone of whom the record says something: authorised, blocked or delegated to, and who deposited the
    document.
    """
    rights = facts.rights
    names = dict.fromkeys(sorted(rights.authorisations), "")
    for delegation in rights.delegations:
        if delegation.kind is DelegateKind.PROFESSIONAL:
            names[delegation.subject] = names.get(delegation.subject) or delegation.name
        for member in delegation.members:
            names.setdefault(member, "")
    if _is_a_professional(entry.depositor, entry):
        people = (author.person for author in entry.authors if author.person is not None)
        names[entry.depositor] = next((each.name for each in people if each.identifier == entry.depositor), "")
    return tuple(known_professional(rights.authorisations, ps_id, name=name) for ps_id, name in names.items())


def _is_a_professional(depositor: str, entry: DocumentEntry) -> bool:
    """An ADELI number may be a professional's or an organisation's: it is a person's if an author has it."""
    try:
        kind = PsId.parse(depositor, ANY_KEY).kind
    except InvalidIdentifier:
        return False
    return kind is not PsIdKind.ADELI or any(
        author.person is not None and author.person.identifier == depositor for author in entry.authors)


def _against(professional: ProfessionalCaller, entry: DocumentEntry, facts: Facts) -> tuple[Reason, ...]:
    return decide(Access(professional, Act.READ), entry, facts).against


def _someone(ps_id: str, profession: Code) -> ProfessionalCaller:
    return ProfessionalCaller(ps_id=ps_id, family="", given="", profession=profession)
