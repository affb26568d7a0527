"""The life of a record: announced, refused, opened, activated, closed, reopened, suspended; rules 3 and 14."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.errors import Conflict, InvalidInput, NotFound, NotPermitted
from carnet.people.patient import Patient
from carnet.record.activate import activate
from carnet.record.announce_record import announce_record
from carnet.record.ask_erasure import ask_erasure, cancel_erasure
from carnet.record.authorise import authorise, block, list_authorisations
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.open_record import OpeningConsent, open_record
from carnet.record.protect import protect
from carnet.record.refuse_record import refuse_record
from carnet.record.reopen_record import reopen_record
from carnet.record.retrieve import retrieve
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.record.suspend_record import resume_record, suspend_record
from carnet.rights.due import ERASURE, NOTICE
from carnet.rights.facts import AuthorisationState
from carnet.rights.held import Choice, RecordState
from tests.record.life import AGAIN, OFFICER, WORKER, child, known_rights, told
from tests.running import (
    CONSENT,
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
    with_entry,
)

OTHER = professional(OTHER_DOCTOR)
DO = Callable[[Platform], Awaitable[object]]


async def state_of(platform: Platform) -> RecordState:
    return (await known_rights(platform, PATIENT.ins)).state


async def closed(platform: Platform) -> None:
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)


async def traces(platform: Platform, act: str) -> list[tuple[str, str]]:
    rows = await platform.portal.fetch(
        "select outcome, detail::text from audit_event where act = $1 order by at", act)
    return [(row[0], row[1]) for row in rows]


async def test_an_announced_record_is_none_but_for_its_holder(platform: Platform) -> None:
    announced = await announce_record(OFFICER, PATIENT, platform.stores)
    assert announced.state is RecordState.NOTICE
    assert announced.notice_ends_at == announced.opened_at + NOTICE
    mine = await record_status(patient(), PATIENT.ins, platform.stores)
    assert (mine.state, mine.notice_ends_at) == (RecordState.NOTICE, announced.notice_ends_at)
    for asker in (professional(), OFFICER, professional(LABORATORY), patient(another_patient(1))):
        with pytest.raises(NotFound):
            await record_status(asker, PATIENT.ins, platform.stores)
    with pytest.raises(NotFound):
        await submit(professional(), lot(letter()), platform.stores)
    assert await told(platform, PATIENT) == ["announce_record"]


async def test_only_an_officer_announces_records(platform: Platform) -> None:
    for asker in (professional(), patient(), WORKER):
        with pytest.raises(NotPermitted):
            await announce_record(asker, PATIENT, platform.stores)
    assert [outcome for outcome, _ in await traces(platform, "announce_record")] == ["refused"] * 3


async def test_traits_that_are_none_are_not_announced(platform: Platform) -> None:
    unnamed = Patient(PATIENT.ins, msgspec.structs.replace(PATIENT.traits, birth_family=" ", birth_date="31/12/1999"))
    with pytest.raises(InvalidInput) as refused:
        await announce_record(OFFICER, unnamed, platform.stores)
    assert [issue.expression for issue in refused.value.issues] == ["birth_family", "birth_date"]
    await announce_record(OFFICER, PATIENT, platform.stores)


@pytest.mark.parametrize("before", ["announced", "refused", "open", "closed"])
async def test_who_has_a_record_in_any_state_is_told_the_same_by_another_announcement(
    platform: Platform, before: str,
) -> None:
    if before in ("announced", "refused"):
        await announce_record(OFFICER, PATIENT, platform.stores)
    else:
        await platform.opened()
    if before == "refused":
        await refuse_record(patient(), PATIENT.ins, platform.stores)
    if before == "closed":
        await closed(platform)
    with pytest.raises(Conflict, match="already opened for this person, or announced to them"):
        await announce_record(OFFICER, PATIENT, platform.stores)
    assert (await traces(platform, "announce_record"))[-1][0] == "refused"


async def test_two_announcements_at_once_make_one_record(platform: Platform) -> None:
    answers = await asyncio.gather(
        *(announce_record(OFFICER, PATIENT, platform.stores) for _ in range(4)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 3 + ["RecordStatus"]
    assert await platform.portal.fetchval("select count(*) from record") == 1


async def test_who_objects_has_no_record_and_may_have_one_later(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    with pytest.raises(NotFound):
        await refuse_record(professional(), PATIENT.ins, platform.stores)
    await refuse_record(patient(), PATIENT.ins, platform.stores)
    with pytest.raises(NotFound):
        await record_status(professional(), PATIENT.ins, platform.stores)
    opened = await open_record(professional(), PATIENT, CONSENT, platform.stores)
    assert (opened.state, opened.authorisation) == (RecordState.ACTIVE, AuthorisationState.VALID)


async def test_an_announced_record_is_opened_at_once_by_who_agrees(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    consent = OpeningConsent("2026-1", "portal", opposed=frozenset({Choice.BREAK_THE_GLASS}))
    opened = await open_record(patient(), PATIENT, consent, platform.stores)
    assert (opened.state, opened.emergency) == (RecordState.ACTIVE, frozenset({Choice.REGULATION_CENTRE}))
    said = (await known_rights(platform, PATIENT.ins)).consents[Choice.OPENING]
    assert (said.given, said.text_version, said.channel) == (True, "2026-1", "portal")
    assert (await known_rights(platform, PATIENT.ins)).notice_ends_at is None


async def test_when_a_record_was_opened_does_not_tell_that_it_was_announced_or_refused_before(
    platform: Platform,
) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    await platform.portal.execute("update record set opened_at = '2020-01-01Z'")
    await refuse_record(patient(), PATIENT.ins, platform.stores)
    status = await open_record(professional(), PATIENT, CONSENT, platform.stores)
    assert status.opened_at.year > 2020
    before = status.opened_at
    await closed(platform)
    assert (await reopen_record(patient(), PATIENT.ins, AGAIN, platform.stores)).opened_at == before


async def test_an_open_record_is_not_refused_any_more(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await refuse_record(patient(), PATIENT.ins, platform.stores)
    assert await state_of(platform) is RecordState.ACTIVE


async def test_the_holder_activates_once(platform: Platform) -> None:
    record = await platform.opened()
    with pytest.raises(NotPermitted):
        await activate(professional(), PATIENT.ins, platform.stores)
    await activate(patient(), PATIENT.ins, platform.stores)
    place = (await platform.stores.known(record, fresh=True)).place
    await activate(patient(), PATIENT.ins, platform.stores)
    assert (await platform.stores.known(record, fresh=True)).place == place
    assert (await record_status(patient(), PATIENT.ins, platform.stores)).is_activated


async def test_rule_03_feeding_works_without_authorisation_and_without_activation_and_reading_does_not(
    platform: Platform,
) -> None:
    await platform.opened()
    document = letter()
    await submit(OTHER, lot(document), platform.stores)
    assert not (await record_status(patient(), PATIENT.ins, platform.stores)).is_activated
    with pytest.raises(NotPermitted):
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    other = letter()
    await submit(professional(), lot(other), platform.stores)
    with pytest.raises(NotFound):
        await retrieve(OTHER, other.entry.unique_id, platform.stores)


async def test_rule_14_a_closed_record_refuses_feeding_and_reopening_restores_its_data(platform: Platform) -> None:
    await platform.opened()
    document = with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await submit(professional(), lot(document), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await closed(platform)
    for asker in (professional(), professional(LABORATORY), patient()):
        with pytest.raises(NotPermitted):
            await submit(asker, lot(letter()), platform.stores)
    status = await reopen_record(patient(), PATIENT.ins, AGAIN, platform.stores)
    assert status.state is RecordState.ACTIVE
    assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
    assert await list_authorisations(patient(), PATIENT.ins, platform.stores) == []
    with pytest.raises(NotPermitted):
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    assert (await known_rights(platform, PATIENT.ins)).consents[Choice.OPENING].text_version == "2026-2"


async def test_who_reopens_with_the_patient_is_authorised_anew_and_nobody_else(platform: Platform) -> None:
    await platform.opened()
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await closed(platform)
    with pytest.raises(NotPermitted):
        await reopen_record(OTHER, PATIENT.ins, AGAIN, platform.stores)
    status = await reopen_record(professional(), PATIENT.ins, AGAIN, platform.stores)
    assert status.authorisation is AuthorisationState.VALID
    given = await list_authorisations(patient(), PATIENT.ins, platform.stores)
    assert [(each.professional, each.is_forbidden) for each in given] == [
        (OTHER_DOCTOR.ps_id, True), (DOCTOR.ps_id, False)]
    assert given[1].professional_name == "Louis FICTIF"


async def test_what_was_opposed_before_stays_opposed_by_reopening(platform: Platform) -> None:
    consent = replace(CONSENT, opposed=frozenset({Choice.BREAK_THE_GLASS}))
    await open_record(patient(), PATIENT, consent, platform.stores)
    await closed(platform)
    await reopen_record(
        patient(), PATIENT.ins, replace(AGAIN, opposed=frozenset({Choice.FEEDING})), platform.stores)
    rights = await known_rights(platform, PATIENT.ins)
    assert not rights.consents_to(Choice.BREAK_THE_GLASS)
    assert not rights.consents_to(Choice.FEEDING)
    assert rights.consents_to(Choice.CONSULTATION)


async def test_a_record_is_not_reopened_without_consent_nor_when_open(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await reopen_record(patient(), PATIENT.ins, AGAIN, platform.stores)
    await closed(platform)
    with pytest.raises(InvalidInput):
        await reopen_record(patient(), PATIENT.ins, OpeningConsent(" ", "smoke"), platform.stores)
    assert await state_of(platform) is RecordState.CLOSED


async def test_a_death_is_an_officers_to_say_and_to_take_back(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput):
        await close_record(patient(), PATIENT.ins, motive="deces", stores=platform.stores)
    status = await close_record(OFFICER, PATIENT.ins, motive="deces", stores=platform.stores)
    assert (status.state, status.closing_motive) == (RecordState.CLOSED, "deces")
    for asker in (patient(), professional()):
        with pytest.raises(NotPermitted):
            await reopen_record(asker, PATIENT.ins, AGAIN, platform.stores)
    await reopen_record(OFFICER, PATIENT.ins, AGAIN, platform.stores)
    assert await state_of(platform) is RecordState.ACTIVE


async def test_a_suspended_record_is_not_active_and_comes_back_as_it_was(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    with pytest.raises(NotPermitted):
        await suspend_record(patient(), PATIENT.ins, platform.stores, motive="fraude")
    with pytest.raises(InvalidInput):
        await suspend_record(OFFICER, PATIENT.ins, platform.stores, motive="ennui")
    await suspend_record(OFFICER, PATIENT.ins, platform.stores, motive="fraude")
    for attempt in (
        find(patient(), PATIENT.ins, Criteria(), platform.stores),
        submit(professional(), lot(letter()), platform.stores),
        suspend_record(OFFICER, PATIENT.ins, platform.stores, motive="fraude"),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    with pytest.raises(NotPermitted):
        await resume_record(patient(), PATIENT.ins, platform.stores)
    await resume_record(OFFICER, PATIENT.ins, platform.stores)
    assert (await retrieve(professional(), document.entry.unique_id, platform.stores)).content == document.content
    assert await told(platform, PATIENT) == ["open_record", "authorise", "suspend", "resume"]


async def test_erasure_is_asked_for_a_closed_record_deferred_and_cancelled(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await ask_erasure(patient(), PATIENT.ins, platform.stores)
    await closed(platform)
    with pytest.raises(NotPermitted):
        await ask_erasure(professional(), PATIENT.ins, platform.stores)
    due = await ask_erasure(patient(), PATIENT.ins, platform.stores)
    now = platform.stores.clock.now()
    assert abs((due - now - ERASURE).total_seconds()) < 60
    assert await ask_erasure(patient(), PATIENT.ins, platform.stores) == due
    assert (await record_status(patient(), PATIENT.ins, platform.stores)).erasure_due_at == due
    assert (await record_status(professional(), PATIENT.ins, platform.stores)).erasure_due_at is None
    await cancel_erasure(patient(), PATIENT.ins, platform.stores)
    assert (await record_status(patient(), PATIENT.ins, platform.stores)).erasure_due_at is None


async def test_reopening_cancels_an_erasure_that_was_asked_for(platform: Platform) -> None:
    record = await platform.opened()
    await closed(platform)
    await ask_erasure(patient(), PATIENT.ins, platform.stores)
    await reopen_record(patient(), PATIENT.ins, AGAIN, platform.stores)
    assert await platform.portal.fetchval("select next_due from record where record_id = $1", record) is None
    await closed(platform)
    assert (await record_status(patient(), PATIENT.ins, platform.stores)).erasure_due_at is None


async def test_a_protected_adult_and_a_minor_do_not_decide_alone(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await protect(professional(), PATIENT.ins, platform.stores, is_protected=True)
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=True)
    with pytest.raises(NotPermitted):
        await closed(platform)
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=False)
    await closed(platform)
    young = child()
    await open_record(professional(), young, CONSENT, platform.stores)
    with pytest.raises(NotPermitted):
        await close_record(patient(young), young.ins, motive="patient-demande", stores=platform.stores)


LIFE: list[tuple[str, DO]] = [
    ("refuse_record", lambda p: refuse_record(OTHER, PATIENT.ins, p.stores)),
    ("activate", lambda p: activate(OTHER, PATIENT.ins, p.stores)),
    ("suspend", lambda p: suspend_record(OTHER, PATIENT.ins, p.stores, motive="fraude")),
    ("resume", lambda p: resume_record(OTHER, PATIENT.ins, p.stores)),
    ("ask_erasure", lambda p: ask_erasure(OTHER, PATIENT.ins, p.stores)),
    ("cancel_erasure", lambda p: cancel_erasure(OTHER, PATIENT.ins, p.stores)),
    ("protect", lambda p: protect(OTHER, PATIENT.ins, p.stores, is_protected=True)),
    ("close_record", lambda p: close_record(OTHER, PATIENT.ins, motive="patient-demande", stores=p.stores)),
]


async def test_every_refusal_of_a_step_of_life_leaves_its_trace_and_changes_nothing(platform: Platform) -> None:
    record = await platform.opened()
    before = await platform.stores.known(record, fresh=True)
    for act, do in LIFE:
        with pytest.raises(NotPermitted):
            await do(platform)
        [(outcome, detail)] = await traces(platform, act)
        assert (outcome, "reasons" in detail) == ("refused", True)
    after = await platform.stores.known(record, fresh=True)
    assert (after.rights, after.head, after.place) == (before.rights, before.head, before.place)


@pytest.mark.parametrize(("act", "do"), LIFE, ids=[act for act, _ in LIFE])
async def test_no_step_of_life_tells_that_there_is_no_record(platform: Platform, act: str, do: DO) -> None:
    with pytest.raises(NotFound):
        await do(platform)
    assert [outcome for outcome, _ in await traces(platform, act)] == ["refused"]
