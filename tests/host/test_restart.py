"""A host that dies: what it answered is there when it comes back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.store import open_pool
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from tests.host.portal import Portal, chain


@pytest.fixture
def own_cluster() -> Iterator[Postgres]:
    """A cluster to be killed, which forces its disk as a real one does."""
    home = Path(tempfile.mkdtemp(prefix="carnet-tests-"))
    home.chmod(0o711)
    server = Postgres(home / "cluster")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home)


async def test_what_was_answered_is_there_after_the_database_was_killed(
    own_cluster: Postgres, unconnected: Portal, config: HostConfig, record: UUID
) -> None:
    await migrate(own_cluster.url(), "host")
    gone = uuid4()
    entries = chain(record, [b"one", b"away"], [])
    pool = await open_pool(own_cluster.url())
    before = replace(unconnected, app=build(pool, config), epoch=3)
    for answer in (
        await before.put((record, b"one"), (record, b"unnamed"), (gone, b"two"), end=100),
        await before.append(*entries),
        await before.erase(gone, 1),
    ):
        assert answer.status == 200
    head, inventory = (await before.head(record)).content, (await before.inventory()).content
    assert own_cluster.process is not None
    own_cluster.process.kill()
    pool.terminate()

    own_cluster.start()
    async with await open_pool(own_cluster.url()) as again:
        after = replace(before, app=build(again, config))
        assert (await replace(after, epoch=2).head(record)).status == 401
        assert (await after.head(record)).content == head
        assert (await after.inventory()).content == inventory
        assert (await after.read((record, b"one"), (record, b"unnamed"))).content == {"bodies": [b"one", b"unnamed"]}
        assert (await after.unnamed(101)).content == {"records": [str(record)]}
        assert [entry["sealed"] for entry in (await after.journal(record)).content["entries"]] == [
            entry.sealed for entry in entries
        ]
        assert (await after.append(*entries)).content["results"][0]["lacking"] == [sha256(b"away").digest()]
        assert (await after.put((gone, b"two"))).status == 410


@pytest.mark.slow
async def test_a_page_that_cannot_be_read_spoils_nothing_else_and_its_contents_come_back(
    own_cluster: Postgres, unconnected: Portal, config: HostConfig, record: UUID
) -> None:
    """The database's own file of large values loses a page: one body is on it, and the sealed part of one entry."""
    await migrate(own_cluster.url(), "host")
    sealed = [b"%d" % number * 6000 for number in range(4)]
    entries = chain(record, *([each] for each in sealed))
    entries = [*entries, *chain(record, [], after=entries[-1])]
    entries[-1] = replace(entries[-1], sealed=b"large" * 2000)
    pool = await open_pool(own_cluster.url())
    before = replace(unconnected, app=build(pool, config))
    assert (await before.fill((entries, sealed))).status == 200
    files = [await _large_values_of(pool, table) for table in ("body", "entry")]
    await pool.execute("CHECKPOINT")
    await pool.close()
    own_cluster.stop()
    for file in files:
        with (own_cluster.data / file).open("r+b") as pages:      # the first page is gone
            pages.write(bytes(8192))
    own_cluster.start()

    async with await open_pool(own_cluster.url()) as again:
        after = replace(before, app=build(again, config))
        answer = await after.read(*((record, each) for each in sealed))
        lost = [each for each, found in zip(sealed, answer.content["bodies"], strict=True) if found is None]
        assert 0 < len(lost) < len(sealed)
        verified = (await after.head(record, query="?verify=true")).content
        assert verified["lacking"] == sorted(sha256(each).hexdigest() for each in lost)
        assert verified["damaged"] == [5]
        names = [sha256(each).digest() for each in sealed]
        [proof] = (await after.challenge(
            b"n" * 32, {"record": record, "bodies": names, "first": 1, "last": 5})).content["answers"]
        assert [digest is None for digest in proof["bodies"]] == [each in lost for each in sealed]
        assert proof["journal"] is None
        [copy] = (await after.export((record, 0))).content["copies"]
        assert (copy["is_whole"], copy["place"]) == (False, 5)
        assert (await after.put(*((record, each) for each in lost))).status == 200
        assert [each["status"] for each in (await after.append(entries[-1])).content["results"]] == ["already"]
        verified = (await after.head(record, query="?verify=true")).content
        assert (verified["lacking"], verified["damaged"]) == ([], [])
        assert (await after.read(*((record, each) for each in sealed))).content == {"bodies": sealed}


async def _large_values_of(pool: asyncpg.Pool, table: str) -> str:
    file: str = await pool.fetchval(
        "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE oid = $1::text::regclass", table)
    return file


async def test_a_host_finds_its_database_again_when_only_the_database_started_again(
    own_cluster: Postgres, unconnected: Portal, config: HostConfig, record: UUID
) -> None:
    await migrate(own_cluster.url(), "host")
    async with await open_pool(own_cluster.url()) as pool:
        portal = replace(unconnected, app=build(pool, config))
        await portal.put((record, b"one"))
        own_cluster.stop()
        assert (await portal.read((record, b"one"))).status == 503
        own_cluster.start()
        answers = [await portal.read((record, b"one")) for _ in range(3)]
        assert answers[-1].content == {"bodies": [b"one"]}
