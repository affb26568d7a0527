"""Those who act for a holder: who invites whom, how many, until when; a minor's secret connection (rule 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from carnet.documents.entry import Visibility
from carnet.errors import InvalidInput, NotFound, NotPermitted
from carnet.people.ins import Ins
from carnet.people.patient import Patient
from carnet.record.announce_record import announce_record
from carnet.record.authorise import authorise, withdraw
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.open_record import open_record
from carnet.record.protect import protect
from carnet.record.proxies import (
    MOST_HELPED,
    TO_ANSWER,
    answer_invitation,
    invite,
    list_proxies,
    people_i_act_for,
    revoke_proxy,
)
from carnet.record.reopen_record import reopen_record
from carnet.record.retrieve import retrieve
from carnet.record.status import record_status
from carnet.record.submit import submit
from carnet.rights.access import Asker
from carnet.rights.held import Proxy, ProxyKind, ProxyState
from carnet.rights.party import Party
from tests.record.life import (
    AGAIN,
    FATHER,
    FRIEND,
    MOTHER,
    OFFICER,
    child,
    helped,
    known_rights,
    let_pass,
    opened_for_child,
    represented,
    told,
)
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
LEGAL, CAREGIVER = ProxyKind.LEGAL_REPRESENTATIVE, ProxyKind.CAREGIVER
SECRET = frozenset({Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})
YOUNG = child()


async def party_of(platform: Platform, person: Patient, of: Patient) -> Party:
    return (await record_status(patient(person), of.ins, platform.stores)).party


async def state_of(platform: Platform, of: Patient, proxy: Proxy) -> ProxyState:
    return next(
        each.state for each in (await known_rights(platform, of.ins)).proxies if each.proxy_id == proxy.proxy_id)


async def invited(platform: Platform, asker: Asker, of: Patient, person: Ins, kind: ProxyKind) -> Proxy:
    return await invite(asker, of.ins, person, kind, platform.stores, name="Quelqu'un", relationship="RESPRSN")


async def test_who_is_invited_is_nobody_to_the_record_until_they_accept(platform: Platform) -> None:
    await platform.opened()
    proxy = await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)
    assert proxy.answer_by - platform.stores.clock.now() > TO_ANSWER - timedelta(minutes=1)
    for attempt in (
        find(patient(FRIEND), PATIENT.ins, Criteria(), platform.stores),
        record_status(patient(FRIEND), PATIENT.ins, platform.stores),
        list_proxies(patient(FRIEND), PATIENT.ins, platform.stores),
    ):
        with pytest.raises(NotFound):
            await attempt
    [mine] = await people_i_act_for(patient(FRIEND), platform.stores)
    assert (mine.ins, mine.name, mine.kind, mine.state) == (
        PATIENT.ins, "Camille INVENTEE", CAREGIVER, ProxyState.PENDING)
    await answer_invitation(patient(FRIEND), PATIENT.ins, True, platform.stores)
    assert await party_of(platform, FRIEND, PATIENT) is Party.CAREGIVER
    [mine] = await people_i_act_for(patient(FRIEND), platform.stores)
    assert mine.state is ProxyState.ACCEPTED
    assert await told(platform, FRIEND) == ["invite", "answer_invitation"]


async def test_who_accepts_is_named_as_their_own_login_says(platform: Platform) -> None:
    await platform.opened()
    await invite(patient(), PATIENT.ins, FRIEND.ins, CAREGIVER, platform.stores, name="Dr House")
    assert [each.name for each in await list_proxies(patient(), PATIENT.ins, platform.stores)] == ["Dr House"]
    await answer_invitation(patient(FRIEND), PATIENT.ins, True, platform.stores)
    assert [each.name for each in await list_proxies(patient(), PATIENT.ins, platform.stores)] == ["Camille INVENTEE"]


async def test_a_caregiver_reads_and_adds_and_decides_nothing(platform: Platform) -> None:
    await platform.opened()
    document = letter()
    await submit(professional(), lot(document), platform.stores)
    await helped(platform)
    assert (await find(patient(FRIEND), PATIENT.ins, Criteria(), platform.stores)).entries
    for attempt in (
        invited(platform, patient(FRIEND), PATIENT, MOTHER.ins, CAREGIVER),
        list_proxies(patient(FRIEND), PATIENT.ins, platform.stores),
        close_record(patient(FRIEND), PATIENT.ins, motive="patient-demande", stores=platform.stores),
    ):
        with pytest.raises(NotPermitted):
            await attempt


async def test_an_invitation_is_refused_and_the_person_may_be_invited_again(platform: Platform) -> None:
    await platform.opened()
    proxy = await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)
    await answer_invitation(patient(FRIEND), PATIENT.ins, False, platform.stores)
    assert await state_of(platform, PATIENT, proxy) is ProxyState.REFUSED
    assert await people_i_act_for(patient(FRIEND), platform.stores) == []
    with pytest.raises(NotFound):
        await answer_invitation(patient(FRIEND), PATIENT.ins, True, platform.stores)
    await helped(platform)
    assert await party_of(platform, FRIEND, PATIENT) is Party.CAREGIVER


async def test_an_invitation_that_nobody_answers_in_fifteen_days_is_over(platform: Platform) -> None:
    record = await platform.opened()
    await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)
    await let_pass(platform, record, TO_ANSWER)
    assert await people_i_act_for(patient(FRIEND), platform.stores) == []
    assert await list_proxies(patient(), PATIENT.ins, platform.stores) == []
    with pytest.raises(NotFound):
        await answer_invitation(patient(FRIEND), PATIENT.ins, True, platform.stores)
    await helped(platform)


async def test_nobody_answers_for_another(platform: Platform) -> None:
    await platform.opened()
    await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)
    application = replace(
        patient(FRIEND), caller=msgspec.structs.replace(patient(FRIEND).caller, application="une-app"))
    for asker in (patient(MOTHER), application):
        with pytest.raises(NotFound):
            await answer_invitation(asker, PATIENT.ins, True, platform.stores)
    for asker in (patient(), professional()):
        with pytest.raises(NotPermitted):
            await answer_invitation(asker, PATIENT.ins, True, platform.stores)
    assert await people_i_act_for(application, platform.stores) == []
    assert await people_i_act_for(professional(), platform.stores) == []


ASKED = Proxy(
    proxy_id=uuid4(), person=FRIEND.ins, kind=CAREGIVER, state=ProxyState.PENDING, name="Un ami",
    answer_by=datetime(2026, 1, 1, tzinfo=UTC))
BAD: Mapping[str, tuple[dict[str, object], list[str]]] = {
    "no name": ({"name": "  "}, ["name"]),
    "a name without end": ({"name": "x" * 201}, ["name"]),
    "oneself": ({"person": PATIENT.ins}, ["person"]),
    "a relationship that is none": ({"relationship": "COUSIN"}, ["relationship"]),
    "a representative of an adult": ({"kind": LEGAL, "relationship": "MTH"}, ["kind"]),
    "all at once": (
        {"kind": LEGAL, "name": "", "relationship": "", "person": PATIENT.ins},
        ["name", "relationship", "kind", "person"]),
}


@pytest.mark.parametrize(("what", "expected"), BAD.values(), ids=BAD)
async def test_an_invitation_that_is_none_is_told_all_that_is_wrong_and_changes_nothing(
    platform: Platform, what: dict[str, object], expected: list[str],
) -> None:
    await platform.opened()
    before = await known_rights(platform, PATIENT.ins)
    asked = msgspec.structs.replace(ASKED, **what)
    asker = professional() if asked.kind is LEGAL else patient()
    with pytest.raises(InvalidInput) as refused:
        await invite(
            asker, PATIENT.ins, asked.person, asked.kind, platform.stores, name=asked.name,
            relationship=asked.relationship)
    assert [issue.expression for issue in refused.value.issues] == expected
    assert await known_rights(platform, PATIENT.ins) == before
    traced = await platform.portal.fetch("select outcome from audit_event where act = 'invite'")
    assert [row["outcome"] for row in traced] == ["refused"]


async def test_a_person_has_three_caregivers_at_most_and_invitations_count(platform: Platform) -> None:
    record = await platform.opened()
    for number in range(3):
        await invited(platform, patient(), PATIENT, another_patient(710 + number).ins, CAREGIVER)
    with pytest.raises(InvalidInput, match="3 at most"):
        await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)
    with pytest.raises(InvalidInput, match="already"):
        await invited(platform, patient(), PATIENT, another_patient(710).ins, CAREGIVER)
    await let_pass(platform, record, TO_ANSWER)
    await invited(platform, patient(), PATIENT, FRIEND.ins, CAREGIVER)


async def test_a_caregiver_helps_five_people_at_most_and_only_they_learn_it(platform: Platform) -> None:
    people = [another_patient(720 + number) for number in range(MOST_HELPED + 1)]
    for person in people[:-1]:
        await open_record(patient(person), person, CONSENT, platform.stores)
        await helped(platform, person)
    last = people[-1]
    await open_record(patient(last), last, CONSENT, platform.stores)
    proxy = await invited(platform, patient(last), last, FRIEND.ins, CAREGIVER)
    with pytest.raises(InvalidInput, match="5 others"):
        await answer_invitation(patient(FRIEND), last.ins, True, platform.stores)
    assert await state_of(platform, last, proxy) is ProxyState.PENDING
    [one, *_] = (await known_rights(platform, people[0].ins)).proxies
    await revoke_proxy(patient(FRIEND), people[0].ins, one.proxy_id, platform.stores)
    await answer_invitation(patient(FRIEND), last.ins, True, platform.stores)
    assert len(await people_i_act_for(patient(FRIEND), platform.stores)) == MOST_HELPED


async def test_a_minor_is_represented_by_two_at_most_and_the_first_invites_the_second(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    with pytest.raises(NotPermitted):
        await invited(platform, patient(YOUNG), YOUNG, MOTHER.ins, LEGAL)
    with pytest.raises(NotPermitted):        # not authorised
        await invited(platform, OTHER, YOUNG, MOTHER.ins, LEGAL)
    with pytest.raises(NotPermitted):
        await invited(platform, professional(LABORATORY), YOUNG, MOTHER.ins, LEGAL)
    await represented(platform, YOUNG)
    assert await party_of(platform, MOTHER, YOUNG) is Party.REPRESENTATIVE
    await invited(platform, patient(MOTHER), YOUNG, FATHER.ins, LEGAL)
    with pytest.raises(InvalidInput, match="2 at most"):
        await invited(platform, OFFICER, YOUNG, FRIEND.ins, LEGAL)
    await answer_invitation(patient(FATHER), YOUNG.ins, True, platform.stores)
    await close_record(patient(FATHER), YOUNG.ins, motive="patient-demande", stores=platform.stores)
    assert (await told(platform, MOTHER))[-1] == "close_record"


@pytest.mark.parametrize("asker", [professional(), OFFICER], ids=["professional", "officer"])
async def test_a_caregiver_is_invited_by_the_holder_or_their_representative_only(
    platform: Platform, asker: Asker,
) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await invited(platform, asker, PATIENT, FRIEND.ins, CAREGIVER)


async def test_a_representative_does_not_put_the_other_out_and_an_officer_does(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    mother = await represented(platform, YOUNG)
    father = await represented(platform, YOUNG, FATHER)
    with pytest.raises(InvalidInput, match="only an officer"):
        await revoke_proxy(patient(MOTHER), YOUNG.ins, father.proxy_id, platform.stores)
    await revoke_proxy(OFFICER, YOUNG.ins, father.proxy_id, platform.stores)
    with pytest.raises(NotFound):
        await find(patient(FATHER), YOUNG.ins, Criteria(), platform.stores)
    await revoke_proxy(patient(MOTHER), YOUNG.ins, mother.proxy_id, platform.stores)
    assert await people_i_act_for(patient(MOTHER), platform.stores) == []
    with pytest.raises(NotPermitted):
        await revoke_proxy(patient(YOUNG), YOUNG.ins, mother.proxy_id, platform.stores)


async def test_a_caregiver_leaves_and_ends_nobody_elses_part(platform: Platform) -> None:
    await platform.opened()
    mine, other = await helped(platform), await helped(platform, by=MOTHER)
    for proxy_id in (other.proxy_id, uuid4()):
        with pytest.raises(NotFound):
            await revoke_proxy(patient(FRIEND), PATIENT.ins, proxy_id, platform.stores)
    await revoke_proxy(patient(FRIEND), PATIENT.ins, mine.proxy_id, platform.stores)
    with pytest.raises(NotFound):
        await find(patient(FRIEND), PATIENT.ins, Criteria(), platform.stores)
    await revoke_proxy(patient(), PATIENT.ins, other.proxy_id, platform.stores)
    await revoke_proxy(patient(), PATIENT.ins, other.proxy_id, platform.stores)     # ended is ended
    assert await list_proxies(patient(), PATIENT.ins, platform.stores) == []
    assert await platform.portal.fetchval("select count(*) from proxy") == 0


async def test_closing_ends_what_caregivers_may_and_reopening_does_not_revive_it(platform: Platform) -> None:
    await platform.opened()
    await helped(platform)
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    assert await people_i_act_for(patient(FRIEND), platform.stores) == []
    assert (await told(platform, FRIEND))[-1] == "close_record"
    await reopen_record(patient(), PATIENT.ins, AGAIN, platform.stores)
    with pytest.raises(NotFound):
        await find(patient(FRIEND), PATIENT.ins, Criteria(), platform.stores)


async def test_representatives_still_decide_for_a_closed_record(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    await represented(platform, YOUNG)
    await close_record(patient(MOTHER), YOUNG.ins, motive="patient-demande", stores=platform.stores)
    assert [each.ins for each in await people_i_act_for(patient(MOTHER), platform.stores)] == [YOUNG.ins]
    await reopen_record(patient(MOTHER), YOUNG.ins, AGAIN, platform.stores)
    assert await party_of(platform, MOTHER, YOUNG) is Party.REPRESENTATIVE


async def test_a_protected_adult_is_represented_as_long_as_they_are_protected(platform: Platform) -> None:
    await platform.opened()
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=True)
    proxy = await represented(platform, PATIENT)
    assert (await known_rights(platform, PATIENT.ins)).proxies[0].ends_at is None
    await authorise(patient(MOTHER), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=False)
    assert await state_of(platform, PATIENT, proxy) is ProxyState.REVOKED
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=True)
    with pytest.raises(NotFound):       # another protection revives no power
        await find(patient(MOTHER), PATIENT.ins, Criteria(), platform.stores)


async def test_those_who_represented_a_child_do_not_represent_the_adult_who_is_protected_later(
    platform: Platform,
) -> None:
    record = await opened_for_child(platform, YOUNG)
    await represented(platform, YOUNG)
    await platform.portal.execute(
        "update record set traits = jsonb_set(traits, '{birth_date}', '\"1975-03-14\"') where record_id = $1", record)
    await let_pass(platform, record, timedelta(days=365 * 40))
    with pytest.raises(NotFound):
        await find(patient(MOTHER), YOUNG.ins, Criteria(), platform.stores)
    await protect(OFFICER, YOUNG.ins, platform.stores, is_protected=True)
    with pytest.raises(NotFound):
        await find(patient(MOTHER), YOUNG.ins, Criteria(), platform.stores)


async def test_an_invitation_to_represent_is_void_once_the_holder_decides_for_themself(platform: Platform) -> None:
    await platform.opened()
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=True)
    await invited(platform, OFFICER, PATIENT, MOTHER.ins, LEGAL)
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=False)
    with pytest.raises(NotFound):
        await answer_invitation(patient(MOTHER), PATIENT.ins, True, platform.stores)


async def test_professionals_see_no_list_of_proxies_and_learn_of_no_record_by_it(platform: Platform) -> None:
    await announce_record(OFFICER, PATIENT, platform.stores)
    with pytest.raises(NotFound):
        await list_proxies(professional(), PATIENT.ins, platform.stores)
    with pytest.raises(NotFound):
        await invited(platform, professional(), PATIENT, MOTHER.ins, LEGAL)
    young = child(731)
    await opened_for_child(platform, young)
    await represented(platform, young)
    with pytest.raises(NotPermitted):
        await list_proxies(professional(), young.ins, platform.stores)
    assert len(await list_proxies(patient(young), young.ins, platform.stores)) == 1
    assert len(await list_proxies(patient(MOTHER), young.ins, platform.stores)) == 1


async def test_a_professional_whose_authorisation_ended_invites_nobody(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    await withdraw(professional(), YOUNG.ins, DOCTOR.ps_id, platform.stores)
    with pytest.raises(NotPermitted):
        await invited(platform, professional(), YOUNG, MOTHER.ins, LEGAL)


async def test_rule_09_a_secret_connection_deposits_only_what_representatives_do_not_see(platform: Platform) -> None:
    await opened_for_child(platform, YOUNG)
    await represented(platform, YOUNG)
    secretly = replace(professional(), is_secret=True)
    before = await told(platform, MOTHER)
    with pytest.raises(NotPermitted):
        await submit(secretly, lot(letter(of=YOUNG)), platform.stores)
    hidden, plain = with_entry(letter(of=YOUNG), visibility=SECRET), letter(of=YOUNG)
    with pytest.raises(NotPermitted):
        await submit(secretly, lot(hidden, plain), platform.stores)
    await submit(secretly, lot(hidden), platform.stores)
    await submit(professional(), lot(plain), platform.stores)
    for asker, seen in ((patient(MOTHER), [plain]), (patient(YOUNG), [plain, hidden]), (secretly, [plain, hidden])):
        found = await find(asker, YOUNG.ins, Criteria(), platform.stores)
        assert {each.unique_id for each in found.entries} == {each.entry.unique_id for each in seen}
    with pytest.raises(NotFound):
        await retrieve(patient(MOTHER), hidden.entry.unique_id, platform.stores)
    assert (await retrieve(patient(YOUNG), hidden.entry.unique_id, platform.stores)).content == hidden.content
    assert await told(platform, MOTHER) == before
    with pytest.raises(NotPermitted):
        await authorise(secretly, YOUNG.ins, DOCTOR.ps_id, platform.stores)


async def test_rule_09_no_secret_connection_with_an_adult(platform: Platform) -> None:
    await platform.opened()
    secretly = replace(professional(), is_secret=True)
    with pytest.raises(NotPermitted):
        await submit(secretly, lot(with_entry(letter(), visibility=SECRET)), platform.stores)
