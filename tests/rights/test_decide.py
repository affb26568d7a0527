"""The decision, as stories: situation, then the reasons against it. `test_oracle.py` compares the whole input space."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.errors import NotFound, NotPermitted
from carnet.people.caller import AccountantCaller, Caller, PatientCaller
from carnet.people.code import Code
from carnet.people.ins import Ins, InsOid
from carnet.rights.access import Access, AccessMode, Act
from carnet.rights.decision import Decision, decide
from carnet.rights.facts import Facts, coming_of_age
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    DelegateKind,
    Delegation,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
    SaidThere,
)
from carnet.rights.matrices import demonstration
from carnet.rights.reasons import Reason
from carnet.rights.words import explain
from tests.running import DOCTOR, LABORATORY, OTHER_DOCTOR, PATIENT, letter

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOLDER = PatientCaller(PATIENT.ins, "INVENTEE", "Camille")
MOTHER = PatientCaller(Ins("199077512345611", InsOid.TEST), "AUTRE", "Personne")
NURSE = msgspec.structs.replace(OTHER_DOCTOR, profession=Code("60", "1.2.250.1.71.1.2.7"))
UNKNOWN_PROFESSION = msgspec.structs.replace(OTHER_DOCTOR, profession=Code("999", "1.2.250.1.71.1.2.7"))
ENTRY = letter().entry       # its author is DOCTOR


def rights(*authorisations: Authorisation, **others: object) -> RecordRights:
    given = {each.professional: each for each in authorisations}
    return msgspec.structs.replace(
        RecordRights(state=RecordState.ACTIVE, since=NOW, authorisations=given), **others)


def facts(*authorisations: Authorisation, birth_date: str = "1999-07-02", **others: object) -> Facts:
    return Facts(PATIENT.ins, birth_date, NOW, rights(*authorisations, **others), demonstration())


def valid(until: datetime | None = NOW + timedelta(days=1), **flags: Any) -> Authorisation:
    return Authorisation(professional=OTHER_DOCTOR.ps_id, valid_until=until, **flags)


def hidden(*codes: Visibility, **changes: object) -> DocumentEntry:
    return msgspec.structs.replace(ENTRY, visibility=frozenset(codes), **changes)


def said(choice: Choice, given: bool) -> dict[Choice, Consent]:
    return {choice: Consent(given=given, at=NOW)}


def proxy(kind: ProxyKind, state: ProxyState = ProxyState.ACCEPTED) -> tuple[Proxy, ...]:
    return (Proxy(proxy_id=uuid4(), person=MOTHER.ins, kind=kind, state=state, answer_by=NOW + timedelta(days=1)),)


def opened(until: datetime = NOW + timedelta(minutes=1), mode: str = "bris_de_glace") -> tuple[Emergency, ...]:
    return (Emergency(
        emergency_id=uuid4(), professional=OTHER_DOCTOR.ps_id, mode=mode, opened_at=until - timedelta(hours=1),
        ends_at=until),)


BLOCKED = Authorisation(professional=OTHER_DOCTOR.ps_id, is_forbidden=True)
CLOSED = facts(state=RecordState.CLOSED)
CHILD = "2016-05-01"
MASKED = hidden(Visibility.MASQUE_PS)
UNANNOUNCED = hidden(Visibility.INVISIBLE_PATIENT)
SECRET = hidden(Visibility.INVISIBLE_REPRESENTANTS_LEGAUX)
DELETED = msgspec.structs.replace(ENTRY, availability_status=AvailabilityStatus.DELETED)
OF_A_CHILD = facts(birth_date=CHILD, proxies=proxy(ProxyKind.LEGAL_REPRESENTATIVE))
DELEGATED = Delegation(
    delegation_id=uuid4(), kind=DelegateKind.PROFESSIONAL, subject=OTHER_DOCTOR.ps_id, delegated_by=DOCTOR.ps_id,
    valid_until=NOW + timedelta(days=9))
DOCTORS_OWN = Authorisation(professional=DOCTOR.ps_id, valid_until=NOW + timedelta(days=1))

TABLE: list[tuple[Caller, Act, DocumentEntry | None, Facts, set[Reason]]] = [
    (HOLDER, Act.READ, ENTRY, facts(), set()),
    (HOLDER, Act.SEE_HISTORY, None, facts(), set()),
    (MOTHER, Act.READ, ENTRY, facts(), {Reason.NOT_THE_HOLDER}),
    (MOTHER, Act.SEE_STATUS, None, facts(), {Reason.NOT_THE_HOLDER}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(), {Reason.NO_AUTHORISATION}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(valid()), set()),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(valid(NOW)), {Reason.AUTHORISATION_EXPIRED}),
    (OTHER_DOCTOR, Act.FEED, None, facts(), set()),
    (OTHER_DOCTOR, Act.SEE_STATUS, None, facts(BLOCKED), set()),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(BLOCKED), {Reason.BLOCKED_BY_PATIENT}),
    (OTHER_DOCTOR, Act.FEED, None, facts(BLOCKED), {Reason.BLOCKED_BY_PATIENT}),
    (OTHER_DOCTOR, Act.AUTHORISE, None, facts(BLOCKED),
     {Reason.BLOCKED_BY_PATIENT, Reason.ONLY_FOR_ONESELF}),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid()), {Reason.MASKED_FROM_PROFESSIONALS}),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid(None, is_medecin_traitant=True)), set()),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid(is_administrator=True)), set()),
    (OTHER_DOCTOR, Act.READ, MASKED, facts(valid(NOW, is_administrator=True)),
     {Reason.AUTHORISATION_EXPIRED, Reason.MASKED_FROM_PROFESSIONALS}),
    (OTHER_DOCTOR, Act.READ, UNANNOUNCED, facts(valid()), set()),
    (OTHER_DOCTOR, Act.REPLACE, ENTRY, facts(), {Reason.NOT_THE_AUTHOR, Reason.NO_AUTHORISATION}),
    (OTHER_DOCTOR, Act.REPLACE, ENTRY, facts(valid()), {Reason.NOT_THE_AUTHOR}),
    (DOCTOR, Act.REPLACE, ENTRY, facts(), set()),
    (DOCTOR, Act.REPLACE, MASKED, facts(), set()),
    (HOLDER, Act.READ, MASKED, facts(), set()),
    (HOLDER, Act.READ, UNANNOUNCED, facts(), {Reason.NOT_YET_ANNOUNCED}),
    (HOLDER, Act.READ, DELETED, facts(), {Reason.DELETED}),
    (HOLDER, Act.REPLACE, ENTRY, facts(), {Reason.NOT_THE_AUTHOR}),
    (LABORATORY, Act.FEED, None, facts(), set()),
    (LABORATORY, Act.READ, ENTRY, facts(), {Reason.SOFTWARE_DOES_NOT_READ}),
    (HOLDER, Act.READ, ENTRY, CLOSED, {Reason.RECORD_CLOSED}),
    (LABORATORY, Act.FEED, None, CLOSED, {Reason.RECORD_CLOSED}),
    (HOLDER, Act.SEE_HISTORY, None, CLOSED, set()),
    (MOTHER, Act.READ, UNANNOUNCED, CLOSED, {Reason.RECORD_CLOSED, Reason.NOT_THE_HOLDER}),
    (HOLDER, Act.READ, ENTRY, facts(state=RecordState.NOTICE), {Reason.NO_RECORD}),
    (HOLDER, Act.REFUSE_RECORD, None, facts(state=RecordState.NOTICE), set()),
    (HOLDER, Act.READ, ENTRY, facts(state=RecordState.SUSPENDED), {Reason.RECORD_SUSPENDED}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(DOCTORS_OWN, delegations=(DELEGATED,)), set()),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(delegations=(DELEGATED,)), {Reason.AUTHORISATION_EXPIRED}),
    (OTHER_DOCTOR, Act.READ, ENTRY, facts(valid(), consents=said(Choice.CONSULTATION, False)),
     {Reason.CONSULTATION_OPPOSED}),
    (OTHER_DOCTOR, Act.FEED, None, facts(consents=said(Choice.FEEDING, False)), {Reason.FEEDING_OPPOSED}),
    (OTHER_DOCTOR, Act.FEED, None, facts(valid(), consents=said(Choice.FEEDING, False)), set()),
    (LABORATORY, Act.FEED, None, facts(consents=said(Choice.FEEDING, False)), {Reason.FEEDING_OPPOSED}),
    (UNKNOWN_PROFESSION, Act.READ, ENTRY, facts(valid()), {Reason.TYPE_NOT_OPEN}),
    (UNKNOWN_PROFESSION, Act.FEED, ENTRY, facts(valid()), {Reason.TYPE_NOT_WRITTEN}),
    (HOLDER, Act.FEED, ENTRY, facts(), {Reason.TYPE_NOT_FOR_PATIENTS}),
    (MOTHER, Act.READ, ENTRY, OF_A_CHILD, set()),
    (MOTHER, Act.BLOCK, None, OF_A_CHILD, set()),
    (HOLDER, Act.BLOCK, None, OF_A_CHILD, {Reason.HOLDER_IS_REPRESENTED}),
    (MOTHER, Act.READ, SECRET, OF_A_CHILD, {Reason.HIDDEN_FROM_REPRESENTATIVES}),
    (HOLDER, Act.READ, SECRET, OF_A_CHILD, set()),
    (MOTHER, Act.READ, ENTRY, facts(proxies=proxy(ProxyKind.LEGAL_REPRESENTATIVE)), {Reason.NOT_THE_HOLDER}),
    (MOTHER, Act.READ, ENTRY, facts(proxies=proxy(ProxyKind.CAREGIVER)), set()),
    (MOTHER, Act.BLOCK, None, facts(proxies=proxy(ProxyKind.CAREGIVER)), {Reason.ONLY_THE_HOLDER}),
    (MOTHER, Act.ANSWER_INVITATION, None, facts(proxies=proxy(ProxyKind.CAREGIVER, ProxyState.PENDING)), set()),
]


@pytest.mark.parametrize(("caller", "act", "entry", "known", "against"), TABLE)
def test_the_decision_and_all_its_reasons(
    caller: Caller, act: Act, entry: DocumentEntry | None, known: Facts, against: set[Reason],
) -> None:
    target = DOCTOR.ps_id if act is Act.AUTHORISE else ""
    decision = decide(Access(caller, act, target=target), entry, known)
    assert set(decision.against) == against
    assert decision.allowed is (not against)


EMERGENCIES: list[tuple[Facts, DocumentEntry, set[Reason]]] = [
    (facts(), ENTRY, {Reason.EMERGENCY_NOT_OPENED}),
    (facts(emergencies=opened()), ENTRY, set()),
    (facts(emergencies=opened(NOW)), ENTRY, {Reason.EMERGENCY_NOT_OPENED}),
    (facts(emergencies=opened(mode="centre_15")), ENTRY, {Reason.EMERGENCY_NOT_OPENED}),
    (facts(BLOCKED, emergencies=opened()), ENTRY, {Reason.BLOCKED_BY_PATIENT}),
    (facts(emergencies=opened(), consents=said(Choice.BREAK_THE_GLASS, False)), ENTRY,
     {Reason.BREAK_THE_GLASS_OPPOSED}),
    (facts(emergencies=opened()), MASKED, {Reason.MASKED_FROM_PROFESSIONALS}),
    (facts(emergencies=opened(), consents=said(Choice.MASKED_IN_EMERGENCY, True)), MASKED, set()),
]


@pytest.mark.parametrize(("known", "entry", "against"), EMERGENCIES)
def test_breaking_the_glass_stands_in_for_an_authorisation_only(
    known: Facts, entry: DocumentEntry, against: set[Reason],
) -> None:
    assert set(decide(Access(OTHER_DOCTOR, Act.READ, AccessMode.BREAK_THE_GLASS), entry, known).against) == against


def test_the_glass_is_broken_by_who_just_logged_in_below_the_ceilings() -> None:
    access = Access(
        OTHER_DOCTOR, Act.OPEN_EMERGENCY, AccessMode.BREAK_THE_GLASS, authenticated_at=NOW - timedelta(minutes=5))
    assert decide(access, None, facts()).allowed
    late = replace(access, authenticated_at=NOW - timedelta(minutes=5, seconds=1))
    assert decide(late, None, facts()).against == (Reason.LOGIN_TOO_OLD,)
    assert decide(replace(access, authenticated_at=None), None, facts()).against == (Reason.LOGIN_TOO_OLD,)
    often = replace(access, emergencies_today=5)
    assert decide(often, None, facts()).against == (Reason.SECOND_PERSON_NEEDED,)
    assert decide(replace(often, has_second_person=True), None, facts()).allowed
    full = facts(emergencies=opened(), break_glass_ceiling=1)
    assert decide(access, None, full).against == (Reason.PATIENT_CEILING_REACHED,)


def test_who_deposited_a_document_reads_it_without_authorisation_unless_blocked() -> None:
    own = hidden(Visibility.MASQUE_PS, depositor=OTHER_DOCTOR.ps_id)
    opposed = facts(consents=said(Choice.CONSULTATION, False))
    assert decide(Access(OTHER_DOCTOR, Act.READ), own, opposed).allowed
    assert decide(Access(OTHER_DOCTOR, Act.LIST), own, opposed).against == (
        Reason.NO_AUTHORISATION, Reason.CONSULTATION_OPPOSED)
    assert decide(Access(OTHER_DOCTOR, Act.READ), own, facts(BLOCKED)).against == (Reason.BLOCKED_BY_PATIENT,)


def test_what_was_said_at_an_organisation_holds_there_alone() -> None:
    no = {choice: Consent(given=False, at=NOW) for choice in (Choice.FEEDING, Choice.CONSULTATION)}
    known = facts(valid(), said_there={LABORATORY.struct_id: SaidThere(organisation=LABORATORY.struct_id, consents=no)})
    elsewhere = msgspec.structs.replace(OTHER_DOCTOR, organisation="1690000022")
    for caller, act, against in (
        (LABORATORY, Act.FEED, {Reason.FEEDING_OPPOSED_THERE}),
        (OTHER_DOCTOR, Act.FEED, {Reason.FEEDING_OPPOSED_THERE}),
        (OTHER_DOCTOR, Act.READ, {Reason.CONSULTATION_OPPOSED_THERE}), (elsewhere, Act.FEED, set()),
        (elsewhere, Act.READ, set()), (msgspec.structs.replace(elsewhere, organisation=None), Act.READ, set()),
        (msgspec.structs.replace(LABORATORY, struct_id="1690000022"), Act.FEED, set()), (HOLDER, Act.READ, set()),
    ):
        assert set(decide(Access(caller, act), None, known).against) == against
    own = hidden(depositor=OTHER_DOCTOR.ps_id)
    assert decide(Access(OTHER_DOCTOR, Act.READ), own, known).allowed
    with pytest.raises(NotFound):
        decide(Access(OTHER_DOCTOR, Act.READ), ENTRY, known).or_raise()


def test_in_a_secret_connection_only_secret_documents_are_deposited() -> None:
    secretly = Access(OTHER_DOCTOR, Act.FEED, is_secret=True)
    assert decide(secretly, ENTRY, OF_A_CHILD).against == (Reason.SECRET_DEPOSITS_ONLY,)
    assert decide(secretly, SECRET, OF_A_CHILD).allowed
    assert Reason.SECRET_NEEDS_A_MINOR in decide(secretly, SECRET, facts()).against


def test_a_refusal_about_a_document_says_that_there_is_none() -> None:
    with pytest.raises(NotFound):
        Decision((Reason.MASKED_FROM_PROFESSIONALS,), about_document=True).or_raise()
    with pytest.raises(NotFound):
        Decision((Reason.NO_AUTHORISATION, Reason.NOT_THE_AUTHOR), about_document=True).or_raise()
    with pytest.raises(NotPermitted):
        Decision((Reason.NOT_THE_AUTHOR,), about_document=True).or_raise()
    with pytest.raises(NotPermitted):
        Decision((Reason.NO_AUTHORISATION,)).or_raise()


def test_nobody_learns_whether_someone_else_has_a_record() -> None:
    for known in (facts(), CLOSED, facts(state=RecordState.NOTICE)):
        with pytest.raises(NotFound, match="no record for this person"):
            decide(Access(MOTHER, Act.SEE_STATUS), None, known).or_raise()


@pytest.mark.parametrize(("born", "of_age"), [
    ("2000-05-17", "2018-05-17"), ("2000-02-29", "2018-03-01"), ("2004-02-29", "2022-03-01"), ("2000-05", "2018-05-31"),
    ("2000-12", "2018-12-31"), ("2000", "2018-12-31"),
])
def test_nobody_comes_of_age_too_early(born: str, of_age: str) -> None:
    assert coming_of_age(born, 18).isoformat() == of_age


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words_in_both_languages(reason: Reason) -> None:
    for to in ("patient", "professional"):
        assert explain(reason, "fr", to).endswith(".")
        assert explain(reason, "en", to).endswith(".")
        assert explain(reason, "fr", to) != explain(reason, "en", to)


def test_an_accountant_is_a_stranger_to_every_record() -> None:
    accountant = AccountantCaller("comptable-1", "ESSAI", "Ève")
    for act in Act:
        for state in RecordState:
            against = decide(Access(accountant, act), ENTRY, facts(state=state)).against
            assert {Reason.NOT_THE_HOLDER, Reason.NO_RECORD} & set(against), (act, state)
