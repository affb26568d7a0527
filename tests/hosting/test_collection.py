"""Collection: what nobody names goes, by order only, and never a body that is committed or still may be (FENCE)."""

from __future__ import annotations

import asyncio

import pytest

from carnet.journal.chain import genesis
from tests.hosting.faults import answer_lost, no_answer
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_bodies_of_a_deposit_that_died_go_once_their_ticket_ended(ground: Ground, kept: Kept) -> None:
    await ground.frozen(kept)
    assert await ground.bodies_at(kept.home, kept)
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 2
    for host in kept.placement.both:
        assert await ground.bodies_at(host, kept) == set()


async def test_a_body_whose_ticket_runs_is_never_collected(ground: Ground, kept: Kept) -> None:
    frozen = await ground.frozen(kept)
    assert await ground.collect(kept) == 0
    assert await ground.commit(frozen) is not None
    await ground.platform.quiet()
    await ground.read_back(kept, frozen.document)


async def test_a_committed_body_stays_though_its_entry_never_reached_the_hosts(ground: Ground, kept: Kept) -> None:
    frozen = await ground.frozen(kept)
    assert await ground.commit(frozen) is not None      # and the process died: nothing is delivered
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 0
    await ground.platform.quiet()
    assert await ground.collect(kept) == 0
    await ground.read_back(kept, frozen.document)


async def test_a_committed_body_stays_at_a_host_that_lost_its_entries(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    pool = ground.platform.hosts[kept.home].pool
    names = await ground.bodies_at(kept.home, kept)
    for table in ("entry", "named_body"):
        await pool.execute(f"delete from {table} where record_id = $1", kept.record)
    await pool.execute(
        "update record set place = 0, head = $2 where record_id = $1", kept.record, genesis(kept.record))
    await pool.executemany(
        "insert into ticket (record_id, body_id, ends) values ($1, $2, 1)", [(kept.record, name) for name in names])
    assert await ground.collect(kept) == 0
    assert await ground.bodies_at(kept.home, kept) == names
    await ground.stores.hosting.note_lack(kept.record, kept.home, "test")
    await ground.platform.quiet()
    await ground.read_back(kept, document)


async def test_a_stand_in_keeps_its_copy_until_both_have_theirs_and_then_gives_it_back(
    ground: Ground, kept: Kept,
) -> None:
    ground.faults[kept.home].next("put", no_answer)
    ground.faults[kept.home].always("append", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 0
    assert await ground.bodies_at(kept.third, kept) == await ground.bodies_at(kept.reference, kept)
    ground.faults[kept.home].none()
    ground.probe()
    await ground.platform.quiet()
    assert await ground.collect(kept) == 1
    assert await ground.bodies_at(kept.third, kept) == set()
    assert kept.third in await ground.stores.hosting.stand_ins_of(kept.placement)       # rule EVER: not forgotten
    await ground.read_back(kept, document)


async def test_a_stand_in_keeps_its_copy_when_one_of_the_two_lost_its_own(ground: Ground, kept: Kept) -> None:
    """The outbox is empty, so both had it; the home lost it since, and nobody has noticed yet."""
    ground.faults[kept.home].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.hosts[kept.home].pool.execute("delete from body where record_id = $1", kept.record)
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 0
    assert await ground.bodies_at(kept.third, kept)
    await ground.platform.quiet()
    assert await ground.collect(kept) == 1
    await ground.read_back(kept, document)


async def test_a_put_that_lands_late_is_collected_and_named_ones_stay(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].late("put")
    frozen = await ground.frozen(kept)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    assert await ground.faults[kept.home].land() == [200]
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 3          # home, reference and stand-in had the body of the one that died
    assert frozen.commit.holders
    await ground.read_back(kept, document)


async def test_the_late_put_of_a_committed_body_stays(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.home].late("put")
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.faults[kept.home].land()
    await ground.end_tickets(kept)
    await ground.collect(kept)
    assert await ground.bodies_at(kept.home, kept)
    await ground.platform.quiet()
    await ground.read_back(kept, document)


async def test_an_order_whose_answer_is_lost_is_given_again_without_harm(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.frozen(kept)
    await ground.end_tickets(kept)
    ground.faults[kept.home].next("collect", answer_lost)
    assert await ground.collect(kept) == 2
    assert await ground.collect(kept) == 0
    assert len(await ground.bodies_at(kept.home, kept)) == 1
    await ground.read_back(kept, document)


async def test_the_head_is_read_only_once_no_commit_is_under_way(ground: Ground, kept: Kept) -> None:
    """A commit that holds the row may still name a body: the order waits for it, and then sees its head."""
    frozen = await ground.frozen(kept)
    async with ground.platform.portal.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("select from record where record_id = $1 for update", kept.record)
        committing = asyncio.ensure_future(ground.commit(frozen))
        await _waiting_for_locks(ground, 1)     # the commit is first in the queue for the row
        await ground.end_tickets(kept)
        collecting = asyncio.ensure_future(ground.collect(kept))
        await _waiting_for_locks(ground, 2)
        assert not collecting.done()
        await transaction.rollback()
    assert await committing is not None
    assert await collecting == 0
    await ground.platform.quiet()
    await ground.read_back(kept, frozen.document)


async def _waiting_for_locks(ground: Ground, count: int) -> None:
    """Return once so many statements wait for a lock in this database: nobody tells when PostgreSQL waits."""
    while await ground.platform.portal.fetchval(        # noqa: ASYNC110
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    ) < count:
        await asyncio.sleep(0.01)
