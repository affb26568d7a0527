"""A host that dies: what it answered is there when it comes back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

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
