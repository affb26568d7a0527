"""Loading the published history into its books: once, however often it is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from msgspec.structs import replace

from carnet.errors import Conflict
from carnet.ledger.counts.store import CountStore
from carnet.ledger.history.claims import BOOKS, NAME, History, published
from carnet.ledger.keep import Keeper
from carnet.ledger.store import LedgerStore

_BY = "carnet ledger history"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many entries were entered now, how many there are, and how many counts."""

    entered: int
    entries: int
    counts: int


async def load(ledger: LedgerStore, counts: CountStore, history: History | None = None) -> Loaded:
    """Enter what was published and is not there yet. Raises Conflict when an entry is there and says something else."""
    history = history or published()
    await ledger.open_books(BOOKS, NAME)
    missing = []
    wished = list(history.entries())
    for entry, proof in wished:
        digest = hashlib.sha256(proof.encode()).digest()
        known = await ledger.entry(entry.entry_id)
        if known is None:
            await ledger.keep_proof(digest, f"{entry.piece}.txt", "text/plain", proof.encode())
            missing.append(replace(entry, proof=digest))
        elif known.entry.lines != entry.lines:
            raise Conflict(f"{entry.piece} is entered otherwise: take entry {known.entry.number} back first")
    if missing:
        await Keeper(ledger, _BY, books=BOOKS).enter(*missing)
    await counts.put(history.counts())
    return Loaded(len(missing), len(wished), len(history.count))
