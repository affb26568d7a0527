"""Break-glass and regulation centre: what they open, for whom, how long, and who is told (rights.md, 4; SPEC 3.1)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from carnet.documents.entry import Visibility
from carnet.errors import Conflict, InvalidInput, NotFound, NotPermitted
from carnet.record.authorise import block, name_medecin_traitant
from carnet.record.choices import choose, set_ceiling
from carnet.record.criteria import Criteria
from carnet.record.emergency import open_emergency
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.submit import submit
from carnet.rights.access import AccessMode, Act, Asker
from carnet.rights.decision import Decision
from carnet.rights.held import Choice
from carnet.rights.reasons import Reason
from tests.record.emergencies import REASON, REGULATOR, breaking, opened_before, recipients, traces
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
    with_entry,
)

HOLDER = f"person|{PATIENT.ins.oid}|{PATIENT.ins.value}"
OPENING = Act.OPEN_EMERGENCY.value


async def _refusal(platform: Platform, asker: Asker, reason: str = REASON) -> tuple[Reason, ...]:
    with pytest.raises(NotPermitted) as refused:
        await open_emergency(asker, PATIENT.ins, reason, platform.stores)
    assert isinstance(refused.value.decision, Decision)
    return refused.value.decision.against


async def _rows(platform: Platform) -> int:
    count: int = await platform.portal.fetchval("select count(*) from emergency")
    return count


async def test_rule_10_break_glass_is_refused_when_opposed_and_told_at_once_when_not(platform: Platform) -> None:
    await platform.opened()
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    opposed = {Choice.BREAK_THE_GLASS: False}
    await choose(patient(), PATIENT.ins, opposed, platform.stores, text_version="1", reason="Non")
    assert await _refusal(platform, breaking(platform)) == (Reason.BREAK_THE_GLASS_OPPOSED,)
    assert (await recipients(platform, OPENING), await _rows(platform)) == (set(), 0)
    await choose(patient(), PATIENT.ins, {Choice.BREAK_THE_GLASS: True}, platform.stores, text_version="1")
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    assert await recipients(platform, OPENING) == {HOLDER, f"professional|{DOCTOR.ps_id}"}
    assert await traces(platform, OPENING, "refused") == 1


async def test_an_emergency_opens_one_record_to_one_professional_in_one_mode(platform: Platform) -> None:
    await platform.opened()
    await platform.opened(another_patient(1))
    await submit(professional(), lot(letter()), platform.stores)
    asker = breaking(platform)
    emergency = await open_emergency(asker, PATIENT.ins, REASON, platform.stores)
    assert (emergency.ends_at - emergency.opened_at).total_seconds() == 3600
    assert len((await find(asker, PATIENT.ins, Criteria(), platform.stores)).entries) == 1
    for who, record in (
        (professional(OTHER_DOCTOR), PATIENT.ins), (breaking(platform, REGULATOR), PATIENT.ins),
        (breaking(platform, mode=AccessMode.REGULATION_CENTRE), PATIENT.ins), (asker, another_patient(1).ins),
    ):
        with pytest.raises(NotPermitted):
            await find(who, record, Criteria(), platform.stores)
    with pytest.raises(NotPermitted):
        await submit(asker, lot(letter()), platform.stores)


async def test_it_stands_in_for_an_authorisation_and_not_against_a_mask(platform: Platform) -> None:
    await platform.opened()
    masked = with_entry(letter(), visibility=frozenset({Visibility.MASQUE_PS}))
    await submit(professional(), lot(letter(), masked), platform.stores)
    asker = breaking(platform)
    await open_emergency(asker, PATIENT.ins, REASON, platform.stores)
    assert len((await find(asker, PATIENT.ins, Criteria(), platform.stores)).entries) == 1
    await choose(patient(), PATIENT.ins, {Choice.MASKED_IN_EMERGENCY: True}, platform.stores, text_version="1")
    assert len((await find(asker, PATIENT.ins, Criteria(), platform.stores)).entries) == 2


async def test_it_is_over_when_its_time_is(platform: Platform) -> None:
    await platform.opened()
    rules = platform.stores.rules
    at_once = replace(platform.stores, rules=replace(rules, rights=replace(rules.rights, emergency_seconds=0)))
    await open_emergency(breaking(platform), PATIENT.ins, REASON, at_once)
    with pytest.raises(NotPermitted) as refused:
        await find(breaking(platform), PATIENT.ins, Criteria(), platform.stores)
    assert refused.value.decision == Decision((Reason.EMERGENCY_NOT_OPENED,))


async def test_opening_again_while_it_is_open_answers_the_same_and_tells_nobody_again(platform: Platform) -> None:
    await platform.opened()
    await set_ceiling(patient(), PATIENT.ins, 1, platform.stores)
    first = await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    late = breaking(platform, logged_in_seconds_ago=3000)
    assert await open_emergency(late, PATIENT.ins, "", platform.stores) == first
    told = await platform.portal.fetchval("select count(*) from notification where act = $1", OPENING)
    assert (await _rows(platform), told, await traces(platform, OPENING, "done")) == (1, 1, 2)


async def test_an_access_that_is_open_ends_with_a_block_and_is_not_answered_again(platform: Platform) -> None:
    await platform.opened()
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, platform.stores)
    assert Reason.BLOCKED_BY_PATIENT in await _refusal(platform, breaking(platform))
    with pytest.raises(NotPermitted):
        await find(breaking(platform), PATIENT.ins, Criteria(), platform.stores)


@pytest.mark.parametrize("reason", ["", "  neuf car ", " " * 30, "x" * 501, "Patient inconscient\0"])
async def test_breaking_the_glass_wants_a_reason(platform: Platform, reason: str) -> None:
    await platform.opened()
    with pytest.raises(InvalidInput) as wrong:
        await open_emergency(breaking(platform), PATIENT.ins, reason, platform.stores)
    assert [issue.expression for issue in wrong.value.issues] == ["reason"]
    assert (await _rows(platform), await recipients(platform, OPENING)) == (0, set())
    assert await traces(platform, OPENING, "refused") == 1


async def test_a_regulation_centre_needs_no_reason_and_no_fresh_login_but_to_be_one(platform: Platform) -> None:
    await platform.opened()
    centre = AccessMode.REGULATION_CENTRE
    assert await _refusal(platform, breaking(platform, mode=centre)) == (Reason.NOT_A_REGULATION_CENTRE,)
    await opened_before(platform, 9, caller=REGULATOR.ps_id)
    asker = breaking(platform, REGULATOR, mode=centre, logged_in_seconds_ago=9000)
    emergency = await open_emergency(asker, PATIENT.ins, "", platform.stores)
    assert (emergency.mode, emergency.reason) == ("centre_15", "")
    await find(asker, PATIENT.ins, Criteria(), platform.stores)
    await choose(patient(), PATIENT.ins, {Choice.REGULATION_CENTRE: False}, platform.stores, text_version="1")
    with pytest.raises(NotPermitted):
        await find(asker, PATIENT.ins, Criteria(), platform.stores)


async def test_only_professionals_open_one_and_only_with_a_mode(platform: Platform) -> None:
    await platform.opened()
    assert Reason.MODE_NEEDED in await _refusal(platform, professional(OTHER_DOCTOR))
    assert Reason.ONLY_THE_HOLDER in await _refusal(platform, Asker(LABORATORY, AccessMode.BREAK_THE_GLASS))
    assert Reason.ONLY_THE_HOLDER in await _refusal(platform, replace(patient(), mode=AccessMode.BREAK_THE_GLASS))
    with pytest.raises(NotFound):
        await open_emergency(breaking(platform), another_patient(7).ins, REASON, platform.stores)
    assert await traces(platform, OPENING, "refused") == 4


@pytest.mark.parametrize("seconds", [301, None])
async def test_an_old_or_unknown_login_breaks_no_glass(platform: Platform, seconds: int | None) -> None:
    await platform.opened()
    asker = breaking(platform, logged_in_seconds_ago=seconds or 0)
    asker = asker if seconds else replace(asker, authenticated_at=None)
    assert await _refusal(platform, asker) == (Reason.LOGIN_TOO_OLD,)


async def test_the_holder_s_ceiling_counts_every_professional(platform: Platform) -> None:
    await platform.opened()
    await set_ceiling(patient(), PATIENT.ins, 1, platform.stores)
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    assert await _refusal(platform, breaking(platform, REGULATOR)) == (Reason.PATIENT_CEILING_REACHED,)


async def test_the_platform_s_ceiling_counts_every_record_of_a_day(platform: Platform) -> None:
    await platform.opened()
    await opened_before(platform, 4)
    await opened_before(platform, 3, hours_ago=24.1)
    await opened_before(platform, 3, caller=REGULATOR.ps_id)
    await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    await platform.opened(another_patient(1))
    with pytest.raises(NotPermitted) as refused:
        await open_emergency(breaking(platform), another_patient(1).ins, REASON, platform.stores)
    assert refused.value.decision == Decision((Reason.SECOND_PERSON_NEEDED,))


async def test_openings_at_once_do_not_pass_the_ceiling(platform: Platform) -> None:
    people = [another_patient(number) for number in range(4)]
    for each in people:
        await platform.opened(each)
    await opened_before(platform, 3)
    outcomes = await asyncio.gather(
        *(open_emergency(breaking(platform), each.ins, REASON, platform.stores) for each in people),
        return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert all(isinstance(each, Conflict | NotPermitted) for each in refused)
    assert (len(refused), await _rows(platform)) == (2, 5)
    assert await traces(platform, OPENING, "refused") == 2


async def test_the_reason_is_in_the_trace_and_the_review_and_nowhere_else(
    platform: Platform, caplog: pytest.LogCaptureFixture,
) -> None:
    await platform.opened()
    await name_medecin_traitant(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
    with caplog.at_level(logging.DEBUG):
        await open_emergency(breaking(platform), PATIENT.ins, f"  {REASON}\n", platform.stores)
    line = (await history(patient(), PATIENT.ins, platform.stores))[0]
    assert (line.act, line.detail) == (OPENING, {"purpose": "bris_de_glace", "reason": REASON})
    assert await platform.portal.fetchval("select reason from emergency") == REASON
    told = await platform.portal.fetch("select detail::text from notification")
    assert not [row for row in told if "inconscient" in row["detail"]]
    assert "inconscient" not in caplog.text
