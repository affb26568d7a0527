"""What tests rely on without asking: an emptied database is a fresh one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import asyncpg
import pytest

from carnet.record.submit import submit
from carnet.roles.migrate import DATABASES
from carnet.roles.postgres import Postgres
from tests.databases import CreateDatabase, Databases, databases, looked_at
from tests.running import letter, lot, professional, running_platform

_OWN_TABLES = "SELECT oid::regclass::text, relkind = 'S' FROM pg_class WHERE relkind IN ('r', 'S') AND oid >= 16384"
_CATALOGUES = {
    "pg_class": "oid", "pg_attribute": "attrelid", "pg_attrdef": "oid", "pg_constraint": "oid",
    "pg_index": "indexrelid", "pg_trigger": "oid", "pg_proc": "oid", "pg_statistic": "starelid"}
APPEND_ONLY = """
    CREATE TABLE event (place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, said text, long int GENERATED ALWAYS
        AS (length(said)) STORED);
    CREATE TABLE about (place bigint REFERENCES event, at timestamptz DEFAULT clock_timestamp());
    CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'appended only'; END $$;
    CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON event FOR EACH ROW EXECUTE FUNCTION refused();
    CREATE TABLE only_row (name text, at timestamptz DEFAULT clock_timestamp());
    INSERT INTO only_row VALUES ('it''s; "one", \\ (row)')"""
USED = "INSERT INTO event (said) VALUES ('a'), ('b'); INSERT INTO about VALUES (1); UPDATE only_row SET name = NULL"


async def content(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """All that a statement could read of a database: every row, every sequence, every definition."""
    asked = {
        name: f"SELECT ({'last_value, is_called' if is_sequence else 't'})::text FROM {name} t"
        for name, is_sequence in await connection.fetch(_OWN_TABLES)}
    asked |= {
        name: f"SELECT to_jsonb(t)::text FROM {name} t WHERE {key} >= 16384" for name, key in _CATALOGUES.items()}
    return {name: sorted(row[0] for row in await connection.fetch(sql)) for name, sql in asked.items()}


@pytest.fixture
def own(cluster: Postgres) -> Iterator[Databases]:
    """Databases that no other test has used or will."""
    with closing(Databases(cluster)) as databases:
        yield databases


@pytest.fixture
async def empty(create_database: CreateDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A database without a table."""
    connection = await asyncpg.connect(await create_database("empty"))
    yield connection
    await connection.close()


async def content_of(cluster: Postgres, name: str) -> dict[str, list[str]]:
    """The content of the database of this name."""
    connection = await asyncpg.connect(cluster.url(name))
    try:
        return await content(connection)
    finally:
        await connection.close()


async def test_the_databases_of_a_platform_are_fresh_after_it(cluster: Postgres, own: Databases) -> None:
    used: dict[str, set[str]] = {which: set() for which in DATABASES}

    async def noted(which: str) -> str:
        url = await create(which)
        used[which].add(url.rpartition("/")[2])
        return url

    async with databases(cluster, own) as create, running_platform(noted) as platform:
        await platform.opened()
        await submit(professional(), lot(letter()), platform.stores)
        await platform.quiet()
    for which, names in used.items():
        fresh = await content_of(cluster, await own.make(which))
        assert [name for name in names if await content_of(cluster, name) != fresh]
        for _ in names:
            again = await own.take(which)
            assert again in names
            assert await content_of(cluster, again) == fresh


async def test_neither_triggers_nor_sequences_nor_references_keep_rows(empty: asyncpg.Connection) -> None:
    await empty.execute(APPEND_ONLY)
    fresh, before = await looked_at(empty, "any"), await content(empty)
    await empty.execute(USED)
    assert await content(empty) != before
    assert await fresh.empty(empty)
    assert await content(empty) == before


@pytest.mark.parametrize("change", [
    "CREATE TABLE other ()",
    "DROP TABLE about",
    "ALTER TABLE about ALTER at DROP DEFAULT",
    "ALTER TABLE event RENAME said TO told",
    "DROP TRIGGER kept ON event",
    "ALTER TABLE event DISABLE TRIGGER kept",
    "CREATE OR REPLACE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "CREATE INDEX ON event (said)",
    "ALTER TABLE about ADD CHECK (place > 0)",
    "ANALYZE only_row",
    "ALTER DATABASE {name} SET work_mem = '1MB'",
    "INSERT INTO event (said) SELECT repeat('long', 250) FROM generate_series(1, 5000)",
])
async def test_a_database_that_a_test_changed_is_not_used_again(empty: asyncpg.Connection, change: str) -> None:
    await empty.execute(APPEND_ONLY)
    fresh = await looked_at(empty, "any")
    await empty.execute(change.format(name=await empty.fetchval("SELECT current_database()")))
    assert not await fresh.empty(empty)


async def test_an_unchanged_database_is_used_again_and_again(own: Databases) -> None:
    name = await own.take("keys")
    for _ in range(3):
        own.give_back("keys", name)
        assert await own.take("keys") == name


async def test_a_database_that_somebody_still_works_in_is_dropped(cluster: Postgres, own: Databases) -> None:
    name = await own.take("keys")
    own.give_back("keys", name)
    left = await asyncpg.connect(cluster.url(name))
    assert await own.take("keys") != name
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await left.execute("SELECT 1")
