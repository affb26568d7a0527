"""An operator's books in a real database, and what brings files into them."""

from __future__ import annotations

import pytest

from carnet.ledger.fec.bring import Bringing
from carnet.ledger.fec.store import FileStore
from carnet.ledger.store import LedgerStore
from tests.ledger.fec.files import SIREN

OPERATOR = "operateur"


@pytest.fixture
async def files(ledger: LedgerStore) -> FileStore:
    """Where files and mappings are kept; the operator's books are open."""
    await ledger.open_books(OPERATOR, "Un opérateur", SIREN)
    return FileStore(ledger._database)


@pytest.fixture
def bringing(ledger: LedgerStore, files: FileStore) -> Bringing:
    """What looks at files and brings them in."""
    return Bringing(ledger, files)
