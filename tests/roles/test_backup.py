"""Backups of a database server: a checked base copy, every change since, and any moment between brought back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from carnet.errors import CarnetError, InvalidSetting, Unavailable
from carnet.roles.backup import base_backup, described, prune, receive, restore, verify
from carnet.roles.postgres import Postgres
from carnet.roles.postgres_programs import connection_of
from carnet.roles.unprivileged import identity_for


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="carnet-backup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Postgres]:
    """A server that forces what it commits, as in production."""
    running = Postgres(home / "server")
    running.start()
    yield running
    running.stop()


@asynccontextmanager
async def archived(url: str, folder: Path) -> AsyncIterator[None]:
    """Receive all that is committed in this block: at its end the archive has it."""
    receiver = receive(url, folder)
    connection = await asyncpg.connect(url)
    yield
    committed = await connection.fetchval("select pg_current_wal_flush_lsn()")
    while not await connection.fetchval(
        "select exists (select from pg_stat_replication where flush_lsn >= $1 and application_name <> '')", committed,
    ):
        await asyncio.sleep(0.02)
    await connection.close()
    receiver.send_signal(signal.SIGINT)
    await asyncio.to_thread(receiver.wait)


def recovered(home: Path, name: str, backup: Path, original: Postgres, *, until: str = "") -> Postgres:
    """A server on what was restored, recovering as it starts. Its user is the one that servers run as."""
    again = Postgres(home / name)
    again.folder.mkdir(mode=0o711)
    shutil.copy(original.folder / "password", again.folder / "password")
    restore(backup, again.folder / "data", until=until)
    user = identity_for(again.folder / "data")
    user.take_over(again.folder / "data")
    user.take_over(backup)
    backup.chmod(0o711)
    again.start()
    return again


async def _numbers(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    while await connection.fetchval("select pg_is_in_recovery()"):
        await asyncio.sleep(0.02)
    rows = await connection.fetch("select number from kept order by number")
    await connection.close()
    return [row[0] for row in rows]


@pytest.mark.slow
async def test_any_moment_between_a_base_backup_and_the_last_commit_comes_back(home: Path, server: Postgres) -> None:
    folder, url = home / "backups", server.url()
    connection = await asyncpg.connect(url)
    await connection.execute("create table kept (number int)")
    async with archived(url, folder):
        await connection.execute("insert into kept values (1)")
        base = base_backup(url, folder)
        await connection.execute("insert into kept values (2)")
        moment = await connection.fetchval("select clock_timestamp()")
        await connection.execute("insert into kept values (3)")
    assert base.name in {each.name for each in (folder / "base").iterdir()}
    assert "base backup of" in described(folder) and "archive: " in described(folder)
    until = recovered(home, "until", folder, server, until=moment.isoformat())
    assert await _numbers(until.url()) == [1, 2]
    until.stop()
    all_of_it = recovered(home, "all", folder, server)
    assert await _numbers(all_of_it.url()) == [1, 2, 3]
    again = await asyncpg.connect(all_of_it.url())
    assert await again.fetchval("select current_setting('carnet.restored', true)")     # what a portal looks at
    await again.close()
    all_of_it.stop()
    await connection.close()


@pytest.mark.slow
def test_a_damaged_backup_is_refused_before_anything_is_restored(home: Path, server: Postgres) -> None:
    folder = home / "damaged"
    base = base_backup(server.url(), folder)
    largest = max((file for file in (base / "base").rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    with pytest.raises(Unavailable):
        verify(base)
    with pytest.raises(Unavailable):
        restore(folder, home / "never")
    assert not (home / "never").exists()


@pytest.mark.slow
def test_old_backups_go_and_the_last_one_stays(home: Path, server: Postgres) -> None:
    folder = home / "old"
    last = base_backup(server.url(), folder)
    for when in ("20200101T000000Z", "20200201T000000Z"):
        shutil.copytree(last, folder / "base" / when)
    assert prune(folder, days=30) == ["20200101T000000Z", "20200201T000000Z"]
    assert [each.name for each in (folder / "base").iterdir()] == [last.name]
    last.rename(last.with_name("20200301T000000Z"))
    assert prune(folder, days=30) == []


def test_a_server_that_is_not_there_leaves_nothing_that_looks_like_a_backup(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        base_backup("postgresql://nobody:nothing@127.0.0.1:1/portal", tmp_path)
    assert list((tmp_path / "base").iterdir()) == []


def test_no_password_stands_in_a_list_of_processes() -> None:
    environment = connection_of("postgresql://carnet:s%40cret@127.0.0.1:5441/portal")
    assert (environment["PGPASSWORD"], environment["PGUSER"], environment["PGPORT"]) == ("s@cret", "carnet", "5441")


@pytest.mark.parametrize("until", ["yesterday", "2026-05-01T12:30:00", "1999-01-01T00:00:00+00:00"])
def test_a_moment_that_is_none_or_before_all_backups_is_refused(tmp_path: Path, until: str) -> None:
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    (tmp_path / "base" / name).mkdir(parents=True)
    (tmp_path / "base" / name / "backup_manifest").touch()
    with pytest.raises(InvalidSetting):
        restore(tmp_path, tmp_path / "into", until=until)
    with pytest.raises(CarnetError):
        restore(tmp_path / "base" / name, tmp_path / "into")
    assert not (tmp_path / "into").exists()
    assert os.listdir(tmp_path) == ["base"]
