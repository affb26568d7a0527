"""Nothing from this laboratory for nine days: told on the ninth, also of one that never sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from carnet.steering.silence import Heard, Silence, Watched, silences
from tests.record.inbox.ground import PARTNER
from tests.running import letter
from tests.steering.ground import OTHER_PARTNER, Ground, days

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAB = Watched("labo", "1750712184", "Laboratoire inventé", "SGL d'essai", 9)


@pytest.mark.parametrize(("ago", "told"), [(days(8), []), (days(9) - timedelta(seconds=1), []), (days(9), [9]),
                                           (days(10), [10])])
def test_a_partner_is_silent_from_its_last_day_on(ago: timedelta, told: list[int]) -> None:
    heard = [Heard("labo", NOW - days(400), NOW - ago)]
    assert [each.days for each in silences([LAB], heard, NOW)] == told


@pytest.mark.parametrize(("since", "told"), [(days(8), []), (days(9), [9]), (days(10), [10])])
def test_one_that_never_sent_is_silent_once_the_platform_knows_it_that_long(
    since: timedelta, told: list[int],
) -> None:
    assert [each.days for each in silences([LAB], [Heard("labo", NOW - since, None)], NOW)] == told


def test_one_that_no_worker_has_seen_yet_is_not_silent() -> None:
    assert silences([LAB], [Heard("labo", None, None)], NOW) == []
    assert silences([LAB], [], NOW) == []


def test_the_longest_silence_comes_first_and_each_partner_has_its_own_days() -> None:
    patient_one = Watched("autre", "1", "Autre", "x", 30)
    heard = [Heard("labo", None, NOW - days(10)), Heard("autre", None, NOW - days(31))]
    assert silences([LAB, patient_one], heard, NOW) == [
        Silence(patient_one, 31, NOW - days(31)), Silence(LAB, 10, NOW - days(10))]


async def test_what_was_heard_last_is_found_for_each_partner(ground: Ground) -> None:
    await ground.platform.opened()
    await ground.send(letter().content)
    watched = [
        Watched(each.partner_id, each.organisation, each.name, each.software, 9) for each in (PARTNER, OTHER_PARTNER)]
    heard, now = await ground.store.heard(watched)
    assert silences(watched, heard, now) == []
    await ground.store.note_partners([each.partner for each in watched])
    await ground.platform.portal.execute("update feed_partner set since = since - interval '10 days'")
    await ground.store.note_partners([each.partner for each in watched])        # known since then, not since now
    heard, now = await ground.store.heard(watched)
    assert [(each.watched.partner, each.days, each.last_at) for each in silences(watched, heard, now)] == [
        (OTHER_PARTNER.partner_id, 10, None)]
    await ground.platform.portal.execute("update message set received_at = received_at - interval '11 days'")
    heard, now = await ground.store.heard(watched)
    assert [each.watched.partner for each in silences(watched, heard, now)] == [
        PARTNER.partner_id, OTHER_PARTNER.partner_id]


async def test_a_batch_of_lines_is_heard_although_it_leaves_no_message(ground: Ground) -> None:
    await ground.platform.portal.execute(
        "insert into feed_line values (gen_random_uuid(), 'reimbursement', '1', 'Assurance', 'SI', 'lines', 'REMB',"
        " clock_timestamp())")
    heard, _ = await ground.store.heard([Watched("assurance", "1", "Assurance", "SI", 9)])
    assert heard[0].last_at is not None
