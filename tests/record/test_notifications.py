"""Who is told of what, and who reads it: changes and emergencies, never a document, nor a minor's secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from carnet.people.caller import PatientCaller
from carnet.people.ins import Ins, InsOid
from carnet.record.authorise import authorise, block, name_medecin_traitant
from carnet.record.close_record import close_record
from carnet.record.effects import Notice, to_person, to_professional
from carnet.record.emergency import open_emergency
from carnet.record.notices import notices_of, notices_of_review
from carnet.record.notifications import mark_read, my_notifications, unread
from carnet.record.submit import submit
from carnet.rights.access import AccessMode, Act, Asker
from carnet.rights.facts import Facts
from carnet.rights.held import (
    Authorisation,
    Choice,
    Consent,
    Emergency,
    Proxy,
    ProxyKind,
    ProxyState,
    RecordRights,
    RecordState,
)
from tests.record.emergencies import OFFICER, REASON, breaking
from tests.running import (
    DOCTOR,
    LABORATORY,
    OTHER_DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MOTHER, AUNT = Ins("199077512345611", InsOid.TEST), Ins("199077512345708", InsOid.TEST)
ADULT, CHILD = "1999-07-02", "2016-05-01"
DOCTORS = {DOCTOR.ps_id: Authorisation(professional=DOCTOR.ps_id, is_medecin_traitant=True)}
GLASS = Emergency(
    emergency_id=uuid4(), professional=OTHER_DOCTOR.ps_id, mode="bris_de_glace", opened_at=NOW,
    ends_at=NOW + timedelta(hours=1), reason=REASON)


def _proxy(person: Ins, kind: ProxyKind, state: ProxyState = ProxyState.ACCEPTED) -> Proxy:
    return Proxy(proxy_id=uuid4(), person=person, kind=kind, state=state, answer_by=NOW + timedelta(days=9), name="N")


REPRESENTED = (_proxy(MOTHER, ProxyKind.LEGAL_REPRESENTATIVE), _proxy(AUNT, ProxyKind.CAREGIVER))


def _facts(birth_date: str, **rights: object) -> Facts:
    held = msgspec.structs.replace(RecordRights(state=RecordState.ACTIVE, since=NOW, proxies=REPRESENTED), **rights)
    return Facts(PATIENT.ins, birth_date, NOW, held)


def _after(facts: Facts, **rights: object) -> RecordRights:
    return msgspec.structs.replace(facts.rights, **rights)


def _told(act: Act, facts: Facts, rights: RecordRights, asker: Asker | None = None) -> dict[str, Notice]:
    notices = notices_of(asker or professional(OTHER_DOCTOR), act, facts, rights)
    assert len({each.recipient for each in notices}) == len(notices)
    return {each.recipient: each for each in notices}


HOLDER, TO_MOTHER, TO_AUNT = (to_person(person) for person in (PATIENT.ins, MOTHER, AUNT))


@pytest.mark.parametrize(("birth_date", "told"), [(ADULT, {HOLDER}), (CHILD, {HOLDER, TO_MOTHER})])
def test_representatives_are_told_while_the_holder_is_a_dependant(birth_date: str, told: set[str]) -> None:
    facts = _facts(birth_date)
    said = {Choice.FEEDING: Consent(given=False, at=NOW, reason="Secret")}
    notices = _told(Act.CHANGE_CHOICE, facts, _after(facts, consents=said))
    assert set(notices) == told
    assert notices[HOLDER].detail == {
        "by": "Anne IMAGINAIRE", "by_kind": "professional", "organisation": "Autre cabinet inventé",
        "choices": "feeding"}


def test_who_represented_until_now_is_told_that_it_ends() -> None:
    facts = _facts(ADULT, is_protected=True)
    assert set(_told(Act.PROTECT, facts, _after(facts, is_protected=False), OFFICER)) == {HOLDER, TO_MOTHER}


def test_representatives_are_told_nothing_of_a_secret_connection() -> None:
    facts = _facts(CHILD)
    secret = replace(professional(OTHER_DOCTOR), is_secret=True)
    assert set(_told(Act.FEED, facts, facts.rights, secret)) == {HOLDER}


@pytest.mark.parametrize("mode", [AccessMode.BREAK_THE_GLASS, AccessMode.REGULATION_CENTRE])
def test_of_an_emergency_the_medecin_traitant_is_told_too_without_its_reason(mode: AccessMode) -> None:
    facts = _facts(CHILD, authorisations={**DOCTORS, "8": Authorisation(professional="8", valid_until=NOW)})
    opened = msgspec.structs.replace(GLASS, mode=mode.value)
    notices = _told(Act.OPEN_EMERGENCY, facts, _after(facts, emergencies=(opened,)))
    assert set(notices) == {HOLDER, TO_MOTHER, to_professional(DOCTOR.ps_id)}
    assert {each.detail["mode"] for each in notices.values()} == {mode.value}
    assert REASON not in str(notices)


def test_a_blocked_doctor_is_told_nothing() -> None:
    blocked = msgspec.structs.replace(DOCTORS[DOCTOR.ps_id], is_forbidden=True)
    facts = _facts(ADULT, authorisations={DOCTOR.ps_id: blocked})
    assert set(_told(Act.OPEN_EMERGENCY, facts, _after(facts, emergencies=(GLASS,)))) == {HOLDER}


def test_who_is_invited_or_revoked_is_told_that_and_no_more() -> None:
    facts = _facts(ADULT)
    other = _proxy(another_patient(3).ins, ProxyKind.CAREGIVER, ProxyState.PENDING)
    revoked = msgspec.structs.replace(REPRESENTED[1], state=ProxyState.REVOKED)
    after = _after(facts, proxies=(REPRESENTED[0], revoked, other), authorisations=DOCTORS)
    notices = _told(Act.INVITE, facts, after, patient())
    assert set(notices) == {HOLDER, TO_AUNT, to_person(other.person)}
    assert notices[TO_AUNT].detail == {
        "by": "Camille INVENTEE", "by_kind": "patient", "kind": "caregiver", "state": "revoked"}
    assert (notices[HOLDER].is_read, notices[TO_AUNT].is_read) == (True, False)


def test_what_an_application_did_the_holder_is_told() -> None:
    facts = _facts(ADULT)
    application = Asker(PatientCaller(PATIENT.ins, "INVENTEE", "Camille", application="appli"))
    assert not _told(Act.LIST, facts, facts.rights, application)[HOLDER].is_read


def test_of_a_review_the_patient_s_side_is_told() -> None:
    assert {each.recipient for each in notices_of_review(OFFICER, _facts(CHILD), {})} == {HOLDER, TO_MOTHER}


async def test_the_holder_is_told_of_every_change_and_need_not_read_their_own(platform: Platform) -> None:
    await platform.opened()
    await authorise(professional(OTHER_DOCTOR), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    told = await my_notifications(patient(), platform.stores)
    acts = [(each.act, each.detail.get("professional_name", ""), each.read_at is None) for each in told]
    assert acts == [
        ("close_record", "", False), ("block", "Anne IMAGINAIRE", False), ("authorise", "Anne IMAGINAIRE", True),
        ("authorise", "Louis FICTIF", True), ("open_record", "", True)]
    assert await unread(patient(), platform.stores) == 3


async def test_a_deposit_is_no_change_of_rights_and_leaves_no_word_of_a_document(platform: Platform) -> None:
    await platform.opened()
    before = await unread(patient(), platform.stores)
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    assert await unread(patient(), platform.stores) == before
    rows = str(await platform.portal.fetch("select act, detail::text from notification"))
    assert str(document.entry.logical_id) not in rows


async def test_everybody_reads_and_marks_their_own_only(platform: Platform) -> None:
    await platform.opened()
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    [told] = await my_notifications(professional(), platform.stores)
    assert (told.act, told.about) == ("open_emergency", "Camille INVENTEE")
    stranger = patient(another_patient(1))
    for other in (stranger, professional(OTHER_DOCTOR), professional(LABORATORY), OFFICER):
        await mark_read(other, [told.notification_id], platform.stores)
        assert await my_notifications(other, platform.stores) == []
        assert await unread(other, platform.stores) == 0
    assert await unread(professional(), platform.stores) == 1
    await mark_read(professional(), [told.notification_id, uuid4()], platform.stores)
    assert await unread(professional(), platform.stores) == 0
    assert (await my_notifications(professional(), platform.stores))[0].read_at is not None


async def test_an_application_reads_what_is_about_its_user_and_not_about_others(platform: Platform) -> None:
    await platform.opened()
    await platform.portal.execute("update notification set recipient = $1", to_person(MOTHER))
    person = Asker(PatientCaller(MOTHER, "MERE", "Jeanne"))
    application = Asker(PatientCaller(MOTHER, "MERE", "Jeanne", application="appli"))
    assert {each.about for each in await my_notifications(person, platform.stores)} == {"Camille INVENTEE"}
    assert (await my_notifications(application, platform.stores), await unread(application, platform.stores)) == ([], 0)


async def test_no_more_than_asked_is_read_the_newest_first(platform: Platform) -> None:
    await platform.opened()
    assert [each.act for each in await my_notifications(patient(), platform.stores, limit=1)] == ["authorise"]
    assert len(await my_notifications(patient(), platform.stores, limit=-3)) == 1
