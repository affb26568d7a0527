"""Reading: the view at the portal's head, from whatever has it, and never an older or another one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from carnet.errors import Unavailable
from carnet.hosting.client import READ_SECONDS
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.snapshot import take_snapshot
from tests.hosting.faults import garbage, held_until, lie, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import lose_all
from tests.running import patient

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_snapshot_that_no_host_has_yet_is_read_from_the_outbox(ground: Ground, kept: Kept) -> None:
    """The home missed all since before the snapshot, the reference is away: nothing of it stops a reading."""
    for host in kept.placement.both:
        ground.faults[host].always("append", no_answer)
    document = await ground.deposit(kept)
    assert await take_snapshot(kept.record, ground.stores)
    ground.faults[kept.reference].is_down = True
    await ground.read_back(kept, document)
    later = await ground.deposit(kept)
    await ground.read_back(kept, document, later)


async def test_a_view_at_hand_follows_what_waits_in_the_outbox_without_asking_a_host(
    ground: Ground, kept: Kept,
) -> None:
    one = ground.stores
    await find(patient(kept.patient), kept.patient.ins, Criteria(), one)
    other = await ground.new_portal()
    for host in kept.placement.both:
        ground.faults[host].always("append", no_answer)
    await ground.deposit(kept)
    await other.delivery.settle()
    before = ground.faults[kept.home].calls["journal"]
    ground.platform.stores = one
    assert len((await find(patient(kept.patient), kept.patient.ins, Criteria(), one)).entries) == 1
    assert ground.faults[kept.home].calls["journal"] == before


async def test_a_snapshot_spares_what_came_before_it(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept) for _ in range(2)]
    assert await take_snapshot(kept.record, ground.stores)
    documents.append(await ground.deposit(kept))
    await ground.platform.quiet()
    pool = ground.platform.hosts[kept.home].pool
    await pool.execute("delete from entry where record_id = $1 and place < 4", kept.record)
    ground.faults[kept.reference].is_down = True
    await ground.read_back(kept, *documents)


@pytest.mark.parametrize(
    "fault",
    [no_answer, garbage(), lie(lambda page: {**page, "entries": []}),
     lie(lambda page: {**page, "entries": page["entries"][:-1]}),
     lie(lambda page: {**page, "entries": page["entries"][::-1]}),
     lie(lambda page: {**page, "entries": [
         {**each, "sealed": each["sealed"][:-1] + bytes([each["sealed"][-1] ^ 1])} for each in page["entries"]]})],
    ids=["no answer", "garbage", "empty", "cut", "reversed", "altered"])
async def test_a_journal_that_does_not_lead_to_the_head_is_asked_elsewhere(
    ground: Ground, kept: Kept, fault: Any,
) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    ground.faults[kept.home].always("journal", fault)
    await ground.read_back(kept, document)
    ground.faults[kept.reference].always("journal", fault)
    await ground.new_portal()
    with pytest.raises(Unavailable):
        await find(patient(kept.patient), kept.patient.ins, Criteria(), ground.stores)


async def test_a_home_that_hangs_is_not_waited_for_alone_when_a_journal_is_read(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    answer, loop = asyncio.Event(), asyncio.get_running_loop()
    ground.faults[kept.home].always("journal", held_until(answer))
    ground.hurry()
    await ground.new_portal()
    began = loop.time()
    await ground.read_back(kept, document)
    assert loop.time() - began < READ_SECONDS       # nobody waited for the home to be given up
    answer.set()


async def test_a_host_found_behind_by_a_reading_is_brought_what_it_lacks(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await lose_all(ground.platform.hosts[kept.home].pool, kept.record)
    await ground.read_back(kept, document)
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1


async def test_a_host_behind_the_view_at_hand_is_noted_too(ground: Ground, kept: Kept) -> None:
    """This process knows place 3, another committed 4, the home is back at 0: it cannot even be asked what follows."""
    one = ground.stores
    first = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.new_portal()
    second = await ground.deposit(kept)
    await ground.platform.quiet()
    await lose_all(ground.platform.hosts[kept.home].pool, kept.record)
    found = await find(patient(kept.patient), kept.patient.ins, Criteria(), one)
    assert {entry.unique_id for entry in found.entries} == {first.entry.unique_id, second.entry.unique_id}
    noted = await ground.platform.portal.fetch("select host_id from catch_up where record_id = $1", kept.record)
    assert [row[0] for row in noted] == [kept.home]
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
