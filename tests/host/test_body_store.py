"""Large bodies in a folder: durable before their row, gone after it, and a folder that is away stops nothing else."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.errors import InvalidSetting
from carnet.host.app import build
from carnet.host.bucket import Bucket
from carnet.host.config import HostConfig
from carnet.host.errors import BodyStoreAway
from carnet.host.files import Files
from carnet.host.objects import opened
from carnet.host.outside import Outside
from tests.host.portal import Portal, chain

FROM_BYTES = 1000
LARGE = b"large " * 200
SMALL = b"small"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bodies").mkdir()
    return tmp_path / "bodies"


@pytest.fixture
def outside(pool: asyncpg.Pool, folder: Path) -> Outside:
    return Outside(pool, Files(folder), from_bytes=FROM_BYTES)


@pytest.fixture
def portal(pool: asyncpg.Pool, config: HostConfig, unconnected: Portal, outside: Outside) -> Portal:
    return replace(unconnected, app=build(pool, config, outside))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*"))


async def later(pool: asyncpg.Pool) -> None:
    """An hour later, for what is loose."""
    await pool.execute("UPDATE loose_object SET since = since - interval '1 hour'")


async def test_large_bodies_go_to_the_store_and_small_ones_stay(
    portal: Portal, pool: asyncpg.Pool, folder: Path, record: UUID
) -> None:
    assert (await portal.put((record, SMALL), (record, LARGE))).status == 200
    assert [file.read_bytes() for file in files(folder)] == [LARGE]
    rows = await pool.fetch("SELECT sealed, object_bytes FROM body ORDER BY object_bytes NULLS FIRST")
    assert [tuple(row) for row in rows] == [(SMALL, None), (None, len(LARGE))]
    assert (await portal.read((record, LARGE), (record, SMALL))).content == {"bodies": [LARGE, SMALL]}


async def test_the_first_bodies_of_a_new_store_may_come_at_the_same_time(portal: Portal, folder: Path) -> None:
    answers = await asyncio.gather(*(portal.put((uuid4(), LARGE)) for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len(files(folder)) == 8


async def test_a_file_and_its_folder_are_on_disk_before_its_row_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        forced.append((path.name, (folder / "abc" / "name").exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    await Files(folder).put("abc/name", LARGE)
    assert forced == [("bodies", False), ("name.new", False), ("abc", True)]
    await Files(folder).delete("abc/name")
    assert forced[3:] == [("abc", False)]


class Interrupted(Files):
    """A folder that keeps a body, and whose caller does not live to hear of it."""

    async def put(self, name: str, content: bytes) -> None:
        await super().put(name, content)
        if "/" in name:
            raise BodyStoreAway("nobody hears this")


async def test_what_a_crash_left_between_object_and_row_is_swept_and_nothing_else(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    await portal.put((record, LARGE))
    [kept] = files(folder)
    crashing = replace(portal, app=build(pool, config, Outside(pool, Interrupted(folder), from_bytes=FROM_BYTES)))
    assert (await crashing.put((record, LARGE))).status == 503
    assert len(files(folder)) == 2
    assert await Outside(pool, Files(folder)).sweep() == 0      # It might still be going on.
    await later(pool)
    assert await Outside(pool, Files(folder)).sweep() == 1
    assert files(folder) == [kept]
    assert (await portal.read((record, LARGE))).content == {"bodies": [LARGE]}


class Slow(Files):
    """A folder that keeps what it is given only when told."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def put(self, name: str, content: bytes) -> None:
        if "/" in name:
            self.asked.set()
            await self.may.wait()
        await super().put(name, content)


