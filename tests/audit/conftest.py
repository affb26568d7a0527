"""What tests of the audit log may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carnet.roles.wiring import open_pool
from tests.audit.ground import Ground
from tests.conftest import CreateDatabase


@pytest.fixture
async def ground(create_database: CreateDatabase) -> AsyncIterator[Ground]:
    """A portal's database of this test alone."""
    async with open_pool(await create_database("portal"), 6) as pool:
        ground = Ground(pool)
        await ground.sequencer().round()    # the first turn of all takes what is there, whatever its number
        yield ground
