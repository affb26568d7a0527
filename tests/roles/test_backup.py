"""Backups of a database server: a checked base copy, every change since, and any moment between brought back."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from carnet.errors import CarnetError, InvalidSetting, Unavailable
from carnet.roles.backup import base_backup, described, prune, restore, verify
from carnet.roles.postgres import Postgres
from carnet.roles.postgres_programs import connection_of
from tests.backups import archived, recovered


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


async def _numbers(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
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
    assert [line.partition(" ")[0] for line in described(folder).splitlines()] == ["base", "archive:"]
    until = await recovered(home, "until", folder, server, until=moment.isoformat())
    assert await _numbers(until.url()) == [1, 2]
    until.stop()
    all_of_it = await recovered(home, "all", folder, server)
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
    assert [each.name for each in tmp_path.iterdir()] == ["base"]
