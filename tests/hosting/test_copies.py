"""Two copies, or nothing is acknowledged: rules TWO, STANDIN and EVER, on hosts that refuse, hang, fill up and lie."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from carnet.errors import HostUnavailable, TooFewCopies
from carnet.hosting import client
from carnet.hosting.copies import Budgets
from carnet.journal.chain import body_id
from carnet.journal.seal import SealedBody
from tests.hosting.faults import Call, answer_lost, garbage, held_until, lie, no_answer, refused
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_home_and_reference_are_the_two_when_both_answer(ground: Ground, kept: Kept) -> None:
    assert set(await _put(ground, kept)) == {kept.home, kept.reference}
    assert await ground.bodies_at(kept.third, kept) == set()


@pytest.mark.parametrize(
    "fault",
    [
        no_answer,
        refused(503, "full"),
        refused(503, "read_only"),
        refused(500, "unexpected"),
        refused(401, "unauthenticated"),
        refused(410, "erased"),
        garbage(),
        garbage(b""),
        lie(lambda answer: {**answer, "receipt": "no.receipt.this"}),
        lie(lambda answer: {}),
    ],
    ids=["no answer", "full", "read only", "500", "401", "410", "garbage", "nothing", "false receipt", "no receipt"],
)
async def test_a_home_that_does_not_take_it_is_replaced(ground: Ground, kept: Kept, fault: Any) -> None:
    ground.faults[kept.home].always("put", fault)
    assert set(await _put(ground, kept)) == {kept.third, kept.reference}


async def test_a_home_that_hangs_is_replaced_and_its_late_answer_changes_nothing(ground: Ground, kept: Kept) -> None:
    ground.hurry()
    answer = asyncio.Event()
    ground.faults[kept.home].next("put", held_until(answer))
    body = _body()
    assert set(await _put(ground, kept, body)) == {kept.third, kept.reference}
    assert await ground.bodies_at(kept.home, kept) == set()
    answer.set()
    await _stragglers(ground)
    assert await ground.bodies_at(kept.home, kept) == {body.id}


async def test_a_home_that_answers_just_in_time_has_no_stand_in(ground: Ground, kept: Kept) -> None:
    answer = asyncio.Event()
    ground.faults[kept.home].next("put", held_until(answer))
    putting = asyncio.ensure_future(_put(ground, kept))
    await asyncio.sleep(0)
    answer.set()
    assert set(await putting) == {kept.home, kept.reference}
    assert await ground.stores.hosting.stand_ins_of(kept.placement) == []


async def test_a_put_whose_answer_is_lost_counts_as_no_copy(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].next("put", answer_lost)
    body = _body()
    assert set(await _put(ground, kept, body)) == {kept.third, kept.reference}
    assert await ground.bodies_at(kept.home, kept) == {body.id}


async def test_a_receipt_for_another_body_is_no_copy(ground: Ground, kept: Kept) -> None:
    """A host that keeps nothing, and gives the receipt of something it once kept."""
    receipts: list[bytes] = []

    async def note(call: Call) -> None:
        start, content = await call.do()
        receipts.append(content)
        await call.answer(start, content)

    async def replay(call: Call) -> None:
        await call.answer({"status": 200, "headers": []}, receipts[0])

    ground.faults[kept.home].next("put", note)
    await _put(ground, kept)
    ground.faults[kept.home].next("put", replay)
    assert set(await _put(ground, kept)) == {kept.third, kept.reference}


async def test_fewer_than_two_is_refused(ground: Ground, kept: Kept) -> None:
    for host in (kept.home, kept.third):
        ground.faults[host].always("put", no_answer)
    with pytest.raises(TooFewCopies):
        await _put(ground, kept)


async def test_two_hosts_that_hang_are_refused_within_the_whole_budget(ground: Ground, kept: Kept) -> None:
    ground.hurry(Budgets(stand_in_after_seconds=0.1, total_seconds=0.5))
    never = asyncio.Event()
    for host in (kept.home, kept.third):
        ground.faults[host].next("put", held_until(never))
    with pytest.raises(TooFewCopies):
        await _put(ground, kept)
    assert len(ground.stores.copies.hedged._stragglers) == 2        # nobody waited for them to be given up
    never.set()
    await _stragglers(ground)


async def test_the_row_of_the_stand_in_is_there_before_its_first_put(ground: Ground, kept: Kept) -> None:
    """Rule EVER: the portal knows every host that may hold something, even if it died right after."""
    known_before: list[list[UUID]] = []

    async def look(call: Call) -> None:
        known_before.append(await ground.platform.portal.fetch(
            "select record_id from placement where record_id = $1 and host_id = $2", kept.record, kept.third))
        await call.drop()

    ground.faults[kept.home].next("put", no_answer)
    ground.faults[kept.third].next("put", look)
    with pytest.raises(TooFewCopies):
        await _put(ground, kept)
    assert [len(rows) for rows in known_before] == [1]


async def test_a_stand_in_that_was_down_is_asked_again_once_a_probe_is_due(ground: Ground, kept: Kept) -> None:
    """Nobody else may be calling that host: its circuit must not stay open for ever."""
    ground.faults[kept.home].always("put", no_answer)
    stand_in = ground.stores.copies.clients[kept.third]
    for _ in range(5):
        stand_in.puts.failed(0.0)       # long ago
    assert stand_in.puts.is_open
    assert set(await _put(ground, kept)) == {kept.third, kept.reference}
    assert not stand_in.puts.is_open


async def test_a_full_host_still_takes_entries_and_orders_to_collect(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].always("put", refused(503, "full"))
    for _ in range(6):
        await _put(ground, kept)
    client = ground.stores.copies.clients[kept.home]
    assert client.puts.is_open
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert len(await ground.entries_at(kept.home, kept)) == 3
    assert await client.collect(kept.record, 1, head=(await ground.known(kept)).head, until=1) is not None


async def test_what_a_host_refuses_of_one_record_does_not_make_it_down(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].always("put", refused(410, "erased"))
    for _ in range(6):
        await _put(ground, kept)
    assert not ground.stores.copies.clients[kept.home].puts.is_open


async def test_a_body_of_false_bytes_is_read_from_the_other_copy(ground: Ground, kept: Kept) -> None:
    body = _body()
    await _put(ground, kept, body)
    ground.faults[kept.home].next("read", lie(lambda _answer: {"bodies": [b"other bytes"]}))
    assert await ground.stores.copies.read(kept.placement, body.id) == body.sealed


@pytest.mark.parametrize(
    "fault",
    [garbage(), no_answer, lie(lambda _answer: {"bodies": []}), lie(lambda _answer: {"bodies": [b"", b""]}),
     lie(lambda _answer: {"bodies": [None]})],
    ids=["garbage", "no answer", "no body", "two bodies", "lacking"])
async def test_a_home_that_reads_wrong_leaves_it_to_the_reference(ground: Ground, kept: Kept, fault: Any) -> None:
    body = _body()
    await _put(ground, kept, body)
    ground.faults[kept.home].always("read", fault)
    assert await ground.stores.copies.read(kept.placement, body.id) == body.sealed


async def test_a_home_that_hangs_delays_a_reading_by_a_third_of_a_second_and_no_more(
    ground: Ground, kept: Kept, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 60.0)
    body, answer = _body(), asyncio.Event()
    await _put(ground, kept, body)
    ground.hurry()
    ground.faults[kept.home].always("read", held_until(answer))
    readings = [ground.stores.copies.read(kept.placement, body.id) for _ in range(5)]
    assert await asyncio.gather(*readings) == [body.sealed] * 5
    assert len(ground.stores.copies.hedged._stragglers) == 5        # nobody waited for the home to be given up
    answer.set()
    await _stragglers(ground)


async def test_a_home_that_is_slow_is_still_heard_when_nobody_else_has_it(ground: Ground, kept: Kept) -> None:
    body, answer = _body(), asyncio.Event()
    await _put(ground, kept, body)
    await ground.platform.hosts[kept.reference].pool.execute("delete from body where body_id = $1", body.id)
    ground.hurry()
    ground.faults[kept.home].next("read", held_until(answer))
    reading = asyncio.ensure_future(ground.stores.copies.read(kept.placement, body.id))
    while not ground.faults[kept.reference].calls["read"]:       # noqa: ASYNC110 the fault has no event of its own
        await asyncio.sleep(0.01)
    answer.set()
    assert await reading == body.sealed


async def test_a_body_that_only_a_stand_in_has_is_read_there(ground: Ground, kept: Kept) -> None:
    body = _body()
    ground.faults[kept.home].next("put", no_answer)
    await _put(ground, kept, body)
    await ground.platform.hosts[kept.reference].pool.execute("delete from body where body_id = $1", body.id)
    assert await ground.stores.copies.read(kept.placement, body.id) == body.sealed


async def test_a_body_that_nobody_has_is_unavailable(ground: Ground, kept: Kept) -> None:
    with pytest.raises(HostUnavailable):
        await ground.stores.copies.read(kept.placement, body_id(b"nowhere"))


def _body() -> SealedBody:
    sealed = b"sealed " + UUID(int=next(_numbers)).bytes
    return SealedBody(body_id(sealed), sealed)


_numbers = iter(range(1, 10_000))


async def _put(ground: Ground, kept: Kept, body: SealedBody | None = None) -> tuple[str, ...]:
    return await ground.stores.copies.put(kept.placement, [body or _body()], ticket_end=2_000_000_000)


async def _stragglers(ground: Ground) -> None:
    await ground.stores.copies.hedged.settle()
