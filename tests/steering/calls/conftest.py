"""The ground of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carnet.roles.wiring import open_pool
from tests.databases import CreateDatabase
from tests.running import Platform
from tests.steering.calls.board import Board


@pytest.fixture
async def board(create_database: CreateDatabase) -> AsyncIterator[Board]:
    """An authority that opens calls, and the programme's books."""
    async with open_pool(await create_database("portal"), 4) as pool:
        board = Board(pool)
        await board.prepare()
        yield board


@pytest.fixture
async def fed(platform: Platform) -> Board:
    """The same, on a platform whose records may be fed."""
    board = Board(platform.portal)
    await board.prepare()
    return board