async def test_a_body_given_up_while_it_was_written_is_not_acknowledged(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    slow = Slow(folder)
    putting = asyncio.create_task(
        replace(portal, app=build(pool, config, Outside(pool, slow, from_bytes=FROM_BYTES))).put((record, LARGE)))
    await slow.asked.wait()
    await later(pool)
    await pool.execute("UPDATE loose_object SET is_doomed = true")      # as a sweep begins
    slow.may.set()
    assert (await putting).status == 503
    assert (await portal.head(record)).content["bodies"] == 0
    assert files(folder) == []


async def test_a_missing_or_altered_object_is_lacking_until_it_is_put_again(
    portal: Portal, pool: asyncpg.Pool, folder: Path, record: UUID
) -> None:
    other = LARGE + b"other"
    [entry] = chain(record, [LARGE, other])
    await portal.put((record, LARGE), (record, other))
    await portal.append(entry)
    first, second = files(folder)
    first.unlink()
    second.write_bytes(b"altered")
    verified = (await portal.head(record, query="?verify=true")).content
    assert sorted(verified["lacking"]) == sorted(sha256(body).hexdigest() for body in (LARGE, other))
    assert (await portal.status())["damaged"] == 2
    assert (await portal.read((record, LARGE), (record, other))).content == {"bodies": [None, None]}
    await portal.put((record, LARGE), (record, other))
    assert (await portal.read((record, LARGE), (record, other))).content == {"bodies": [LARGE, other]}
    assert (await portal.status())["damaged"] == 0


async def test_export_and_challenge_tell_that_an_object_is_not_what_it_was(
    portal: Portal, folder: Path, record: UUID
) -> None:
    [entry] = chain(record, [LARGE])
    await portal.put((record, LARGE))
    await portal.append(entry)
    question = {"record": record, "bodies": [sha256(LARGE).digest()]}
    sound = (await portal.challenge(b"n" * 32, question)).content["answers"][0]["bodies"]
    assert sound == [sha256(b"carnet challenge 1" + b"n" * 32 + LARGE).digest()]
    [file] = files(folder)
    file.write_bytes(LARGE[:-1])
    assert (await portal.challenge(b"n" * 32, question)).content["answers"][0]["bodies"] == [None]
    [copy] = (await portal.export((record, 0))).content["copies"]
    assert (copy["bodies"], copy["lacking"]) == ([], [sha256(LARGE).digest()])


async def test_while_the_store_is_away_all_goes_on_that_needs_none_of_its_bodies(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    [entry] = chain(record, [LARGE, SMALL])
    await portal.put((record, LARGE), (record, SMALL))
    folder.rename(folder.with_name("away"))
    folder.mkdir()      # as when nothing is mounted there
    started = replace(portal, app=build(pool, config, Outside(pool, Files(folder), from_bytes=FROM_BYTES)))
    assert (await started.append(entry)).status == 200
    assert (await started.read((record, SMALL))).content == {"bodies": [SMALL]}
    assert (await started.put((record, b"small too"))).status == 200
    for refused in (await started.put((record, LARGE + b"2")), await started.read((record, LARGE))):
        assert (refused.status, refused.content["error"]) == (503, "storage")
    assert (await portal.read((record, LARGE))).status == 503       # nor for who saw it there a moment ago
    assert (await portal.status())["damaged"] == 0
    assert files(folder) == []
    folder.rmdir()
    folder.with_name("away").rename(folder)
    assert (await started.read((record, LARGE))).content == {"bodies": [LARGE]}


async def test_a_store_that_goes_while_a_body_is_written_acknowledges_nothing(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    slow = Slow(folder)
    putting = asyncio.create_task(
        replace(portal, app=build(pool, config, Outside(pool, slow, from_bytes=FROM_BYTES))).put((record, LARGE)))
    await slow.asked.wait()
    folder.rename(folder.with_name("away"))
    folder.mkdir()
    slow.may.set()
    assert (await putting).status == 503
    assert (await portal.head(record)).content["bodies"] == 0


async def test_the_store_of_another_host_is_not_used(
    portal: Portal, pool: asyncpg.Pool, folder: Path, record: UUID
) -> None:
    (folder / "carnet-host").write_text(uuid4().hex)
    assert (await portal.put((record, LARGE))).status == 503
    assert files(folder) == []


async def test_erasure_is_receipted_when_its_objects_are_gone_and_not_before(
    portal: Portal, folder: Path, record: UUID
) -> None:
    [entry] = chain(record, [LARGE])
    await portal.put((record, LARGE), (record, LARGE + b"unnamed"))
    await portal.append(entry)
    folder.chmod(0o500)
    [inner] = {file.parent for file in files(folder)}
    inner.rename(folder.with_name("away"))
    inner.write_text("in the way")      # What the folder holds cannot be reached, by whoever runs the test.
    refused = await portal.erase(record, 1)
    assert (refused.status, "receipt" in refused.content) == (503, False)
    assert (await portal.read((record, LARGE))).status == 410
    inner.unlink()
    folder.with_name("away").rename(inner)
    assert len(files(folder)) == 2
    erased = await portal.erase(record, 1)
    assert portal.receipt(erased, "erase") == [[str(record), 1, 1, 2]]
    assert files(folder) == []


async def test_erasure_waits_for_what_may_still_be_on_its_way_to_the_store(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    crashing = replace(portal, app=build(pool, config, Outside(pool, Interrupted(folder), from_bytes=FROM_BYTES)))
    assert (await crashing.put((record, LARGE))).status == 503
    assert (await portal.erase(record, 1)).status == 503
    await later(pool)
    assert (await portal.erase(record, 1)).status == 200
    assert files(folder) == []


async def test_collected_objects_wait_for_a_store_that_is_away(
    portal: Portal, outside: Outside, pool: asyncpg.Pool, folder: Path, record: UUID
) -> None:
    [entry] = chain(record, [])
    await portal.put((record, LARGE), end=100)
    await portal.append(entry)
    [file] = files(folder)
    file.parent.rename(folder / "kept")
    file.parent.write_text("in the way")
    assert (await portal.collect(record, entry.head, 200)).content["collected"] == [sha256(LARGE).digest()]
    file.parent.unlink()
    (folder / "kept").rename(file.parent)
    assert files(folder) == [file]
    assert await outside.sweep() == 1
    assert (files(folder), await outside.sweep()) == ([], 0)


async def test_what_the_store_holds_counts_for_the_capacity(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, folder: Path, record: UUID
) -> None:
    used = await pool.fetchval("SELECT pg_database_size(current_database())")
    limited = replace(config, capacity_bytes=used + 4_000_000)

    def anew() -> Portal:
        return replace(portal, app=build(pool, limited, Outside(pool, Files(folder), from_bytes=FROM_BYTES)))

    assert (await anew().put((record, b"x" * 5_000_000))).status == 200
    assert (await anew().status())["state"] == "full"


async def test_bodies_outside_are_unreachable_when_the_settings_name_no_store_any_more(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    await portal.put((record, LARGE), (record, SMALL))
    without = replace(portal, app=build(pool, config))
    assert (await without.read((record, SMALL))).content == {"bodies": [SMALL]}
    assert (await without.read((record, LARGE))).status == 503
    assert (await without.erase(record, 1)).status == 503
    assert (await portal.erase(record, 1)).status == 200


def test_an_address_of_a_store_is_a_folder_or_a_bucket_and_holds_no_credentials() -> None:
    assert isinstance(opened("file:///var/lib/bodies"), Files)
    assert isinstance(opened("s3://bodies?endpoint=http://127.0.0.1:8333&region=eu-west-3"), Bucket)
    for wrong in ("file://bodies", "bodies", "s3://", "s3://key:secret@bodies", "s3://bodies?acl=public", "file:///a?b"):
        with pytest.raises(InvalidSetting):
            opened(wrong)
