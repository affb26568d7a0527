"""A database server's changes kept in an archive, and a server on what was restored from it."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from carnet.roles.backup import receive, restore
from carnet.roles.postgres import Postgres
from carnet.roles.unprivileged import identity_for


@asynccontextmanager
async def archived(url: str, folder: Path) -> AsyncIterator[None]:
    """Receive all that is committed in this block: at its end the archive has it."""
    receiver = receive(url, folder)
    connection = await asyncpg.connect(url)
    yield
    committed = await connection.fetchval("select pg_current_wal_flush_lsn()")
    while not await connection.fetchval(        # noqa: ASYNC110  PostgreSQL offers nothing to wait on
        "select exists (select from pg_stat_replication where flush_lsn >= $1)", committed,
    ):
        await asyncio.sleep(0.02)
    await connection.close()
    receiver.send_signal(signal.SIGINT)
    await asyncio.to_thread(receiver.wait)


async def recovered(home: Path, name: str, backup: Path, original: Postgres, *, until: str = "") -> Postgres:
    """A server on what was restored, once it has recovered. Its user is the one that servers run as."""
    again = Postgres(home / name)
    again.folder.mkdir(mode=0o711)
    shutil.copy(original.folder / "password", again.folder / "password")
    restore(backup, again.folder / "data", until=until)
    user = identity_for(again.folder / "data")
    user.take_over(again.folder / "data")
    user.take_over(backup)
    backup.chmod(0o711)
    again.start()
    await _recovery(again.url())
    return again


async def _recovery(url: str) -> None:
    connection = await asyncpg.connect(url)
    while await connection.fetchval("select pg_is_in_recovery()"):      # noqa: ASYNC110  nothing to wait on
        await asyncio.sleep(0.02)
    await connection.close()
