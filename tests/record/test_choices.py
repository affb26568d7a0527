"""The holder's choices: who records which, how it is said, what each sees of them, and what they change at once."""

from __future__ import annotations

import asyncio

import pytest

from carnet.errors import Conflict, InvalidInput, NotFound, NotPermitted
from carnet.people.ins import Ins
from carnet.record.authorise import authorise
from carnet.record.choices import Choices, choose, my_choices, set_ceiling
from carnet.record.close_record import close_record
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.submit import submit
from carnet.rights.access import Asker
from carnet.rights.decision import Decision
from carnet.rights.held import PRESUMED, Choice
from carnet.rights.reasons import Reason
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

OTHER = professional(OTHER_DOCTOR)
NO_FEEDING, NO_CONSULTATION = {Choice.FEEDING: False}, {Choice.CONSULTATION: False}
FOR_THE_HOLDER = {Choice.MASK_WHAT_COMES, Choice.MASKED_IN_EMERGENCY, Choice.OPENING}


async def said(platform: Platform, what: dict[Choice, bool], asker: Asker | None = None, **how: str) -> Choices:
    return await choose(asker or patient(), PATIENT.ins, what, platform.stores, **{"text_version": "2026-1"} | how)


async def entries(platform: Platform, ins: Ins = PATIENT.ins) -> int:
    return (await platform.stores.known(await platform.stores.record_of(ins), fresh=True)).place


def reasons(error: pytest.ExceptionInfo[NotPermitted]) -> tuple[Reason, ...]:
    assert isinstance(error.value.decision, Decision)
    return error.value.decision.against


async def test_what_nobody_said_is_what_the_law_presumes(platform: Platform) -> None:
    await platform.opened()
    choices = await my_choices(patient(), PATIENT.ins, platform.stores)
    assert {choice for choice, holds in choices.consents_to.items() if holds} == PRESUMED
    assert {choice for choice, consent in choices.consents.items() if consent is not None} == {Choice.OPENING}
    assert choices.break_glass_ceiling is None


async def test_an_opposition_to_consultation_holds_from_its_commit_on(platform: Platform) -> None:
    await platform.opened()
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    choices = await said(platform, NO_CONSULTATION, reason="Je préfère.")
    assert choices.consents_to[Choice.CONSULTATION] is False
    with pytest.raises(NotPermitted) as refused:
        await find(OTHER, PATIENT.ins, Criteria(), platform.stores)
    assert reasons(refused) == (Reason.CONSULTATION_OPPOSED,)
    kept = choices.consents[Choice.CONSULTATION]
    assert kept is not None
    assert (kept.given, kept.text_version, kept.channel, kept.reason) == (False, "2026-1", "portal", "Je préfère.")
    await said(platform, {Choice.CONSULTATION: True})
    await find(OTHER, PATIENT.ins, Criteria(), platform.stores)


async def test_who_opposes_feeding_says_why_and_is_then_fed_by_whom_they_authorised_only(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput, match="reason"):
        await said(platform, NO_FEEDING, reason="  ")
    await said(platform, NO_FEEDING, reason="Double suivi à l'étranger.")
    for asker in (OTHER, professional(LABORATORY)):
        with pytest.raises(NotPermitted) as refused:
            await submit(asker, lot(letter()), platform.stores)
        assert reasons(refused) == (Reason.FEEDING_OPPOSED,)
    assert (await submit(professional(), lot(letter()), platform.stores)).created
    await said(platform, NO_FEEDING, text_version="2027-1")
    choices = await my_choices(patient(), PATIENT.ins, platform.stores)
    kept = choices.consents[Choice.FEEDING]
    assert kept is not None
    assert (kept.text_version, kept.reason) == ("2027-1", "Double suivi à l'étranger.")


async def test_opposing_the_opening_is_told_to_be_a_closing(platform: Platform) -> None:
    await platform.opened()
    before = await entries(platform)
    with pytest.raises(InvalidInput, match="closes"):
        await said(platform, {Choice.OPENING: False, Choice.CONSULTATION: False})
    assert await entries(platform) == before
    assert (await my_choices(patient(), PATIENT.ins, platform.stores)).consents_to[Choice.CONSULTATION]


