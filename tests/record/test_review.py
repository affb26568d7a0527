"""Every emergency access is closed by an officer, as justified or not; late after 72 hours; figures are public."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from carnet.errors import Conflict, InvalidInput, NotFound
from carnet.record.emergency import open_emergency
from carnet.record.emergency_store import ReviewFigures
from carnet.record.history import history
from carnet.record.notices import REVIEWED
from carnet.record.notifications import my_notifications
from carnet.record.review import (
    LISTED,
    LOOKED_AT,
    close_review,
    emergencies_to_review,
    emergency_to_review,
    review_figures,
)
from tests.record.emergencies import OFFICER, REASON, breaking, opened_before, traces
from tests.running import LABORATORY, OTHER_DOCTOR, PATIENT, Platform, patient, professional

NOTE = "Vu avec le service des urgences"


async def _opened(platform: Platform) -> tuple[UUID, UUID]:
    record = await platform.opened()
    emergency = await open_emergency(breaking(platform), PATIENT.ins, REASON, platform.stores)
    return record, emergency.emergency_id


async def test_every_emergency_access_waits_for_its_review_with_its_reason(platform: Platform) -> None:
    record, emergency = await _opened(platform)
    [use] = await emergencies_to_review(OFFICER, platform.stores)
    assert (use.record, use.emergency_id, use.professional) == (record, emergency, OTHER_DOCTOR.ps_id)
    assert (use.professional_name, use.organisation) == ("Anne IMAGINAIRE", "Autre cabinet inventé")
    assert (use.mode, use.reason, use.review, use.is_late) == ("bris_de_glace", REASON, None, False)
    assert await traces(platform, LISTED, "done") == 1
    assert await emergency_to_review(OFFICER, record, emergency, platform.stores) == use
    lines = await history(patient(), PATIENT.ins, platform.stores)
    assert [line.act for line in lines][:2] == [LOOKED_AT, "open_emergency"]


async def test_only_officers_see_the_list_or_close_a_review(platform: Platform) -> None:
    record, emergency = await _opened(platform)
    for asker in (patient(), professional(), professional(OTHER_DOCTOR), professional(LABORATORY)):
        with pytest.raises(NotFound):
            await emergencies_to_review(asker, platform.stores)
        with pytest.raises(NotFound):
            await close_review(asker, record, emergency, platform.stores, is_justified=True, note=NOTE)
        with pytest.raises(NotFound):
            await emergency_to_review(asker, record, emergency, platform.stores)
    assert (await review_figures(platform.stores)).open == 1
    assert (await traces(platform, LISTED, "refused"), await traces(platform, REVIEWED, "refused")) == (4, 4)


@pytest.mark.parametrize(("is_justified", "said"), [(True, "justified"), (False, "unjustified")])
async def test_a_review_is_closed_once_traced_and_told_to_the_holder(
    platform: Platform, *, is_justified: bool, said: str,
) -> None:
    record, emergency = await _opened(platform)
    await close_review(OFFICER, record, emergency, platform.stores, is_justified=is_justified, note=f" {NOTE} ")
    assert await emergencies_to_review(OFFICER, platform.stores) == []
    [use] = await emergencies_to_review(OFFICER, platform.stores, closed=True)
    assert (use.review, use.review_note, use.reviewed_by) == (said, NOTE, "agent-1")
    [told, *_] = await my_notifications(patient(), platform.stores)
    assert (told.act, told.detail) == (REVIEWED, {"by": "Odile ESSAI", "by_kind": "officer", "review": said})
    line = (await history(patient(), PATIENT.ins, platform.stores))[0]
    assert (line.act, line.actor_kind, line.detail["review"]) == (REVIEWED, "officer", said)
    with pytest.raises(Conflict):
        await close_review(OFFICER, record, emergency, platform.stores, is_justified=not is_justified, note=NOTE)
    assert (await emergencies_to_review(OFFICER, platform.stores, closed=True))[0].review == said
    assert [each.act for each in await my_notifications(patient(), platform.stores)].count(REVIEWED) == 1


@pytest.mark.parametrize("note", ["", " ok ", "x" * 1001, "vu\0 avec eux"])
async def test_a_review_says_why(platform: Platform, note: str) -> None:
    record, emergency = await _opened(platform)
    with pytest.raises(InvalidInput):
        await close_review(OFFICER, record, emergency, platform.stores, is_justified=True, note=note)
    assert (await review_figures(platform.stores)).open == 1
    assert await traces(platform, REVIEWED, "refused") == 1


async def test_what_never_was_cannot_be_closed(platform: Platform) -> None:
    record, emergency = await _opened(platform)
    for wrong in ((record, uuid4()), (uuid4(), emergency)):
        with pytest.raises(NotFound):
            await close_review(OFFICER, *wrong, platform.stores, is_justified=True, note=NOTE)
        with pytest.raises(NotFound):
            await emergency_to_review(OFFICER, *wrong, platform.stores)


async def test_the_figures_count_what_is_open_late_justified_and_not(platform: Platform) -> None:
    record, emergency = await _opened(platform)
    await opened_before(platform, 2, hours_ago=71.9)
    await opened_before(platform, 3, hours_ago=72.1)
    assert await review_figures(platform.stores) == ReviewFigures(open=6, late=3, justified=0, unjustified=0)
    await close_review(OFFICER, record, emergency, platform.stores, is_justified=False, note=NOTE)
    assert await review_figures(platform.stores) == ReviewFigures(open=5, late=3, justified=0, unjustified=1)
    waiting = await emergencies_to_review(OFFICER, platform.stores)
    assert [use.is_late for use in waiting] == [True] * 3 + [False] * 2      # the oldest first
