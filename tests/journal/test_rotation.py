"""The platform key is replaced while portals work: nothing is lost, nothing waits, nothing that was erased is back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.errors import Gone, IntegrityError, Unavailable
from carnet.hosting.copies import Budgets
from carnet.journal import store as key_store
from carnet.journal.database import Database
from carnet.journal.hsm.client import Hsm
from carnet.journal.key_versions import rotation as rotation_module
from carnet.journal.key_versions.rotation import Rotation
from carnet.journal.key_versions.store import VersionStore
from carnet.journal.keys import new_record_key
from carnet.journal.platform_key import HeldKeys, PlatformKey
from carnet.journal.store import KeyStore
from carnet.record.open_record import open_record
from carnet.record.retrieve import retrieve
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.roles.key_files import make_key, written
from carnet.roles.lock_file import write_secret
from carnet.roles.platform_files import KeyFiles
from carnet.roles.wiring import assembled, open_pool
from tests.conftest import CreateDatabase
from tests.journal.hsm import PIN, soft_hsm
from tests.running import CONSENT, Platform, another_patient, letter, lot, professional


@pytest.fixture
async def keys(create_database: CreateDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(await create_database("keys"), 4) as pool:
        yield pool


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation_module, "BATCH", 3)


def held(*keys: bytes) -> PlatformKey:
    return PlatformKey(HeldKeys(dict(enumerate(keys, 1))))


async def records_in(store: KeyStore, count: int) -> list[UUID]:
    records = [uuid4() for _ in range(count)]
    for record in records:
        await store.create(record)
    return records


async def sealed_by(store: KeyStore, records: Sequence[UUID]) -> list[bytes]:
    """What shows whether working keys are the same: a text sealed with them."""
    keys = [await store.keys_of(record) for record in records]
    return [each.entries.encrypt(bytes(12), b"text", None) + each.bodies.encrypt(bytes(12), b"", None) for each in keys]


async def under(pool: asyncpg.Pool) -> dict[int, int]:
    return dict(await pool.fetch(
        "select platform_key, count(*) from wrapped_key where wrapped is not null group by platform_key"))


async def test_every_key_is_wrapped_again_and_no_working_key_changes(keys: asyncpg.Pool, small_batches: None) -> None:
    platform_key = held(new_record_key())
    store = KeyStore(Database(keys), platform_key)
    records = await records_in(store, 10)
    before = await sealed_by(store, records)
    rotation = Rotation(store)
    version = await rotation.made()
    await rotation.put_in_force(version)
    assert (version, await rotation.wrap_again(version), await under(keys)) == (2, 10, {2: 10})
    assert await rotation.retired(version) == [1]
    assert await sealed_by(KeyStore(Database(keys), platform_key), records) == before
    alone = PlatformKey(HeldKeys({2: platform_key._holders[0]._keys[2]}))   # type: ignore[attr-defined]
    assert await sealed_by(KeyStore(Database(keys), alone), records) == before


async def test_a_rotation_that_was_stopped_goes_on_where_it_was(keys: asyncpg.Pool, small_batches: None) -> None:
    store = KeyStore(Database(keys), held(new_record_key()))
    await records_in(store, 10)
    assert await Rotation(store).made() == 2
    assert await Rotation(store).made() == 2        # stopped before it was in force
    await Rotation(store).put_in_force(2)

    def stopped(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Rotation(store).wrap_again(2, stopped)
    assert await under(keys) == {1: 7, 2: 3}
    again = Rotation(store)
    assert (await again.made(), await again.wrap_again(2), await under(keys)) == (2, 7, {2: 10})
    assert (await again.retired(2), await again.made()) == ([1], 3)


async def test_a_version_that_still_wraps_something_is_not_retired(keys: asyncpg.Pool) -> None:
    store = KeyStore(Database(keys), held(new_record_key()))
    await records_in(store, 1)
    rotation = Rotation(store)
    await rotation.put_in_force(await rotation.made())
    assert await rotation.retired(2) == []


async def test_a_new_key_is_wrapped_by_what_is_in_force_even_where_it_was_not_heard_of(keys: asyncpg.Pool) -> None:
    platform_key = held(new_record_key())
    late = KeyStore(Database(keys), platform_key)
    await records_in(late, 1)
    rotation = Rotation(KeyStore(Database(keys), platform_key))
    await rotation.put_in_force(await rotation.made())
    await records_in(late, 1)
    assert await under(keys) == {1: 1, 2: 1}
    await rotation.wrap_again(2)
    await rotation.retired(2)
    await records_in(late, 1)
    assert await under(keys) == {2: 3}


async def test_a_key_that_is_destroyed_while_it_is_wrapped_again_stays_destroyed(keys: asyncpg.Pool) -> None:
    store = KeyStore(Database(keys), held(new_record_key()))
    records = await records_in(store, 3)
    rotation = Rotation(store)
    await rotation.put_in_force(await rotation.made())
    rows = await store.versions.batch(None, before=2, limit=10)
    await store.destroy(records[1])
    assert await store.versions.wrapped_again(2, [(row, b"wrapped again") for row in rows]) == 2
    with pytest.raises(Gone):
        await store.keys_of(records[1])


async def test_a_damaged_key_is_named_and_left_as_it_is(keys: asyncpg.Pool) -> None:
    store = KeyStore(Database(keys), held(new_record_key()))
    records = await records_in(store, 3)
    await keys.execute("update wrapped_key set wrapped = $2 where record_id = $1", records[0], bytes(40))
    rotation = Rotation(store)
    await rotation.put_in_force(await rotation.made())
    assert (await rotation.wrap_again(2), rotation.damaged, await rotation.retired(2)) == (2, [records[0]], [])


async def test_another_key_under_the_same_number_is_refused(keys: asyncpg.Pool) -> None:
    await records_in(KeyStore(Database(keys), held(new_record_key())), 1)
    for wrong in (held(new_record_key()), held(new_record_key(), new_record_key())):
        with pytest.raises(IntegrityError):
            await KeyStore(Database(keys), wrong).look()


async def test_a_key_store_from_before_versions_is_taken_over_only_by_the_key_that_opens_it(keys: asyncpg.Pool) -> None:
    right = held(new_record_key())
    [record] = await records_in(KeyStore(Database(keys), right), 1)
    await keys.execute("delete from platform_key")      # as the migration leaves it
    with pytest.raises(IntegrityError):
        await KeyStore(Database(keys), held(new_record_key())).look()
    assert await keys.fetchval("select count(*) from platform_key") == 0
    store = KeyStore(Database(keys), right)
    assert (await store.look(), await sealed_by(store, [record])) == (1, await sealed_by(store, [record]))


async def test_a_version_that_is_not_on_this_machine_is_waited_for(keys: asyncpg.Pool, tmp_path: Path) -> None:
    make_key(tmp_path / "platform.key", demonstration=False)
    here, elsewhere = (PlatformKey(KeyFiles(tmp_path / "platform.key", demonstration=False)) for _ in range(2))
    store = KeyStore(Database(keys), here)
    [record] = await records_in(store, 1)
    other = KeyStore(Database(keys), elsewhere)
    await other.look()
    rotation = Rotation(store)
    async with other.beating("other"):
        await rotation.made()
        (tmp_path / "platform.2.key").rename(tmp_path / "not.here.yet")
        assert await rotation.lacking(2) == ["other"]
        await rotation.put_in_force(2)      # against the advice of the line above
        await rotation.wrap_again(2)
        with pytest.raises(Unavailable, match="version 2"):
            await other.keys_of(record)
        (tmp_path / "not.here.yet").rename(tmp_path / "platform.2.key")
        assert await sealed_by(other, [record]) == await sealed_by(store, [record])


async def test_the_key_moves_from_a_file_into_an_hsm_and_on_inside_it(keys: asyncpg.Pool, tmp_path: Path) -> None:
    with soft_hsm(tmp_path) as address:
        hsm = Hsm(address, PIN)
        make_key(tmp_path / "platform.key", demonstration=False)
        files = KeyFiles(tmp_path / "platform.key", demonstration=False)
        store = KeyStore(Database(keys), PlatformKey(files))
        records = await records_in(store, 5)
        before = await sealed_by(store, records)
        store = KeyStore(Database(keys), PlatformKey(files, hsm))
        for version in (2, 3):
            rotation = Rotation(store)
            assert await rotation.made() == version
            await rotation.put_in_force(version)
            assert (await rotation.wrap_again(version), await rotation.retired(version)) == (5, [version - 1])
        assert await hsm.look() == {2, 3}
        alone = KeyStore(Database(keys), PlatformKey(hsm))
        assert await sealed_by(alone, records) == before
        await records_in(alone, 1)
        assert await under(keys) == {3: 6}
        await hsm.close()


@asynccontextmanager
async def two_portals(platform: Platform, first: Path) -> AsyncIterator[tuple[Stores, Stores]]:
    """Two processes of a portal, each with key files of its own reading, on the key that the platform began with."""
    write_secret(first, written(platform.parts.platform_key._holders[0]._keys[1]))  # type: ignore[attr-defined]
    parts = [
        dataclasses.replace(
            platform.parts, platform_key=PlatformKey(KeyFiles(first, demonstration=False)), budgets=Budgets(10, 30))
        for _ in range(2)]      # the machine of a test may be slow
    async with (
        assembled(parts[0], platform.portal, platform.keys) as one,
        assembled(parts[1], platform.portal, platform.keys) as other,
    ):
        yield one, other


class Deposits:
    """Records are opened and fed, by turns through one portal and the other, until it is enough."""

    def __init__(self, portals: tuple[Stores, Stores]) -> None:
        self.portals = portals
        self.deposited: list[tuple[str, bytes]] = []
        self.more = asyncio.Condition()
        self.is_enough = False

    async def go_on(self, first: int) -> None:
        number = first
        while not self.is_enough:
            number += 1
            who = another_patient(number)
            await open_record(professional(), who, CONSENT, self.portals[number % 2])
            for portal in self.portals:
                document = letter(of=who)
                await submit(professional(), lot(document), portal)
                self.deposited.append((document.entry.unique_id, document.content))
            async with self.more:
                self.more.notify_all()

    async def two_more(self) -> None:
        """Two more records were fed."""
        enough = len(self.deposited) + 4
        async with self.more:
            await self.more.wait_for(lambda: len(self.deposited) >= enough)


async def test_the_key_is_replaced_under_the_deposits_of_two_portals(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_batches: None,
) -> None:
    monkeypatch.setattr(key_store, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(key_store, "CACHE_SECONDS", 0.0)     # every reading opens a wrapped key
    first = tmp_path / "platform.key"
    async with two_portals(platform, first) as portals, asyncio.timeout(60), asyncio.TaskGroup() as working:
        deposits = Deposits(portals)
        started = [each.name for each in await VersionStore(Database(platform.keys)).processes()]
        without_files = min(started, key=lambda name: int(name.split()[2].partition(".")[2]))
        for start in (1000, 2000):
            working.create_task(deposits.go_on(start))
        rotation = Rotation(KeyStore(Database(platform.keys), PlatformKey(KeyFiles(first, demonstration=False))))
        await deposits.two_more()
        assert await rotation.made() == 2
        while set(await rotation.lacking(2)) != {without_files}:     # noqa: ASYNC110  their beats are rows
            await asyncio.sleep(0.01)
        await deposits.two_more()
        await rotation.put_in_force(2)
        assert await rotation.wrap_again(2) > 0
        await deposits.two_more()
        await rotation.wrap_again(2)
        assert await rotation.retired(2) == [1]
        await deposits.two_more()
        deposits.is_enough = True
    assert await under(platform.keys) == {2: await platform.keys.fetchval("select count(*) from wrapped_key")}
    async with two_portals(platform, first) as portals:
        for portal in portals:
            for unique_id, content in deposits.deposited:
                assert (await retrieve(professional(), unique_id, portal)).content == content
