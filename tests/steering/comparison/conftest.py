"""The desk of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import CreateDatabase
from tests.steering.comparison.desk import Desk, open_desk


@pytest.fixture
async def desk(create_database: CreateDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk in a database of its own."""
    async with open_desk(await create_database("portal"), tmp_path) as made:
        yield made
