"""One platform for all tests of a file, and its meters; or an accountant's desk alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.databases import CreateDatabase
from tests.hosting.conftest import ground, kept, shared_ground
from tests.steering.metering.desk import Desk, open_desk

__all__ = ["ground", "kept", "shared_ground"]


@pytest.fixture
async def desk(create_database: CreateDatabase) -> AsyncIterator[Desk]:
    """A portal's database with two hosts' price lists, a month that was metered, and a contract in the books."""
    async with open_desk(await create_database("portal")) as desk:
        yield desk