async def test_how_a_patient_says_it_is_checked(platform: Platform) -> None:
    await platform.opened()
    for how, field in (
        ({"text_version": ""}, "text_version"), ({"text_version": "v" * 65}, "text_version"),
        ({"channel": "oral"}, "channel"), ({"channel": "pigeon"}, "channel"), ({"reason": "x" * 501}, "reason"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await said(platform, NO_CONSULTATION, patient(), **how)
        assert [issue.expression for issue in refused.value.issues] == [field]


async def test_a_professional_says_how_the_patient_agreed_and_never_at_the_portal(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput, match="oral, written"):
        await said(platform, NO_CONSULTATION, professional())
    choices = await said(platform, NO_CONSULTATION, professional(), channel="written")
    assert choices.consents_to[Choice.CONSULTATION] is False


async def test_several_choices_are_one_entry_or_none(platform: Platform) -> None:
    await platform.opened()
    before = await entries(platform)
    with pytest.raises(NotPermitted) as refused:
        await said(
            platform, {Choice.CONSULTATION: False, Choice.MASK_WHAT_COMES: True}, professional(), channel="oral")
    assert reasons(refused) == (Reason.ONLY_THE_HOLDER,)
    assert await entries(platform) == before
    assert (await my_choices(patient(), PATIENT.ins, platform.stores)).consents_to[Choice.CONSULTATION]
    await said(platform, {Choice.CONSULTATION: False, Choice.MASK_WHAT_COMES: True})
    assert await entries(platform) == before + 1


async def test_the_same_word_again_is_no_news(platform: Platform) -> None:
    await platform.opened()
    first = await said(platform, {Choice.BREAK_THE_GLASS: True})
    before = await entries(platform)
    assert await said(platform, {Choice.BREAK_THE_GLASS: True}) == first
    assert await entries(platform) == before
    with pytest.raises(InvalidInput, match="at least one"):
        await said(platform, {})


async def test_a_professional_never_learns_what_is_masked_nor_the_patients_reasons(platform: Platform) -> None:
    await platform.opened()
    await said(platform, NO_CONSULTATION, reason="Cela ne regarde que moi.")
    seen = await my_choices(professional(), PATIENT.ins, platform.stores)
    await said(platform, {Choice.MASK_WHAT_COMES: True, Choice.MASKED_IN_EMERGENCY: True})
    await set_ceiling(patient(), PATIENT.ins, 2, platform.stores)
    assert await my_choices(professional(), PATIENT.ins, platform.stores) == seen
    assert set(seen.consents) == set(seen.consents_to) == set(Choice) - FOR_THE_HOLDER
    told = seen.consents[Choice.CONSULTATION]
    assert told is not None
    assert (told.given, told.reason) == (False, "")


async def test_who_may_not_see_the_choices_is_refused(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(NotPermitted):
        await my_choices(OTHER, PATIENT.ins, platform.stores)
    for nobody in (PATIENT.ins, another_patient(2).ins):
        with pytest.raises(NotFound, match="no record"):
            await my_choices(patient(another_patient(1)), nobody, platform.stores)
    await close_record(patient(), PATIENT.ins, motive="patient-demande", stores=platform.stores)
    with pytest.raises(NotPermitted):
        await said(platform, NO_CONSULTATION)


async def test_a_ceiling_is_the_holders_to_set_and_to_lift(platform: Platform) -> None:
    await platform.opened()
    assert (await set_ceiling(patient(), PATIENT.ins, 3, platform.stores)).break_glass_ceiling == 3
    for wrong in (0, 100, -1):
        with pytest.raises(InvalidInput, match="ceiling"):
            await set_ceiling(patient(), PATIENT.ins, wrong, platform.stores)
    with pytest.raises(NotPermitted):
        await set_ceiling(professional(), PATIENT.ins, None, platform.stores)
    assert (await set_ceiling(patient(), PATIENT.ins, None, platform.stores)).break_glass_ceiling is None


async def test_a_choice_made_on_what_is_no_more_is_a_conflict_and_the_state_is_there_to_read(
    platform: Platform,
) -> None:
    await platform.opened()
    seen = await my_choices(patient(), PATIENT.ins, platform.stores)
    await said(platform, NO_CONSULTATION, if_match=seen.tag)
    with pytest.raises(Conflict):
        await said(platform, {Choice.BREAK_THE_GLASS: False}, if_match=seen.tag)
    with pytest.raises(Conflict):
        await set_ceiling(patient(), PATIENT.ins, 1, platform.stores, if_match=seen.tag)
    now = await my_choices(patient(), PATIENT.ins, platform.stores)
    assert now.consents_to[Choice.CONSULTATION] is False
    assert now.consents_to[Choice.BREAK_THE_GLASS]
    assert now.tag != seen.tag
    assert (await set_ceiling(patient(), PATIENT.ins, 1, platform.stores, if_match=now.tag)).break_glass_ceiling == 1


async def test_a_tag_follows_the_choices_and_nothing_else_of_the_record(platform: Platform) -> None:
    await platform.opened()
    seen = await my_choices(patient(), PATIENT.ins, platform.stores)
    await submit(professional(), lot(letter()), platform.stores)
    await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert (await my_choices(patient(), PATIENT.ins, platform.stores)).tag == seen.tag
    assert await said(platform, NO_CONSULTATION, if_match=seen.tag)


async def test_of_two_choices_at_once_one_is_made_and_the_other_finds_it(platform: Platform) -> None:
    await platform.opened()
    seen = await my_choices(patient(), PATIENT.ins, platform.stores)
    answers = await asyncio.gather(
        said(platform, NO_CONSULTATION, if_match=seen.tag),
        said(platform, {Choice.BREAK_THE_GLASS: False}, if_match=seen.tag), return_exceptions=True)
    [made] = [answer for answer in answers if isinstance(answer, Choices)]
    assert [type(answer) for answer in answers if answer is not made] == [Conflict]
    assert await my_choices(patient(), PATIENT.ins, platform.stores) == made
