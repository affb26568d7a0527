"""The drill: a real backup of the portal's server, a day that goes on, and the restored portal with its hosts."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import NotPermitted, Unavailable
from carnet.record.authorise import block
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.reconcile.walk import Walk
from carnet.record.retrieve import retrieve
from carnet.record.submit import submit
from carnet.roles.backup import base_backup
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from carnet.roles.wiring import assembled, open_pool
from tests.backups import archived, recovered
from tests.conftest import CreateDatabase
from tests.running import DOCTOR, PATIENT, another_patient, letter, lot, patient, professional, running_platform


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="carnet-drill-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.slow
async def test_yesterdays_portal_with_todays_hosts(home: Path, create_database: CreateDatabase) -> None:
    server = Postgres(home / "portal")
    server.start()
    administration = await asyncpg.connect(server.url())
    await administration.execute("create database portal")
    await administration.close()
    await migrate(server.url("portal"), "portal")

    async def create(which: str) -> str:
        return server.url("portal") if which == "portal" else await create_database(which)

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
