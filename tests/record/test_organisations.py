"""What a patient said at an organisation: it holds there alone, whatever order it is heard in, until it is lifted."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from carnet.errors import Conflict, InvalidInput, NotFound, NotPermitted
from carnet.people.caller import OrganisationCaller, ProfessionalCaller
from carnet.record.authorise import authorise
from carnet.record.choices import choose, my_choices
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.inbox.message import Opposition
from carnet.record.notifications import my_notifications
from carnet.record.organisations import lift_from_organisation, said_to_organisation
from carnet.record.preview import would_see
from carnet.record.protect import protect
from carnet.record.submit import submit
from carnet.rights.access import Asker
from carnet.rights.decision import Decision
from carnet.rights.held import Choice, SaidThere
from carnet.rights.reasons import Reason
from tests.record.life import OFFICER
from tests.running import (
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

SOFTWARE, WHO_WORKS_THERE = professional(LABORATORY), professional(OTHER_DOCTOR)
CLINIC = professional(OrganisationCaller("1690000022", "Clinique inventée", "DPI d'essai"))


async def say(
    platform: Platform, *, feeding: bool | None = None, consultation: bool | None = None, days_ago: float = 1,
    by: Asker = SOFTWARE,
) -> bool:
    at = platform.stores.clock.now() - timedelta(days=days_ago)
    return await said_to_organisation(by, Opposition(PATIENT.ins, feeding, consultation, at), platform.stores)


async def there(platform: Platform) -> dict[str, SaidThere]:
    choices = await my_choices(patient(), PATIENT.ins, platform.stores)
    return {each.organisation: each for each in choices.said_there}


async def opposed(platform: Platform) -> set[Choice]:
    said = (await there(platform)).get(LABORATORY.struct_id, SaidThere(organisation=""))
    return {choice for choice, consent in said.consents.items() if not consent.given}


async def place(platform: Platform) -> int:
    return (await platform.stores.known(await platform.stores.record_of(PATIENT.ins), fresh=True)).place


def acting_for(organisation: str | None) -> ProfessionalCaller:
    return msgspec.structs.replace(OTHER_DOCTOR, organisation=organisation)


def reasons(error: pytest.ExceptionInfo[NotPermitted]) -> tuple[Reason, ...]:
    assert isinstance(error.value.decision, Decision)
    return error.value.decision.against


async def test_what_was_said_there_holds_from_its_commit_on_and_there_alone(platform: Platform) -> None:
    await platform.opened()
    stores = platform.stores
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, stores)
    await find(WHO_WORKS_THERE, PATIENT.ins, Criteria(), stores)
    assert await say(platform, feeding=True, consultation=True)
    for asker in (SOFTWARE, WHO_WORKS_THERE):
        with pytest.raises(NotPermitted) as refused:
            await submit(asker, lot(letter()), stores)
        assert reasons(refused) == (Reason.FEEDING_OPPOSED_THERE,)
    with pytest.raises(NotPermitted) as refused:
        await find(WHO_WORKS_THERE, PATIENT.ins, Criteria(), stores)
    assert reasons(refused) == (Reason.CONSULTATION_OPPOSED_THERE,)
    elsewhere = Asker(acting_for("1690000022"), door="test")
    await find(elsewhere, PATIENT.ins, Criteria(), stores)
    for asker in (CLINIC, elsewhere, professional()):
        assert (await submit(asker, lot(letter()), stores)).created


async def test_what_they_said_elsewhere_opens_nothing(platform: Platform) -> None:
    await platform.opened()
    await choose(patient(), PATIENT.ins, {Choice.FEEDING: False}, platform.stores, text_version="1", reason="À moi.")
    assert await say(platform, feeding=False, consultation=False)
    with pytest.raises(NotPermitted) as refused:
        await submit(SOFTWARE, lot(letter()), platform.stores)
    assert reasons(refused) == (Reason.FEEDING_OPPOSED,)
    with pytest.raises(NotPermitted) as refused:
        await find(WHO_WORKS_THERE, PATIENT.ins, Criteria(), platform.stores)
    assert reasons(refused) == (Reason.NO_AUTHORISATION,)


async def test_an_older_word_changes_nothing_and_each_of_the_two_has_its_own_date(platform: Platform) -> None:
    await platform.opened()
    assert await say(platform, feeding=True, days_ago=3)
    before = await place(platform)
    assert not await say(platform, feeding=False, days_ago=4)
    assert await place(platform) == before
    assert await opposed(platform) == {Choice.FEEDING}
    assert await say(platform, consultation=True, days_ago=5)       # nothing was said of this before
    assert await opposed(platform) == {Choice.FEEDING, Choice.CONSULTATION}
    assert await say(platform, feeding=False, consultation=False, days_ago=4)
    assert await opposed(platform) == {Choice.FEEDING}


async def test_nothing_said_is_nothing_done(platform: Platform) -> None:
    await platform.opened()
    before = await place(platform), await platform.portal.fetchval("select count(*) from audit_event")
    assert not await say(platform)
    assert before == (await place(platform), await platform.portal.fetchval("select count(*) from audit_event"))


async def test_a_day_to_come_is_refused_with_a_trace_and_a_clock_that_is_a_little_fast_is_not(
    platform: Platform,
) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput, match="said_at"):
        await say(platform, feeding=True, days_ago=-1)
    traced = await platform.portal.fetchval(
        "select detail->>'reasons' from audit_event where act = 'say_to_organisation' and outcome = 'refused'")
    assert "said_at" in traced
    assert await say(platform, feeding=True, days_ago=-1 / 24 / 60)
    [said] = (await there(platform)).values()
    assert said.consents[Choice.FEEDING].at <= platform.stores.clock.now()


async def test_only_an_organisations_software_says_it_and_of_nobody_who_has_no_record(platform: Platform) -> None:
    with pytest.raises(NotFound):
        await say(platform, feeding=True)
    await platform.opened()
    for asker in (patient(), WHO_WORKS_THERE, OFFICER):
        with pytest.raises(NotPermitted) as refused:
            await say(platform, feeding=True, by=asker)
        assert reasons(refused) == (Reason.ONLY_THE_HOLDER,)
    with pytest.raises(NotFound):
        await say(platform, feeding=True, by=patient(another_patient(1)))


async def test_the_patient_lifts_it_and_an_admission_that_is_sent_again_does_not_bring_it_back(
    platform: Platform,
) -> None:
    await platform.opened()
    stores = platform.stores
    await say(platform, feeding=True, consultation=True)
    with pytest.raises(NotPermitted):
        await lift_from_organisation(professional(), PATIENT.ins, LABORATORY.struct_id, stores)
    seen = await my_choices(patient(), PATIENT.ins, stores)
    await lift_from_organisation(patient(), PATIENT.ins, LABORATORY.struct_id, stores, if_match=seen.tag)
    assert await opposed(platform) == set()
    assert (await submit(SOFTWARE, lot(letter()), stores)).created
    assert not await say(platform, feeding=True, consultation=True)
    assert await opposed(platform) == set()
    with pytest.raises(Conflict):
        await lift_from_organisation(patient(), PATIENT.ins, LABORATORY.struct_id, stores, if_match=seen.tag)
    before = await place(platform)
    await lift_from_organisation(patient(), PATIENT.ins, "1690000022", stores)
    assert await place(platform) == before


async def test_who_is_represented_does_not_lift_it_alone(platform: Platform) -> None:
    await platform.opened()
    await say(platform, feeding=True)
    await protect(OFFICER, PATIENT.ins, platform.stores, is_protected=True)
    with pytest.raises(NotPermitted) as refused:
        await lift_from_organisation(patient(), PATIENT.ins, LABORATORY.struct_id, platform.stores)
    assert reasons(refused) == (Reason.HOLDER_IS_REPRESENTED,)


async def test_it_is_the_patients_to_know_and_they_are_told(platform: Platform) -> None:
    await platform.opened()
    before = await my_choices(professional(), PATIENT.ins, platform.stores)
    await say(platform, feeding=True, consultation=False)
    assert await my_choices(professional(), PATIENT.ins, platform.stores) == before
    line = next(each for each in await history(patient(), PATIENT.ins, platform.stores) if (
        each.act == "say_to_organisation"))
    assert (line.outcome, line.organisation) == ("done", "Laboratoire inventé")
    [told] = [each for each in await my_notifications(patient(), platform.stores) if each.act == "say_to_organisation"]
    assert {name: told.detail[name] for name in ("there", "opposed_there", "allowed_there")} == {
        "there": "Laboratoire inventé", "opposed_there": "feeding", "allowed_there": "consultation"}


async def test_a_preview_for_who_works_there_says_it(platform: Platform) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await submit(professional(), lot(letter()), platform.stores)
    await say(platform, consultation=True)
    at_work = await would_see(patient(), PATIENT.ins, OTHER_DOCTOR, (), {}, platform.stores)
    assert (at_work.now, at_work.reasons_now) == ((), (Reason.CONSULTATION_OPPOSED_THERE,))
    elsewhere = await would_see(patient(), PATIENT.ins, acting_for(None), (), {}, platform.stores)
    assert len(elsewhere.now) == 1


async def test_said_at_four_places_while_documents_come_all_of_it_is_kept(platform: Platform) -> None:
    await platform.opened()
    places = [professional(OrganisationCaller(f"169000003{n}", "Clinique inventée", "DPI d'essai")) for n in range(4)]
    said = await asyncio.gather(
        *(say(platform, feeding=True, by=each) for each in places),
        *(submit(CLINIC, lot(letter()), platform.stores) for _ in range(2)))
    assert said[:4] == [True] * 4
    assert len(await there(platform)) == 4
