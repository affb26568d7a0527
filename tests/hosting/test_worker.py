"""The worker as it runs: what is due gets done, whatever one host or one record does, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.hosting.faults import held_until, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import lose_all

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_was_not_delivered_is_delivered_by_a_worker_that_runs(ground: Ground, kept: Kept) -> None:
    for host in kept.placement.both:
        ground.faults[host].next("append", no_answer)
    document = await ground.deposit(kept)
    await _due(ground)
    async with _working(ground):
        await _until_nothing_waits(ground)
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.read_back(kept, document)


async def test_a_host_that_restarted_without_its_records_is_filled_again(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    async with _working(ground):
        host = ground.platform.hosts[kept.home]
        await lose_all(host.pool, kept.record)
        await host.stop()
        await host.start()
        while len(await ground.entries_at(kept.home, kept)) < 3:       # noqa: ASYNC110 hosts tell nobody
            await asyncio.sleep(0.02)
    await ground.platform.quiet()
    await ground.read_back(kept, document)


async def test_a_record_that_cannot_be_settled_stops_no_other(ground: Ground, kept: Kept) -> None:
    """Its host hangs on every question; the record of another home is served meanwhile."""
    other = await ground.opened_at(kept.third)
    never = asyncio.Event()
    for each in (kept, other):
        ground.faults[each.home].next("append", no_answer)
        await ground.deposit(each)
    await ground.stores.delivery.settle()
    ground.faults[kept.home].always("head", held_until(never))
    await _due(ground)
    async with _working(ground):
        while await ground.stores.hosting.tail(other.record):       # noqa: ASYNC110 the outbox tells nobody
            await asyncio.sleep(0.02)
        never.set()
    assert len(await ground.entries_at(other.home, other)) == 3


async def test_it_stops_when_it_is_told_to(ground: Ground) -> None:
    stop = asyncio.Event()
    running = asyncio.ensure_future(ground.platform.worker.run(stop))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(5):
        await running


@asynccontextmanager
async def _working(ground: Ground) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.ensure_future(ground.platform.worker.run(stop))
    async with asyncio.timeout(20):
        yield
        stop.set()
        await running


async def _due(ground: Ground) -> None:
    await ground.stores.delivery.settle()
    await ground.platform.portal.execute("update outbox set committed_at = committed_at - interval '1 minute'")


async def _until_nothing_waits(ground: Ground) -> None:
    while await ground.stores.hosting.waiting():       # noqa: ASYNC110 the outbox tells nobody
        await asyncio.sleep(0.02)
