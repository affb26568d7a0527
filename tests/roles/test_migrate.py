"""Migrations: each runs once, whole or not at all, and two callers take turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import asyncpg
import pytest

from carnet.errors import InvalidSetting, Unavailable
from carnet.roles import migrate as room
from carnet.roles.migrate import DATABASES, Migration, migrate, migrations
from tests.conftest import CreateDatabase

FIRST = Migration("0001.before.first.sql", "CREATE TABLE first (id int); CREATE TABLE second (id int)")
GOES = Migration("0002.after.first_goes.sql", "DROP TABLE first")


@pytest.fixture
def these_files(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(*found: Migration) -> None:
        monkeypatch.setattr(room, "migrations", lambda which: list(found))

    return use


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


async def test_a_file_runs_once(create_database: CreateDatabase, these_files: Callable[..., None]) -> None:
    these_files(FIRST)
    url = await create_database("empty")
    assert await migrate(url, "host") == [FIRST.name]
    assert await migrate(url, "host") == []


async def test_two_callers_at_once_take_turns(
    create_database: CreateDatabase, these_files: Callable[..., None]
) -> None:
    these_files(FIRST)
    url = await create_database("empty")
    ran = await asyncio.gather(*[migrate(url, "host") for _ in range(3)])
    assert sorted(ran) == [[], [], [FIRST.name]]


async def test_what_may_go_after_the_old_code_waits(
    create_database: CreateDatabase, these_files: Callable[..., None]
) -> None:
    these_files(FIRST, GOES)
    url = await create_database("empty")
    assert await migrate(url, "host", only_before=True) == [FIRST.name]
    assert "first" in await tables(url)
    assert await migrate(url, "host") == [GOES.name]
    assert "first" not in await tables(url)


async def test_a_file_that_fails_leaves_nothing(
    create_database: CreateDatabase, these_files: Callable[..., None]
) -> None:
    these_files(Migration("0001.before.half.sql", "CREATE TABLE half (id int); SELECT 1/0"))
    url = await create_database("empty")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(url, "host")
    assert await tables(url) == {"schema_migration"}


async def test_a_file_changed_after_it_ran_is_refused(
    create_database: CreateDatabase, these_files: Callable[..., None]
) -> None:
    url = await create_database("empty")
    these_files(FIRST)
    await migrate(url, "host")
    these_files(Migration(FIRST.name, "SELECT 1"))
    with pytest.raises(Unavailable, match=r"0001\.before\.first"):
        await migrate(url, "host")


@pytest.mark.parametrize("names", [["1.before.short.sql"], ["0001.before.one.sql", "0001.after.two.sql"]])
def test_a_misnamed_or_doubled_file_is_refused(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Folder:
        def __truediv__(self, _: str) -> Folder:
            return self

        def iterdir(self) -> list[SimpleNamespace]:
            return [SimpleNamespace(name=name, read_text=lambda encoding: "SELECT 1") for name in names]

    monkeypatch.setattr(room, "files", lambda package: Folder())
    with pytest.raises(InvalidSetting):
        migrations("host")


@pytest.mark.parametrize("which", DATABASES)
async def test_every_database_takes_its_migrations(which: str, create_database: CreateDatabase) -> None:
    url = await create_database("empty")
    assert await migrate(url, which) == [migration.name for migration in migrations(which)]
