"""The drill: a real backup of a server, a day that goes on, and what was restored among those that went on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import NotPermitted, Unavailable
from carnet.host.store import open_pool as open_host_pool
from carnet.hosting.client import HostClient
from carnet.record.authorise import block
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.reconcile.host import at_host
from carnet.record.reconcile.streams import batches
from carnet.record.reconcile.walk import Walk
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.roles.backup import base_backup
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from carnet.roles.wiring import assembled, open_pool
from tests.backups import archived, recovered
from tests.conftest import CreateDatabase
from tests.running import (
    DOCTOR,
    PATIENT,
    Platform,
    another_patient,
    letter,
    lot,
    patient,
    professional,
    running_platform,
)


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="carnet-drill-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


async def _server(home: Path, name: str) -> tuple[Postgres, str]:
    """A server of its own for one migrated database, and its address."""
    server = Postgres(home / name)
    server.start()
    administration = await asyncpg.connect(server.url())
    await administration.execute(f"create database {name}")
    await administration.close()
    await migrate(server.url(name), name)
    return server, server.url(name)


@pytest.mark.slow
async def test_yesterdays_portal_with_todays_hosts(home: Path, create_database: CreateDatabase) -> None:
    server, url = await _server(home, "portal")

    async def create(which: str) -> str:
        return url if which == "portal" else await create_database(which)

    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running_platform(create))
        before, after, other = letter(), letter("Le lendemain."), another_patient(4)
        async with archived(server.url(), home / "backups"):
            record = await platform.opened()
            await submit(professional(), lot(before), platform.stores)
            await platform.quiet()
            base_backup(server.url(), home / "backups")
            moment = await platform.portal.fetchval("select clock_timestamp()")
            await submit(professional(), lot(after), platform.stores)
            since = await platform.opened(other)
            await block(patient(), PATIENT.ins, DOCTOR.ps_id, platform.stores)
            await platform.quiet()
            await platform.stores.guard.look()
        heads = await platform.heads(record)
        await platform.portal.close()
        server.stop()
        again = await recovered(home, "again", home / "backups", server, until=moment.isoformat())
        stack.callback(again.stop)
        pool = await stack.enter_async_context(open_pool(again.url("portal"), 6))
        stores = await stack.enter_async_context(
            assembled(replace(platform.parts), pool, platform.keys))
        platform.stores, platform.portal = stores, pool
        with pytest.raises(Unavailable):
            await find(patient(), PATIENT.ins, Criteria(), stores)
        assert await Walk(stores, stores.guard, Ed25519PrivateKey.generate()).run()
        reconcile = await stores.guard.store.reconcile()
        assert reconcile is not None
        assert await stores.guard.store.counts(reconcile.reconcile_id) == {"adopted": 1, "rebuilt": 1}
        assert await platform.heads(record) == heads
        assert await stores.record_of(other.ins) == since
        for document in (before, after):
            found = await retrieve(patient(), document.entry.unique_id, stores)
            assert found.content == document.content
        with pytest.raises(NotPermitted):
            await find(professional(), PATIENT.ins, Criteria(), stores)


@pytest.mark.slow
async def test_yesterdays_host_with_todays_portal(home: Path, create_database: CreateDatabase) -> None:
    server, url = await _server(home, "host")
    given: list[str] = []

    async def create(which: str) -> str:
        if which != "host":
            return await create_database(which)
        given.append(which)
        return url if len(given) == 3 else await create_database(which)     # the reference operator comes last

    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running_platform(create))
        host, other = platform.hosts["reference"], another_patient(4)
        record = await platform.opened()
        await submit(professional(), lot(letter()), platform.stores)
        await platform.quiet()
        async with archived(server.url(), home / "backups"):
            base_backup(server.url(), home / "backups")
            moment = await host.pool.fetchval("select clock_timestamp()")
            await submit(professional(), lot(letter("Le lendemain.")), platform.stores)
            since = await platform.opened(other)
            await platform.quiet()
        await platform.worker.watch_hosts()
        await host.stop()
        await host.pool.close()
        server.stop()
        again = await recovered(home, "again", home / "backups", server, until=moment.isoformat())
        stack.callback(again.stop)
        host.pool = await open_host_pool(again.url("host"))
        stack.push_async_callback(host.pool.close)
        await host.start()
        batch = await anext(batches(
            platform.stores.guard.store, platform.stores.guard.marks, {"reference": host_client(platform)},
            after=UUID(int=0)))
        differed = {(each.kind, each.record) for found in batch.found for each in at_host(found, "reference")}
        assert differed == {("behind", record), ("behind", since)}
        await platform.worker.watch_hosts()         # its boot is another one: what it lacks is noted
        await platform.quiet()
        assert len(await platform.heads(record)) == len(await platform.heads(since)) == 1


def host_client(platform: Platform) -> HostClient:
    """The restored host, asked again at once."""
    client = platform.stores.copies.clients["reference"]
    for circuit in (client.puts, client.reads, client.writes):
        circuit.succeeded(0)
    return client
