"""`carnet keys` on real databases: what each command does, says and refuses."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.errors import Gone
from carnet.journal.database import Database
from carnet.journal.key_backup.format import SUFFIX
from carnet.journal.platform_key import PlatformKey
from carnet.journal.store import KeyStore
from carnet.roles import key_locking
from carnet.roles.cli import main
from carnet.roles.key_backup import pruned_of
from carnet.roles.key_files import make_key
from carnet.roles.platform_files import KeyFiles
from carnet.roles.platform_key import opened_platform_key
from carnet.roles.settings_read import read
from carnet.roles.unlocking import offer_to_all
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase
from tests.journal.hsm import PIN, soft_hsm

FIRST, OTHER = "une phrase de la première", "a phrase of the second"
Carnet = Callable[..., "tuple[int, str, str]"]


@dataclass
class Ground:
    """An installation: a folder with keys, and its two databases."""

    home: Path
    told: dict[str, str]
    keys: asyncpg.Pool
    portal: asyncpg.Pool

    def store(self) -> KeyStore:
        """The key store as another process has it."""
        return KeyStore(
            Database(self.keys), PlatformKey(KeyFiles(self.home / "keys" / "platform.key", demonstration=True)))

    async def traced(self, act: str) -> list[str]:
        """The steps of this act in the audit log."""
        rows = await self.portal.fetch(
            "select coalesce(detail->>'step', '') as step from audit_event where act = $1 order by at", act)
        return [row["step"] for row in rows]


@pytest.fixture
async def ground(
    create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Ground]:
    for name in ("platform", "audit"):
        make_key(tmp_path / "keys" / f"{name}.key", demonstration=True)
    urls = {which: await create_database(which) for which in ("keys", "portal")}
    told = {
        "CARNET_HOME": str(tmp_path), "CARNET_DEMONSTRATION": "true",
        **{f"CARNET_{which.upper()}_DATABASE_URL": url for which, url in urls.items()}}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    async with open_pool(urls["keys"], 2) as keys, open_pool(urls["portal"], 2) as portal:
        yield Ground(tmp_path, told, keys, portal)


@pytest.fixture
def carnet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Carnet:
    """Run `carnet keys` with these arguments and lines of input: its exit code, and what it said on both channels."""

    def run(*arguments: str, lines: tuple[str, ...] = ()) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", "keys", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        monkeypatch.setattr("carnet.roles.key_store.close_to_others", lambda: None)      # this process is pytest's
        monkeypatch.setattr("carnet.roles.key_locking.close_to_others", lambda: None)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


async def _records(store: KeyStore, count: int) -> list[UUID]:
    records = [uuid4() for _ in range(count)]
    for record in records:
        await store.create(record)
    return records


async def test_the_key_is_replaced_and_the_state_of_it_is_told(ground: Ground, carnet: Carnet) -> None:
    records = await _records(ground.store(), 3)
    code, out, _ = await asyncio.to_thread(carnet, "rotate", "--by", "nadia")
    assert (code, "version 2 is in force" in out, "3 keys wrapped again; retired: 1" in out) == (0, True, True)
    code, out, _ = await asyncio.to_thread(carnet, "status")
    assert code == 0
    for said in (
        "platform key 1: in the clear", "platform key 2: in the clear", "in force; wraps 3 keys", "wraps 0 keys",
        "ceiling: 6000 keys a minute", ": 3"):
        assert said in out, said
    for record in records:
        assert (await ground.store().keys_of(record)).record == record
    assert await ground.traced("rotate_platform_key") == ["begun", "done"]


async def test_a_rotation_waits_for_every_process_and_says_which_it_waited_for_in_vain(
    ground: Ground, carnet: Carnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carnet.roles.key_rotation.PATIENCE_SECONDS", 0.05)
    await _records(ground.store(), 1)
    await ground.keys.execute("insert into key_process (process, versions) values ('portal elsewhere 7', '{1}')")
    code, _, err = await asyncio.to_thread(carnet, "rotate")
    assert (code, "portal elsewhere 7" in err, "NOT in force" in err) == (2, True, True)
    assert await ground.keys.fetchval("select count(*) from wrapped_key where platform_key = 1") == 1
    await ground.keys.execute("update key_process set versions = '{1,2}'")
    assert (await asyncio.to_thread(carnet, "rotate"))[0] == 0
    assert await ground.keys.fetchval("select count(*) from wrapped_key where platform_key = 2") == 1


async def test_a_backup_is_whole_signed_and_opens(ground: Ground, carnet: Carnet, tmp_path: Path) -> None:
    store = ground.store()
    records = await _records(store, 5)
    await store.destroy(records[0])
    (tmp_path / "backups").mkdir()
    code, out, _ = await asyncio.to_thread(carnet, "backup", "backups")
    [file] = (tmp_path / "backups").iterdir()
    assert (code, "5 keys" in out, file.stat().st_mode & 0o777) == (0, True, 0o600)
    code, out, _ = await asyncio.to_thread(carnet, "restore-check", str(file))
    assert (code, "4 under version 1; 1 destroyed" in out, "sound: whole" in out) == (0, True, True)
    assert await ground.traced("backup_keys") == [""]


@pytest.mark.parametrize("how", ["one byte", "a line less", "a line more", "another key signed it", "cut off", "empty"])
async def test_a_backup_that_was_touched_is_refused_and_restores_nothing(
    ground: Ground, carnet: Carnet, tmp_path: Path, how: str
) -> None:
    await _records(ground.store(), 3)
    (tmp_path / "backups").mkdir()
    await asyncio.to_thread(carnet, "backup", "backups")
    [file] = (tmp_path / "backups").iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    match how:
        case "one byte":
            lines[2] = lines[2].replace(b"1", b"2", 1)
        case "a line less":
            del lines[2]
        case "a line more":
            lines.append(lines[2])
        case "another key signed it":
            (tmp_path / "keys" / "audit.key").unlink()
            make_key(tmp_path / "keys" / "audit.key", demonstration=True)
        case "cut off":
            del lines[-1]
        case "empty":
            lines = []
    file.write_bytes(b"".join(lines))
    await ground.keys.execute("delete from wrapped_key")
    for command in ("restore-check", "restore"):
        code, _, err = await asyncio.to_thread(carnet, command, str(file))
        assert (code, "backup" in err) == (2, True), err
    assert await ground.keys.fetchval("select count(*) from wrapped_key") == 0


async def test_keys_that_were_lost_come_back_and_those_destroyed_since_stay_destroyed(
    ground: Ground, carnet: Carnet, tmp_path: Path
) -> None:
    store = ground.store()
    lost, erased, there, destroyed_before = await _records(store, 4)
    await store.destroy(destroyed_before)
    kept = (await store.keys_of(lost)).entries.encrypt(bytes(12), b"text", None)
    (tmp_path / "backups").mkdir()
    await asyncio.to_thread(carnet, "backup", "backups")
    [file] = (tmp_path / "backups").iterdir()
    await store.destroy(erased)
    await ground.keys.execute("delete from wrapped_key where record_id = $1", lost)
    code, out, _ = await asyncio.to_thread(carnet, "restore", str(file))
    assert (code, "1 keys brought back, 3 were there" in out) == (0, True)
    again = ground.store()
    assert (await again.keys_of(lost)).entries.decrypt(bytes(12), kept, None) == b"text"
    assert (await again.keys_of(there)).record == there
    for record in (erased, destroyed_before):
        with pytest.raises(Gone):
            await again.keys_of(record)


async def test_an_old_backup_is_deleted_and_never_restored(ground: Ground, carnet: Carnet, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    await _records(ground.store(), 1)
    await asyncio.to_thread(carnet, "backup", "backups")
    [file] = folder.iterdir()
    now = await ground.keys.fetchval("select clock_timestamp()")
    (folder / f"broken{SUFFIX}").write_bytes(b"no backup\n")
    (folder / "other.txt").write_text("not ours")
    young = pruned_of(folder, now + timedelta(days=29), days=30)
    assert (young.deleted, young.kept, young.unread) == ((), (file,), (folder / f"broken{SUFFIX}",))
    monkey = pytest.MonkeyPatch()
    monkey.setattr("carnet.roles.key_restore.is_too_old", lambda *_, **__: True)
    code, _, err = await asyncio.to_thread(carnet, "restore", str(file))
    monkey.undo()
    assert (code, "older than 30 days" in err) == (2, True)
    old = pruned_of(folder, now + timedelta(days=30, seconds=2), days=30)
    assert (old.deleted, file.exists(), (folder / "other.txt").exists()) == ((file,), False, True)
    code, out, _ = await asyncio.to_thread(carnet, "prune", "backups")
    assert (code, "delete it by hand" in out) == (1, True)


async def test_a_version_is_destroyed_once_no_backup_can_need_it(
    ground: Ground, carnet: Carnet, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    [record] = await _records(ground.store(), 1)
    await asyncio.to_thread(carnet, "rotate")
    _, out, _ = await asyncio.to_thread(carnet, "prune", "backups", "--retired")
    assert ("no version was retired" in out, (ground.home / "keys" / "platform.key").exists()) == (True, True)
    await ground.keys.execute("update platform_key set retired_at = retired_at - interval '31 days'")
    _, out, _ = await asyncio.to_thread(carnet, "prune", "backups", "--retired")
    assert ("version 1" in out, (ground.home / "keys" / "platform.key").exists()) == (True, False)
    assert (await ground.store().keys_of(record)).record == record
    assert await ground.traced("destroy_platform_key") == [""]


async def test_the_key_is_locked_by_two_and_a_process_that_starts_waits_for_both(
    ground: Ground, carnet: Carnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    [record] = await _records(ground.store(), 1)
    before = (await ground.store().keys_of(record)).entries.encrypt(bytes(12), b"text", None)
    monkeypatch.setattr(key_locking.lock, "__kwdefaults__", {"cost": 2**4})
    code, _, err = await asyncio.to_thread(carnet, "lock", lines=(FIRST, "not the same at all", OTHER, OTHER))
    assert (code, "nothing was locked" in err) == (2, True)
    code, out, _ = await asyncio.to_thread(carnet, "lock", lines=(FIRST, FIRST, OTHER, OTHER))
    assert (code, "platform key 1: locked" in out, await ground.traced("lock_platform_key")) == (0, True, [""])
    assert FIRST not in (ground.home / "keys" / "platform.lock").read_text()
    assert "no process waits" in (await asyncio.to_thread(carnet, "unlock"))[1]

    async def starts() -> bytes:
        async with opened_platform_key(read(ground.told), role="portal") as key, open_pool(
            ground.told["CARNET_KEYS_DATABASE_URL"], 1) as pool:
            opened = await KeyStore(Database(pool), key).keys_of(record)
            return opened.entries.decrypt(bytes(12), before, None)

    starting = asyncio.create_task(starts())
    async with asyncio.timeout(30):
        while not await offer_to_all(ground.home):      # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert "WAITING to be unlocked: portal" in (await asyncio.to_thread(carnet, "status"))[1]
        code, out, _ = await asyncio.to_thread(carnet, "unlock", lines=("not one of the two",))
        assert (code, "WRONG" in out, "1 wrong so far" in out) == (1, True, True)
        while "not tried" in (said := (await asyncio.to_thread(carnet, "unlock", lines=(OTHER,)))[1]):     # noqa: ASYNC110
            await asyncio.sleep(0.1)
        assert "the second person is needed" in said
        assert "unlocked" in (await asyncio.to_thread(carnet, "unlock", lines=(FIRST,)))[1]
        assert await starting == b"text"


async def test_a_locked_key_is_replaced_by_its_two_people_and_running_processes_learn_of_it(
    ground: Ground, carnet: Carnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    [record] = await _records(ground.store(), 1)
    monkeypatch.setattr(key_locking.lock, "__kwdefaults__", {"cost": 2**4})
    await asyncio.to_thread(carnet, "lock", lines=(FIRST, FIRST, OTHER, OTHER))
    code, _, err = await asyncio.to_thread(carnet, "rotate", lines=(FIRST, FIRST))
    assert (code, "nothing was unlocked" in err) == (2, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{OTHER}\n{FIRST}\n"))
    async with opened_platform_key(read(ground.told), role="command") as key:
        running = KeyStore(Database(ground.keys), key)
        await running.keys_of(record)
        assert (await asyncio.to_thread(carnet, "rotate", lines=(FIRST, OTHER)))[0] == 0
        assert (ground.home / "keys" / "platform.2.key").read_text().startswith("locked ")
        running.forget(record)
        assert (await running.keys_of(record)).record == record     # nobody was asked again


async def test_the_pin_of_an_hsm_is_locked_and_its_first_key_made(
    ground: Ground, carnet: Carnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with soft_hsm(ground.home) as address:
        pin = ground.home / "keys" / "hsm.pin"
        pin.touch(mode=0o600)
        pin.write_text(PIN)
        (ground.home / "keys" / "platform.key").unlink()
        monkeypatch.setenv("CARNET_HSM_MODULE", address.module)
        monkeypatch.setattr(key_locking.lock, "__kwdefaults__", {"cost": 2**4})
        code, out, _ = await asyncio.to_thread(carnet, "rotate")
        assert (code, "version 1 of the platform key is made (hsm)" in out) == (0, True)
        assert "HSM PIN: locked" in (await asyncio.to_thread(carnet, "lock", lines=(FIRST, FIRST, OTHER, OTHER)))[1]
        assert PIN not in pin.read_text()
        code, out, _ = await asyncio.to_thread(carnet, "rotate", lines=(OTHER, FIRST))
        assert (code, "version 2 is in force" in out) == (0, True)


async def test_nothing_typed_or_kept_is_told_where_it_should_not(ground: Ground, carnet: Carnet) -> None:
    code, out, err = await asyncio.to_thread(carnet, "lock", lines=("short", "short", OTHER, OTHER))
    assert (code, "14 or more" in err, "short" in out + err) == (2, True, False)
    code, _, err = await asyncio.to_thread(carnet, "lock")
    assert (code, "nothing was given" in err) == (2, True)
    assert not (ground.home / "keys" / "platform.lock").exists()
