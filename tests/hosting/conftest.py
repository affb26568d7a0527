"""One platform for all tests of a file, calm again after each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from carnet.roles.postgres import Postgres
from tests.databases import Databases, databases
from tests.hosting.ground import Ground, Kept, running_ground


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_ground(cluster: Postgres, templates: Databases) -> AsyncIterator[Ground]:
    async with (
        databases(cluster, templates) as create,
        running_ground(create) as ground,
    ):
        yield ground


@pytest_asyncio.fixture(loop_scope="module")
async def ground(shared_ground: Ground) -> AsyncIterator[Ground]:
    yield shared_ground
    await shared_ground.calm()


@pytest_asyncio.fixture(loop_scope="module")
async def kept(ground: Ground) -> Kept:
    """A record of this test alone."""
    return await ground.opened()
