"""A host on an emptied database, and a portal whose orders it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.store import open_pool
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from tests.host.portal import HOST, Portal

_KEY, _ERASURE, _RECEIPTS = (Ed25519PrivateKey.generate() for _ in range(3))


@pytest.fixture(scope="session")
def host_database(cluster: Postgres) -> str:
    """One database for all tests of the host: emptying it is ten times faster than making one."""

    async def make() -> None:
        administration = await asyncpg.connect(cluster.url())
        await administration.execute("CREATE DATABASE host_of_tests")
        await administration.close()
        await migrate(cluster.url("host_of_tests"), "host")

    asyncio.run(make())
    return cluster.url("host_of_tests")


@pytest.fixture
async def pool(host_database: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(host_database)
    await pool.execute("DELETE FROM record; DELETE FROM entry; DELETE FROM body; DELETE FROM named_body;"
                       "DELETE FROM ticket; UPDATE portal SET epoch = 0; DELETE FROM erasure_day;"
                       "DELETE FROM approval; DELETE FROM daily_count; DELETE FROM witnessed;"
                       "DELETE FROM loose_object; UPDATE body_store SET is_claimed = false")
    yield pool
    await pool.close()


@pytest.fixture
def config() -> HostConfig:
    return HostConfig(HOST, _KEY.public_key().public_bytes_raw(), _ERASURE.public_key().public_bytes_raw(), _RECEIPTS)


@pytest.fixture
def portal(pool: asyncpg.Pool, config: HostConfig, unconnected: Portal) -> Portal:
    return replace(unconnected, app=build(pool, config))


@pytest.fixture
def unconnected(config: HostConfig) -> Portal:
    """A host without a database: whatever is not refused before it asks for one is noticed as a fault."""
    return Portal(build(None, config), _KEY, _ERASURE, _RECEIPTS.public_key().public_bytes_raw())


@pytest.fixture
def record() -> UUID:
    return uuid4()
