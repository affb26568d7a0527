"""How many keys a process unwraps: counted, at most its ceiling in a minute, and an alarm when it wants more."""

from __future__ import annotations

import dataclasses

import pytest

from carnet.errors import Unavailable
from carnet.journal.unwraps import Unwraps
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.roles.platform_key import CEILING_ACT
from carnet.roles.wiring import assembled
from tests.running import Platform, another_patient, professional


def test_beyond_the_ceiling_nothing_is_unwrapped_until_the_minute_is_over() -> None:
    unwraps = Unwraps(2)
    unwraps.take(100.0)
    unwraps.take(130.0)
    with pytest.raises(Unavailable) as refused:
        unwraps.take(130.5)
    assert (refused.value.retry_after_seconds, unwraps.is_alarm_new) == (30, True)
    with pytest.raises(Unavailable):
        unwraps.take(159.9)
    assert not unwraps.is_alarm_new     # one alarm a minute
    unwraps.take(160.0)
    assert (unwraps.drain(), unwraps.drain()) == ((3, 2), (0, 0))


def test_what_could_not_be_written_is_counted_later() -> None:
    unwraps = Unwraps(1)
    unwraps.take(0.0)
    unwraps.give_back(*unwraps.drain())
    assert unwraps.drain() == (1, 0)


async def test_a_process_at_its_ceiling_reads_no_further_record_and_it_is_counted_and_traced(
    platform: Platform,
) -> None:
    patients = [another_patient(number) for number in (1, 2, 3)]
    for each in patients:
        await platform.opened(each)
    parts = dataclasses.replace(platform.parts, unwraps_a_minute=2, role="thief")
    async with assembled(parts, platform.portal, platform.keys) as stores:
        for each in patients[:2]:
            await find(professional(), each.ins, Criteria(), stores)
        for _ in range(2):
            with pytest.raises(Unavailable) as refused:
                await find(professional(), patients[2].ins, Criteria(), stores)
        assert refused.value.retry_after_seconds > 0
        await find(professional(), patients[0].ins, Criteria(), stores)      # at hand: nothing is unwrapped
    traced = await platform.portal.fetch("select outcome, detail from audit_event where act = $1", CEILING_ACT)
    assert len(traced) == 1
    counted = await platform.keys.fetchrow("select * from unwrap_count where process like 'thief %'")
    assert (counted["unwrapped"], counted["refused"]) == (2, 2)
    assert await platform.keys.fetchval("select count(*) from key_process where process like 'thief %'") == 0
