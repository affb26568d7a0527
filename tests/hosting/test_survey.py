"""Survey: a host that restarted is compared with the portal as a whole, and what it lacks is noted and brought."""

from __future__ import annotations

from uuid import UUID

import pytest

import carnet.hosting.survey
from tests.hosting.faults import garbage, no_answer
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_loss_nobody_touched_is_found_after_a_restart_and_repaired(ground: Ground, kept: Kept) -> None:
    others = [await ground.opened() for _ in range(3)]
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.worker.watch_hosts()
    host = ground.platform.hosts[kept.reference]
    await host.forget(kept.record)
    await host.forget(others[0].record)
    await ground.platform.worker.watch_hosts()
    assert await ground.stores.hosting.claim_lacks() == []      # nothing happened that the portal could see
    await host.stop()
    await host.start()
    await ground.platform.worker.watch_hosts()
    noted = await ground.platform.portal.fetch("select record_id, host_id from catch_up")
    assert {tuple(row) for row in noted} == {
        (kept.record, kept.reference), (others[0].record, kept.reference)}
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    assert len(await ground.platform.heads(others[0].record)) == 1
    await ground.read_back(kept, document)


async def test_a_missing_body_is_found_by_inventory(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.hosts[kept.home].pool.execute("delete from body where record_id = $1", kept.record)
    await _restart(ground, kept.home)
    await ground.platform.worker.watch_hosts()
    assert kept.record in await _noted(ground, kept.home)
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    assert await _noted(ground, kept.home) == []


async def test_a_survey_that_was_cut_is_done_again(ground: Ground, kept: Kept) -> None:
    await ground.platform.worker.watch_hosts()
    await ground.platform.hosts[kept.home].forget(kept.record)
    await _restart(ground, kept.home)
    ground.faults[kept.home].next("inventory", no_answer)
    await ground.platform.worker.watch_hosts()
    assert await _noted(ground, kept.home) == []
    await ground.platform.worker.watch_hosts()
    assert await _noted(ground, kept.home) == [kept.record]
    await ground.platform.quiet()


@pytest.mark.parametrize(
    "answer",
    [b"\xff", b"{}", b'{"records": [], "next": "no id"}',
     b'{"records": [], "next": "00000000-0000-0000-0000-000000000000"}'],
    ids=["garbage", "nothing", "no id", "never ends"])
async def test_a_survey_that_makes_no_sense_is_done_again(ground: Ground, kept: Kept, answer: bytes) -> None:
    await ground.platform.worker.watch_hosts()
    await ground.platform.hosts[kept.home].forget(kept.record)
    await _restart(ground, kept.home)
    ground.faults[kept.home].next("inventory", garbage(answer))
    await ground.platform.worker.watch_hosts()
    assert await _noted(ground, kept.home) == []
    await ground.platform.worker.watch_hosts()
    assert await _noted(ground, kept.home) == [kept.record]
    await ground.platform.quiet()


async def test_a_survey_of_many_pages_sees_every_record_once(
    ground: Ground, kept: Kept, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(carnet.hosting.survey, "_PAGE", 2)
    opened = [kept, *[await ground.opened() for _ in range(6)]]
    await ground.platform.quiet()
    lost = [each for each in opened if each.home == kept.home][::2]
    for each in lost:
        await ground.platform.hosts[kept.home].forget(each.record)
    await _restart(ground, kept.home)
    await ground.platform.worker.watch_hosts()
    assert sorted(await _noted(ground, kept.home)) == sorted(each.record for each in lost)
    await ground.platform.quiet()
    assert await _noted(ground, kept.home) == []


async def test_a_new_worker_compares_every_host_once(ground: Ground, kept: Kept) -> None:
    await ground.new_portal()
    before = ground.faults[kept.home].calls["inventory"]
    await ground.platform.worker.watch_hosts()
    await ground.platform.worker.watch_hosts()
    assert ground.faults[kept.home].calls["inventory"] == before + 1


async def _restart(ground: Ground, host: str) -> None:
    await ground.platform.hosts[host].stop()
    await ground.platform.hosts[host].start()


async def _noted(ground: Ground, host: str) -> list[UUID]:
    rows = await ground.platform.portal.fetch("select record_id from catch_up where host_id = $1", host)
    return [row[0] for row in rows]
