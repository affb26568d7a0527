"""Bodies in a real SeaweedFS that keeps each twice: a volume server that dies loses none and stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.objects import opened
from carnet.host.outside import Kept, Outside
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from tests.host.portal import Answer, Portal, chain
from tests.running import Platform, letter, lot, patient, professional
from tests.seaweed import SeaweedFS, running_seaweed

pytestmark = pytest.mark.slow


@pytest.fixture
def seaweed(tmp_path: Path) -> Iterator[SeaweedFS]:
    with running_seaweed(tmp_path) as seaweed:
        yield seaweed


@pytest.fixture
def portal(pool: asyncpg.Pool, config: HostConfig, unconnected: Portal, seaweed: SeaweedFS) -> Portal:
    return replace(unconnected, app=build(pool, config, Outside(pool, opened(seaweed.url))))


def bodies(record: UUID, count: int, size: int) -> list[tuple[UUID, bytes]]:
    return [(record, number.to_bytes(4, "big") + uuid4().bytes * (size // 16)) for number in range(count)]


async def put_each(portal: Portal, asked: list[tuple[UUID, bytes]]) -> list[int]:
    """Each in a call of its own, eight at a time, and how each was answered."""
    slots = asyncio.Semaphore(8)

    async def put(body: tuple[UUID, bytes]) -> Answer:
        async with slots:
            return await portal.put(body)

    return [answer.status for answer in await asyncio.gather(*map(put, asked))]


async def read_all(portal: Portal, asked: list[tuple[UUID, bytes]]) -> int:
    """How many of these come back as they were put."""
    right = 0
    for start in range(0, len(asked), 20):
        part = asked[start:start + 20]
        read = await portal.read(*part)
        assert read.status == 200
        right += sum(found == sealed for found, (_, sealed) in zip(read.content["bodies"], part, strict=True))
    return right


async def test_a_volume_server_that_dies_loses_no_body_and_stops_no_put(
    portal: Portal, pool: asyncpg.Pool, seaweed: SeaweedFS, record: UUID
) -> None:
    assert '"fsync":  true' in seaweed.said
    before = [*bodies(record, 190, 30_000), *bodies(record, 10, 2_000_000)]
    assert await put_each(portal, before) == [200] * 200
    assert seaweed.kill_fullest() > 10_000_000
    during = bodies(record, 60, 30_000)
    assert await put_each(portal, during) == [200] * 60
    assert await read_all(portal, before) == 200
    assert await read_all(portal, during) == 60
    [entry] = chain(record, [sealed for _, sealed in before[:3]])
    assert (await portal.append(entry)).content["results"][0]["lacking"] == []
    kept = [Kept(*row) for row in await pool.fetch("SELECT record_id, body_id, object FROM body")]
    erased = await portal.erase(record, 1)
    assert portal.receipt(erased, "erase") == [[str(record), 1, 1, 260]]
    store = opened(seaweed.url)
    assert [await store.get(each.name) for each in kept] == [None] * 260


async def test_a_platform_whose_reference_keeps_its_bodies_there_reads_with_the_home_down(
    platform: Platform, seaweed: SeaweedFS
) -> None:
    reference = platform.hosts["reference"]
    await reference.stop()
    reference.outside = Outside(reference.pool, opened(seaweed.url))
    await reference.start()
    record = await platform.opened()
    documents = [letter(f"Document {number}.", size_bytes=20_000) for number in range(5)]
    for document in documents:
        await submit(professional(), lot(document), platform.stores)
    await platform.quiet()
    assert len(await platform.heads(record)) == 1
    ids = {row[0] for row in await reference.pool.fetch("SELECT body_id FROM body WHERE object IS NOT NULL")}
    assert len(ids) == await reference.pool.fetchval("SELECT count(*) FROM body") >= len(documents)
    assert seaweed.kill_fullest() > 0
    await platform.hosts[(await platform.stores.known(record)).placement.home].stop()
    for document in documents:
        assert (await retrieve(patient(), document.entry.unique_id, platform.stores)).content == document.content
    during = letter("Pendant.", size_bytes=20_000)
    await submit(professional(), lot(during), platform.stores)
    assert (await retrieve(patient(), during.entry.unique_id, platform.stores)).content == during.content
