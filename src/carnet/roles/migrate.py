"""Migrate: bring a database to the shape this version of the code expects.

Files `NNNN.before.<what>.sql` run before the new code starts, `NNNN.after.<what>.sql` once no old code runs any more.
Each file and the note that it ran are one transaction; two callers at once take turns (docs/decisions/0002).
May import: errors, and `settings` of this room.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import asyncpg

from carnet.errors import InvalidSetting, Issue, Unavailable
from carnet.roles.settings import Settings

_FOLDERS = {
    "portal": ("carnet.roles", "migrations/portal"),
    "keys": ("carnet.roles", "migrations/keys"),
    "host": ("carnet.host", "migrations"),
}
DATABASES = tuple(_FOLDERS)
_NAME = re.compile(r"(\d{4})\.(before|after)\.[a-z0-9_]+\.sql")
_TURN = int.from_bytes(b"carnet", "big")  # Names the advisory lock, which ends with its connection, even by a crash.


@dataclass(frozen=True, slots=True)
class Migration:
    """One file, known by its number; its text never changes once it ran somewhere."""

    name: str
    sql: str

    @property
    def number(self) -> str:
        """What orders it."""
        return self.name[:4]

    @property
    def waits_for_old_code_to_end(self) -> bool:
        """True for the `after` files."""
        return self.name[5:].startswith("after.")

    @property
    def sha256(self) -> bytes:
        """What notices that a file was changed after it ran."""
        return hashlib.sha256(self.sql.encode()).digest()


def migrations(which: str) -> list[Migration]:
    """All files of one database, in order. A misnamed or doubled file is an error, never ignored."""
    if which not in _FOLDERS:
        raise InvalidSetting(Issue("value", f"no such database; accepted: {', '.join(DATABASES)}", which))
    package, path = _FOLDERS[which]
    found = sorted(
        (_read(file) for file in (files(package) / path).iterdir() if file.name.endswith(".sql")),
        key=lambda migration: migration.name,
    )
    numbers = [migration.number for migration in found]
    if len(set(numbers)) != len(numbers):
        raise InvalidSetting(Issue("value", f"two migrations have the same number among {numbers}", which))
    return found


async def migrate(url: str, which: str, *, only_before: bool = False) -> list[str]:
    """Run what has not run yet and return the names. `only_before` stops at the first `after` file."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _TURN)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (name text PRIMARY KEY, sha256 bytea NOT NULL,"
            " at timestamptz NOT NULL DEFAULT now())"
        )
        pending = await _pending(connection, which)
        ran = []
        for migration in pending:
            if only_before and migration.waits_for_old_code_to_end:
                break
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "INSERT INTO schema_migration (name, sha256) VALUES ($1, $2)", migration.name, migration.sha256
                )
            ran.append(migration.name)
        return ran
    finally:
        await connection.close()


async def pending_of(url: str, which: str) -> list[str]:
    """The names of what has not run yet. Changes nothing."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('schema_migration') IS NULL"):
            return [migration.name for migration in migrations(which)]
        return [migration.name for migration in await _pending(connection, which)]
    finally:
        await connection.close()


async def migrate_all(settings: Settings, only: str | None = None, *, only_before: bool = False) -> list[str]:
    """Run what has not run yet on the databases that the settings name, or on one of them. Says what ran."""
    urls = {
        "portal": settings.portal_database_url,
        "keys": settings.keys_database_url,
        "host": settings.host_database_url,
    }
    if only is not None:
        migrations(only)
        settings.require({"portal": "portal_database_url", "keys": "keys_database_url"}.get(only, "host_database_url"))
    said = []
    for which, url in urls.items():
        if url and only in (None, which):
            ran = await migrate(url, which, only_before=only_before)
            said.append(f"{which}: {', '.join(ran) or 'nothing to do'}")
    return said


async def _pending(connection: asyncpg.Connection, which: str) -> list[Migration]:
    ran = dict(await connection.fetch("SELECT name, sha256 FROM schema_migration"))
    for migration in (known := migrations(which)):
        if ran.get(migration.name, migration.sha256) != migration.sha256:
            raise Unavailable(f"the migration {migration.name} was changed after it ran on this {which} database")
    return [migration for migration in known if migration.name not in ran]


def _read(file: Traversable) -> Migration:
    if _NAME.fullmatch(file.name) is None:
        raise InvalidSetting(Issue("value", "accepted: 0001.before.<what>.sql or 0001.after.<what>.sql", file.name))
    return Migration(file.name, file.read_text(encoding="utf-8"))
