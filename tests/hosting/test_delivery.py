"""Delivery: an entry leaves the outbox when both hosts hold it and its bodies, and is stored once whatever happens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.hosting.faults import answer_lost, garbage, held_until, lie, no_answer, refused
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_entry_leaves_the_outbox_once_both_hosts_have_it(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert await ground.stores.hosting.tail(kept.record) == []
    assert await ground.entries_at(kept.home, kept) == await ground.entries_at(kept.reference, kept)


@pytest.mark.parametrize(
    "fault",
    [no_answer, refused(500, "unexpected"), refused(410, "erased"), garbage(), garbage(b""),
     lie(lambda answer: {**answer, "results": []}), lie(lambda answer: {**answer, "receipt": "x"}),
     lie(lambda answer: {**answer, "results": [{**answer["results"][0], "head": bytes(32)}]}),
     lie(lambda answer: {**answer, "results": answer["results"] * 2})],
    ids=["no answer", "500", "410", "garbage", "nothing", "no result", "false receipt", "another head", "two results"],
)
async def test_an_answer_that_cannot_be_believed_leaves_the_entry_in_the_outbox(
    ground: Ground, kept: Kept, fault: Any,
) -> None:
    ground.faults[kept.home].always("append", fault)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert [row.place for row in await ground.stores.hosting.tail(kept.record)] == [3]
    ground.faults[kept.home].none()
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.read_back(kept, document)


async def test_a_lost_answer_is_asked_again_and_stored_once(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.reference].next("append", answer_lost)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert await ground.stores.hosting.tail(kept.record)
    await ground.platform.quiet()
    assert await ground.stores.hosting.tail(kept.record) == []
    assert len(await ground.entries_at(kept.reference, kept)) == 3
    await ground.read_back(kept, document)


async def test_a_delivery_is_under_way_until_both_hosts_are_done_with_it(ground: Ground, kept: Kept) -> None:
    answer = asyncio.Event()
    ground.faults[kept.home].next("append", held_until(answer))
    ground.faults[kept.reference].next("append", no_answer)
    await ground.deposit(kept)
    settled = asyncio.ensure_future(ground.stores.delivery.settle())
    while not ground.stores.copies.clients[kept.reference].writes._in_a_row:     # noqa: ASYNC110 nothing else says so
        await asyncio.sleep(0)
    await asyncio.wait([settled], timeout=0.05)     # time enough to end too early
    answer.set()
    await settled
    assert len(await ground.entries_at(kept.home, kept)) == 3


async def test_an_entry_whose_body_the_home_lacks_waits_for_the_body(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert len(await ground.entries_at(kept.home, kept)) == 3
    assert [row.holders for row in await ground.stores.hosting.tail(kept.record)] in (
        [(kept.third, kept.reference)], [(kept.reference, kept.third)])
    await ground.platform.quiet()
    assert await ground.stores.hosting.tail(kept.record) == []
    assert await ground.bodies_at(kept.home, kept) == await ground.bodies_at(kept.reference, kept) != set()
    await ground.read_back(kept, document)


async def test_a_host_that_is_away_does_not_keep_the_other_from_its_copy(ground: Ground, kept: Kept) -> None:
    """The reference missed its entry while the home is down: it is served by the worker before the home is back."""
    ground.faults[kept.home].is_down = True
    ground.faults[kept.reference].next("append", no_answer)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    assert len(await ground.entries_at(kept.reference, kept)) == 3
    assert await ground.stores.hosting.tail(kept.record)
    ground.faults[kept.home].none()
    ground.probe()
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.read_back(kept, document)


async def test_entries_of_one_record_arrive_in_order_however_fast_they_come(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}.") for number in range(8)]
    await ground.stores.delivery.settle()
    assert await ground.stores.hosting.tail(kept.record) == []
    assert len(await ground.entries_at(kept.home, kept)) == 10
    await ground.read_back(kept, *documents)


async def test_what_waits_for_a_host_that_is_away_keeps_nothing_else_from_its_turn(ground: Ground, kept: Kept) -> None:
    """More old rows than a worker takes at once, all for a host that is down; then one that could be delivered."""
    ground.faults[kept.home].always("append", no_answer)
    for number in range(3):
        await ground.deposit(kept, f"Lettre {number}.")
    await ground.stores.delivery.settle()
    store, portal = ground.stores.hosting, ground.platform.portal
    await portal.execute("update outbox set committed_at = now() - interval '1 day'")
    assert await store.claim_outbox(older_than_seconds=1.0, limit=3) == [kept.record]
    other = await ground.opened()
    ground.faults[other.home].next("append", no_answer)
    ground.faults[other.reference].next("append", no_answer)
    await ground.deposit(other)
    await ground.stores.delivery.settle()
    await portal.execute("update outbox set leased_until = now() - interval '1 s' where leased_until > now()")
    await portal.execute("update outbox set committed_at = now() - interval '1 min' where record_id = $1", other.record)
    assert await store.claim_outbox(older_than_seconds=1.0, limit=1) == [other.record]
    ground.faults[kept.home].none()
    ground.probe()
    await ground.platform.quiet()
    assert await store.waiting() == 0
