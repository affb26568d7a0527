"""Books of the programme in a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from carnet.journal.database import Database
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.store import LedgerStore
from carnet.roles.wiring import open_pool
from tests.databases import CreateDatabase


@pytest.fixture
async def ledger(create_database: CreateDatabase) -> AsyncIterator[LedgerStore]:
    """The ledger with the programme's books, empty."""
    async with open_pool(await create_database("portal"), 4) as pool:
        store = LedgerStore(Database(pool))
        await store.open_books(PROGRAMME, "Le programme")
        yield store
