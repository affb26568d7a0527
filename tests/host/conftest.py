"""A host on a database of its own, and a portal whose orders it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.store import open_pool
from tests.conftest import CreateDatabase
from tests.host.portal import HOST, Portal


@pytest.fixture
async def pool(create_database: CreateDatabase) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(await create_database("host"))
    yield pool
    await pool.close()


@pytest.fixture
def config() -> HostConfig:
    return HostConfig(HOST, _KEY.public_key().public_bytes_raw(), _ERASURE.public_key().public_bytes_raw(), _RECEIPTS)


@pytest.fixture
def portal(pool: asyncpg.Pool, config: HostConfig) -> Portal:
    return Portal(build(pool, config), _KEY, _ERASURE, _RECEIPTS.public_key().public_bytes_raw())


@pytest.fixture
def record() -> UUID:
    return uuid4()


_KEY, _ERASURE, _RECEIPTS = (Ed25519PrivateKey.generate() for _ in range(3))
