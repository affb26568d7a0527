"""Beyond the daily ceiling a second person agrees, by a code that is hard to guess (rights.md, 4.5)."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from carnet.errors import InvalidInput, NotPermitted
from carnet.record.authorise import block
from carnet.record.emergency import open_emergency
from carnet.record.second_person import AGREED, ASKED, agree, ask_second_person
from carnet.rights.access import Asker
from carnet.rights.decision import Decision
from carnet.rights.reasons import Reason
from tests.record.emergencies import REASON, REGULATOR, breaking, opened_before, traces
from tests.running import OTHER_DOCTOR, PATIENT, Platform, another_patient, patient, professional

NURSE = msgspec.structs.replace(OTHER_DOCTOR, ps_id="810000000033", family="SECONDE")


async def _code(platform: Platform) -> str:
    """A code of someone who opened as many as the platform lets them."""
    await platform.opened()
    await opened_before(platform, 5)
    return await ask_second_person(breaking(platform), PATIENT.ins, platform.stores)


def _second(platform: Platform) -> Asker:
    """A colleague at their own screen, who just logged in."""
    return replace(professional(NURSE), authenticated_at=platform.stores.clock.now())


async def _refused(platform: Platform, code: str, asker: Asker | None = None) -> str:
    with pytest.raises(InvalidInput) as wrong:
        await agree(asker or _second(platform), code, platform.stores)
    return wrong.value.issues[0].code


async def test_with_a_second_person_an_emergency_is_opened_beyond_the_ceiling(platform: Platform) -> None:
    code = await _code(platform)
    assert (len(code), code.isdecimal()) == (8, True)
    with pytest.raises(NotPermitted):
        await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    await agree(_second(platform), f"{code[:4]} {code[4:]}", platform.stores)
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    assert (await traces(platform, ASKED, "done"), await traces(platform, AGREED, "done")) == (1, 1)
    assert await platform.portal.fetchval("select count(*) from second_person_try") == 0     # a right code is no try


async def test_the_agreement_is_for_one_professional_one_record_and_one_hour(platform: Platform) -> None:
    await agree(_second(platform), await _code(platform), platform.stores)
    await platform.opened(another_patient(1))
    await opened_before(platform, 5, caller=REGULATOR.ps_id)
    for asker, ins in ((breaking(platform), another_patient(1).ins), (breaking(platform, REGULATOR), PATIENT.ins)):
        with pytest.raises(NotPermitted):
            await open_emergency(asker, ins, REASON, platform.stores)
    await platform.portal.execute("update second_person set agreed_at = agreed_at - interval '61 minutes'")
    with pytest.raises(NotPermitted):
        await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)


async def test_a_code_is_typed_once_and_within_a_quarter_of_an_hour(platform: Platform) -> None:
    code = await _code(platform)
    await platform.portal.execute("update second_person set asked_at = asked_at - interval '16 minutes'")
    assert await _refused(platform, code) == "value"
    code = await ask_second_person(breaking(platform), PATIENT.ins, platform.stores)
    await agree(_second(platform), code, platform.stores)
    assert await _refused(platform, code) == "value"


async def test_a_new_code_takes_the_place_of_the_one_before(platform: Platform) -> None:
    first = await _code(platform)
    second = await ask_second_person(breaking(platform), PATIENT.ins, platform.stores)
    assert await _refused(platform, first) == "value"
    await agree(_second(platform), second, platform.stores)


async def test_nobody_is_their_own_second_person(platform: Platform) -> None:
    code = await _code(platform)
    assert await _refused(platform, code, breaking(platform)) == "business-rule"
    assert await traces(platform, AGREED, "refused") == 1


async def test_a_second_person_is_a_professional_who_just_logged_in_and_is_not_blocked(platform: Platform) -> None:
    code = await _code(platform)
    await block(patient(), PATIENT.ins, NURSE.ps_id, platform.stores)
    for asker, reason in (
        (patient(), Reason.MODE_NOT_OFFERED), (professional(NURSE), Reason.LOGIN_TOO_OLD),
        (breaking(platform, NURSE, logged_in_seconds_ago=301), Reason.LOGIN_TOO_OLD),
        (_second(platform), Reason.BLOCKED_BY_PATIENT),
    ):
        with pytest.raises(NotPermitted) as refused:
            await agree(asker, code, platform.stores)
        assert refused.value.decision == Decision((reason,))
    assert await traces(platform, AGREED, "refused") == 4


async def test_after_five_wrong_codes_even_the_right_one_waits(platform: Platform) -> None:
    code = await _code(platform)
    wrong = [f"{(int(code) + number) % 10**8:08d}" for number in range(1, 3)]
    for typed in (*wrong, "", "1234567é", "123456789"):
        assert await _refused(platform, typed) == "value"
    assert await _refused(platform, code) == "throttled"
    await agree(replace(_second(platform), caller=REGULATOR), code, platform.stores)     # another may
    code = await ask_second_person_again(platform)
    await platform.portal.execute("update second_person_try set at = at - interval '16 minutes'")
    await agree(_second(platform), code, platform.stores)


async def ask_second_person_again(platform: Platform) -> str:
    """A code for another record."""
    await platform.opened(another_patient(2))
    return await ask_second_person(breaking(platform), another_patient(2).ins, platform.stores)


async def test_there_is_no_code_where_none_is_needed_or_where_it_would_not_help(platform: Platform) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput):
        await ask_second_person(breaking(platform), PATIENT.ins, platform.stores)
    await opened_before(platform, 5)
    for asker in (breaking(platform, logged_in_seconds_ago=301), professional(OTHER_DOCTOR), patient()):
        with pytest.raises(NotPermitted):
            await ask_second_person(asker, PATIENT.ins, platform.stores)
    assert await traces(platform, ASKED, "refused") == 4
    assert await platform.portal.fetchval("select count(*) from second_person") == 0
