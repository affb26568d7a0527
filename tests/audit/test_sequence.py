"""Every event gets its leaf, once, whenever its transaction commits and whoever appends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from carnet.audit.log.sequence import grown
from carnet.errors import Unavailable
from tests.audit.ground import Ground, event, write


async def test_events_become_leaves_in_the_order_of_their_transactions(ground: Ground) -> None:
    events = await ground.written(5)
    assert await ground.sequencer().round() == 5
    assert await ground.order() == [each.event_id for each in events]
    assert await ground.sequencer().round() == 0
    assert not await ground.faults()


async def test_an_event_whose_transaction_commits_late_is_not_skipped(ground: Ground) -> None:
    late = event()
    async with ground.pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await write(slow, late)
        others = await ground.written(3)
        assert await ground.sequencer().round() == 0
        assert (await ground.verdict()).waiting == 3
        await transaction.commit()
    assert await ground.sequencer().round() == 4
    assert await ground.order() == [late.event_id, *(each.event_id for each in others)]


async def test_a_transaction_that_only_began_late_to_write_holds_nothing_back(ground: Ground) -> None:
    late = event()
    async with ground.pool.acquire() as slow, slow.transaction():
        await slow.execute("select 1")
        before = await ground.written(2)
        assert await ground.sequencer().round() == 2
        await write(slow, late)
    assert await ground.sequencer().round() == 1
    assert await ground.order() == [*(each.event_id for each in before), late.event_id]


async def test_what_commits_while_the_log_moves_comes_once_and_in_time(ground: Ground) -> None:
    """Transactions end in another order than they began, between and during turns."""
    events = [event() for _ in range(8)]
    connections = [await ground.pool.acquire() for _ in range(4)]
    try:
        for start in range(0, 8, 4):
            transactions = [each.transaction() for each in connections]
            for each, connection, transaction in zip(events[start:], connections, transactions, strict=False):
                await transaction.start()
                await write(connection, each)
            for place in (2, 0, 3, 1):
                ended, _ = await asyncio.gather(ground.sequencer(batch=2).round(), transactions[place].commit())
                assert ended <= 2
    finally:
        for connection in connections:
            await ground.pool.release(connection)
    while await ground.sequencer(batch=2).round():
        pass
    assert sorted(await ground.order()) == sorted(each.event_id for each in events)
    assert not await ground.faults()


async def test_what_was_rolled_back_was_never_there(ground: Ground) -> None:
    async with ground.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await write(connection, event())
        [kept] = await ground.written(1)
        await transaction.rollback()
    assert await ground.sequencer().round() == 1
    assert await ground.order() == [kept.event_id]


async def test_a_batch_may_end_within_a_transaction(ground: Ground) -> None:
    events = [event() for _ in range(7)]
    await write(ground.pool, *events)
    others = await ground.written(2)
    rounds = [await ground.sequencer(batch=3).round() for _ in range(4)]
    assert rounds == [3, 3, 3, 0]
    assert set((await ground.order())[:7]) == {each.event_id for each in events}
    assert (await ground.order())[7:] == [each.event_id for each in others]
    assert not await ground.faults()


async def test_several_workers_take_turns_and_never_double_a_leaf(ground: Ground) -> None:
    events = await ground.written(60)
    stop = asyncio.Event()

    async def work() -> None:
        sequencer = ground.sequencer(batch=7)
        while not stop.is_set():
            await sequencer.round()

    workers = [asyncio.create_task(work()) for _ in range(3)]
    events += await ground.written(40)
    stop.set()
    await asyncio.gather(*workers)
    while await ground.sequencer().round():
        pass
    assert await ground.order() == [each.event_id for each in events]
    assert not await ground.faults()


async def test_a_worker_does_not_wait_for_another_ones_turn(ground: Ground) -> None:
    await ground.written(1)
    async with ground.store.turn() as turn:
        assert turn is not None
        assert await ground.sequencer().round() == 0
    assert await ground.sequencer().round() == 1


async def test_a_turn_that_is_cut_off_leaves_nothing_and_the_next_one_takes_it_all(ground: Ground) -> None:
    first = await ground.logged(3)
    second = await ground.written(2)

    async def cut_off() -> None:
        async with ground.store.turn() as turn:
            assert turn is not None
            await turn.append(*grown(turn.tree, await turn.pending(1000)))
            await turn.connection.execute("select pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(Unavailable):
        await cut_off()
    assert len(await ground.order()) == 3
    assert await ground.sequencer().round() == 2
    assert await ground.order() == [each.event_id for each in [*first, *second]]
    assert not await ground.faults()


async def test_events_from_before_the_log_are_in_it(ground: Ground) -> None:
    events = await ground.written(5)
    await ground.pool.execute("update audit_event set logged = '0'")
    await ground.pool.execute("update audit_log set cluster = 0")
    assert [await ground.sequencer(batch=2).round() for _ in range(4)] == [2, 2, 1, 0]
    assert set(await ground.order()) == {each.event_id for each in events}


async def test_on_another_cluster_nothing_is_skipped_though_its_numbers_begin_again(ground: Ground) -> None:
    """A dump keeps the numbers of the cluster it came from, which may be far above those of the new one."""
    logged = await ground.logged(3)
    waiting = await ground.written(2)
    await ground.pool.execute("update audit_event set logged = (logged::text::bigint + 1000000000)::text::xid8")
    await ground.pool.execute("update audit_log set cluster = 1, taken_to = '1000000000000'")
    assert [await ground.sequencer(batch=2).round() for _ in range(2)] == [2, 0]
    after = await ground.written(2)
    assert await ground.sequencer().round() == 2
    assert await ground.order() == [each.event_id for each in [*logged, *waiting, *after]]


async def test_a_checkpoint_is_signed_when_there_is_something_new_and_not_too_often(ground: Ground) -> None:
    seldom = ground.sequencer(every=timedelta(hours=1))
    assert await seldom.round() == 0
    assert await ground.store.last_checkpoint() is None
    await ground.written(2)
    await seldom.round()
    await ground.written(2)
    assert await seldom.round() == 2
    first = await ground.store.last_checkpoint()
    assert first is not None
    assert (first.size, first.is_signed_by(ground.public)) == (2, True)
    assert await ground.sequencer().round() == 0
    second = await ground.store.last_checkpoint()
    assert second is not None
    assert second.size == 4
