"""Databases of tests: copied from a migrated template, emptied after use, and used again.

Emptying takes a hundredth of what making and dropping takes. An emptied database holds the rows, the sequences and
the definitions of a fresh one (tests/test_databases.py); one whose definitions a test changed is dropped instead.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from threading import Thread

import asyncpg

from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres

CreateDatabase = Callable[[str], Awaitable[str]]
_GROWN_BYTES = 4 * 1024 * 1024      # what deleted rows may take on the disk before a database is dropped
_OURS = "who empties databases"
_numbers = count(1)

_TABLES = """
    SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"""
_SEQUENCES = "SELECT format('%I.%I', schemaname, sequencename) AS name FROM pg_sequences ORDER BY 1"

# What PostgreSQL itself came with has lesser numbers. `xmin` tells one version of a definition from the next.
_DEFINITIONS = ",".join(
    f"(SELECT (count(*), max({key}::bigint), max(xmin::text::bigint))::text FROM {catalogue} WHERE {key} >= 16384)"
    for catalogue, key in {
        "pg_class": "oid", "pg_attribute": "attrelid", "pg_attrdef": "oid", "pg_constraint": "oid",
        "pg_index": "indexrelid", "pg_trigger": "oid", "pg_rewrite": "oid", "pg_proc": "oid", "pg_type": "oid",
        "pg_policy": "oid", "pg_namespace": "oid", "pg_statistic": "starelid",
    }.items())
_STATE = f"""
    SELECT concat_ws(';', {_DEFINITIONS},
        (SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
         WHERE datname = current_database())) AS definitions,
    (SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
     WHERE oid >= 16384 AND relkind = 'r') AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
     AND backend_type = 'client backend' AND application_name <> '{_OURS}') AS others"""


@dataclass(frozen=True)
class Fresh:
    """What a database of one kind is when nobody has used it."""

    template: str
    definitions: str
    bytes: int
    emptying: str

    async def empty(self, connection: asyncpg.Connection) -> bool:
        """Make the connection's database as fresh; False when it must be dropped instead."""
        definitions, now_bytes, others = await connection.fetchrow(_STATE)
        if definitions != self.definitions or now_bytes > self.bytes + _GROWN_BYTES or others:
            return False
        await connection.execute(self.emptying)
        return True


async def looked_at(connection: asyncpg.Connection, template: str) -> Fresh:
    """How this database is now, before anybody uses it."""
    orders = ["BEGIN", "SET LOCAL session_replication_role = replica"]      # no trigger forbids it, no order matters
    tables = [row[0] for row in await connection.fetch(_TABLES)]
    orders += [f"DELETE FROM {table}" for table in tables]
    for table in tables:
        for [row] in await connection.fetch(f"SELECT quote_literal(t::text) FROM {table} AS t"):
            orders.append(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT ({row}::{table}).*")
    for [name] in await connection.fetch(_SEQUENCES):
        value, was_called = await connection.fetchrow(f"SELECT last_value, is_called FROM {name}")
        orders.append(f"SELECT setval('{name}', {value}, {was_called})")
    definitions, now_bytes, _ = await connection.fetchrow(_STATE)
    return Fresh(template, definitions, now_bytes, ";".join([*orders, "COMMIT"]))


class Databases:
    """The databases of one cluster: how each kind is when fresh, and those that no test uses now.

    A thread of its own keeps a connection to each, whatever the loop of the test: connecting costs more than emptying.
    """

    def __init__(self, cluster: Postgres) -> None:
        self._cluster = cluster
        self._fresh: dict[str, Fresh] = {}
        self._used: dict[str, list[str]] = defaultdict(list)
        self._lines: dict[str, asyncpg.Connection] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    async def take(self, which: str) -> str:
        """The name of a database that equals a fresh one and is nobody else's."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._take(which), self._loop))

    async def make(self, which: str) -> str:
        """The name of a new copy of the template."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._make(which), self._loop))

    def give_back(self, which: str, name: str) -> None:
        """The test is over: another may have it."""
        self._used[which].append(name)

    def close(self) -> None:
        """Close the connections, so that the cluster can stop in order."""
        asyncio.run_coroutine_threadsafe(self._hang_up(*self._lines), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _take(self, which: str) -> str:
        if which not in self._fresh:
            await self._make_template(which)
        used = self._used[which]
        while used:
            name = used.pop(0)      # the one whose last connections ended longest ago
            if await self._emptied(which, name):
                return name
            await self._hang_up(name)
            await self._order(f'DROP DATABASE "{name}" WITH (FORCE)')
        return await self._make(which)

    async def _make(self, which: str) -> str:
        name = f"test_{which}_{next(_numbers)}"
        await self._order(f'CREATE DATABASE "{name}" TEMPLATE "{self._fresh[which].template}" STRATEGY FILE_COPY')
        return name

    async def _emptied(self, which: str, name: str) -> bool:
        try:
            return await self._fresh[which].empty(await self._line(name))
        except (asyncpg.InterfaceError, asyncpg.PostgresError, OSError):    # somebody cut this line, or holds a lock
            return False

    async def _make_template(self, which: str) -> None:
        template = f"template_{which}_{next(_numbers)}"
        await self._order(f'CREATE DATABASE "{template}"')
        if which != "empty":
            await migrate(self._cluster.url(template), which)
        self._fresh[which] = await looked_at(await self._line(template), template)
        await self._hang_up(template)       # nobody may be there when it is copied

    async def _order(self, statement: str) -> None:
        await (await self._line("postgres")).execute(statement)

    async def _line(self, name: str) -> asyncpg.Connection:
        if name not in self._lines:
            self._lines[name] = await asyncpg.connect(
                self._cluster.url(name), server_settings={"lock_timeout": "2s", "application_name": _OURS})
        return self._lines[name]

    async def _hang_up(self, *names: str) -> None:
        for name in names:
            if (line := self._lines.pop(name, None)) is not None:
                await line.close()


@asynccontextmanager
async def databases(cluster: Postgres, templates: Databases) -> AsyncIterator[CreateDatabase]:
    """What gives migrated databases of this cluster, until the block ends."""
    given: list[tuple[str, str]] = []

    async def create(which: str) -> str:
        name = await templates.take(which)
        given.append((which, name))
        return cluster.url(name)

    yield create
    for which, name in given:
        templates.give_back(which, name)
