"""Who sees one document: by profession as the matrix says, by name as the decision says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from carnet.documents.entry import Author, DocumentEntry, Institution, Person, Visibility
from carnet.people.caller import PROFESSION
from carnet.people.code import Code
from carnet.people.identifiers import PS_ID_OID
from carnet.rights.access import Access, Act
from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    DelegateKind,
    Delegation,
    RecordRights,
    RecordState,
)
from carnet.rights.matrices import demonstration
from carnet.rights.matrix_keys import professions
from carnet.rights.preview import (
    UNKNOWN_PROFESSION,
    by_profession,
    by_professional,
    known_professional,
    professionals_of,
    seen_by,
)
from carnet.rights.reasons import Reason
from tests.running import DOCTOR, OTHER_DOCTOR, PATIENT, letter

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENTRY = msgspec.structs.replace(letter().entry, depositor=DOCTOR.ps_id)
ALL = tuple(Code(key.code, key.oid) for key in professions())
DOCTORS = Code("10", PROFESSION)


def facts(*given: Authorisation, **said: object) -> Facts:
    rights = RecordRights(
        state=RecordState.ACTIVE, since=NOW, authorisations={each.professional: each for each in given})
    return Facts(
        PATIENT.ins, PATIENT.traits.birth_date, NOW, msgspec.structs.replace(rights, **said), demonstration())


def of_type(code: str) -> DocumentEntry:
    return msgspec.structs.replace(ENTRY, type_code=Code(code, ""))


@pytest.mark.parametrize("code", ["11488-4", "ATTEST-RESID", "EXPPAT_3", "15508-5", "a type of nowhere"])
def test_a_profession_sees_the_types_that_the_matrix_opens_to_it(code: str) -> None:
    known = facts()
    for told in by_profession(of_type(code), known, ALL):
        someone = known_professional({}, "somebody", told.profession)
        assert told.sees is (code in known.matrix.column_of(someone, NOW.date()).readable)
        assert told.reasons == (() if told.sees else (Reason.TYPE_NOT_OPEN,))


def test_a_doctor_is_shown_no_attestation_of_residence() -> None:
    [told] = by_profession(of_type("ATTEST-RESID"), facts(), [DOCTORS])
    assert not told.sees


def test_what_the_holder_opposes_and_masks_holds_for_every_profession() -> None:
    opposed = facts(consents={Choice.CONSULTATION: Consent(given=False, at=NOW)})
    masked = msgspec.structs.replace(ENTRY, visibility=frozenset({Visibility.MASQUE_PS}))
    for told in by_profession(masked, opposed, ALL):
        assert {Reason.CONSULTATION_OPPOSED, Reason.MASKED_FROM_PROFESSIONALS} <= set(told.reasons)


def test_supposing_an_authorisation_gives_nobody_else_one() -> None:
    known = facts()
    by_profession(ENTRY, known, ALL)
    assert not known.rights.authorisations
    assert seen_by(OTHER_DOCTOR, [ENTRY], known) == ((), (Reason.NO_AUTHORISATION,))


def test_everyone_of_whom_the_record_says_something_is_named() -> None:
    delegations = tuple(
        Delegation(
            delegation_id=uuid4(), kind=kind, subject=subject, delegated_by=DOCTOR.ps_id, name=name, members=members,
            valid_until=NOW + timedelta(days=1))
        for kind, subject, name, members in (
            (DelegateKind.PROFESSIONAL, "810000000025", "Zoé Tiers", ()),
            (DelegateKind.ORGANISATION, "1750712184", "Une clinique", ()),
            (DelegateKind.CARE_TEAM, "Équipe", "", ("810000000033", "810000000025"))))
    known = facts(Authorisation(professional="810000000041", is_forbidden=True), delegations=delegations)
    told = {each.ps_id: f"{each.given} {each.family}".strip() for each in professionals_of(ENTRY, known)}
    assert told == {
        "810000000041": "", "810000000025": "Zoé Tiers", "810000000033": "", DOCTOR.ps_id: "Louis FICTIF"}


@pytest.mark.parametrize(("depositor", "is_a_person"), [
    ("899700218896", True), ("1750803447", False), ("3120000000000", False), ("075123456", False), ("", False),
    (str(PATIENT.ins), False),
])
def test_who_deposited_is_named_when_they_are_a_professional(depositor: str, is_a_person: bool) -> None:
    entry = msgspec.structs.replace(ENTRY, depositor=depositor, authors=())
    assert [each.ps_id for each in professionals_of(entry, facts())] == ([depositor] if is_a_person else [])


def test_a_number_that_may_be_an_organisations_is_a_persons_if_an_author_has_it() -> None:
    number = "0751234567"
    author = Author(Person(number, PS_ID_OID, "ANCIEN", "Paul"), Institution("Cabinet"))
    for authors, named in (((), []), ((author,), ["Paul ANCIEN"])):
        entry = msgspec.structs.replace(ENTRY, depositor=number, authors=authors)
        told = by_professional(entry, facts(), professionals_of(entry, facts()))
        assert [each.name for each in told] == named
        assert all(each.sees for each in told)


def test_a_login_says_more_of_a_professional_than_a_holder() -> None:
    said = Authorisation(
        professional=OTHER_DOCTOR.ps_id, valid_until=NOW + timedelta(days=1), profession=DOCTORS,
        professional_name="Anne IMAGINAIRE", specialties=(Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5"),))
    typed = Code("40", PROFESSION)
    told = known_professional({said.professional: said}, said.professional, typed)
    assert (told.profession, told.specialties, told.family) == (DOCTORS, said.specialties, "Anne IMAGINAIRE")
    assert known_professional({}, said.professional, typed).profession == typed
    unknown = known_professional({}, said.professional)
    assert unknown.profession == UNKNOWN_PROFESSION
    read = decide(Access(unknown, Act.READ), ENTRY, facts(msgspec.structs.replace(said, profession=None)))
    assert read.against == (Reason.TYPE_NOT_OPEN,)
