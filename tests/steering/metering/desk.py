"""The desk of an accountant who checks what hosts ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from carnet.hosting.accreditation.store import AccreditationStore
from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.roles.wiring import open_pool
from carnet.steering.metering.invoices.handling import Invoices
from carnet.steering.metering.invoices.store import InvoiceStore
from carnet.steering.metering.store import MeterStore
from tests.hosting.accreditations import file_of


@dataclass
class Desk:
    """An accountant's desk: hosts with price lists, a month that was metered, a contract."""

    url: str
    pool: asyncpg.Pool
    invoices: Invoices
    keeper: Keeper
    contract: UUID


@asynccontextmanager
async def open_desk(url: str) -> AsyncIterator[Desk]:
    """A desk on this database of a portal."""
    async with open_pool(url, 4) as pool:
        database = Database(pool)
        ledger = LedgerStore(database)
        await ledger.open_books(PROGRAMME, "Le programme")
        for host in ("alpha", "beta"):
            await pool.execute(
                "insert into host_application (host_id, number, content, sha256) values ($1, 1, $2, sha256($2))",
                host, file_of(host))
        await pool.execute(
            "insert into meter_day (host_id, day, records, bodies, body_bytes, journal_bytes, deposits)"
            " values ('alpha', '2026-03-20', 1000, 5, 24000000000, 1000000000, 5),"
            " ('alpha', '2026-04-16', 10, 0, 0, 0, 7)")
        keeper = Keeper(ledger, "C. Comptable")
        promise = await keeper.promise(
            Piece(on=date(2026, 1, 5), label="Marché d'hébergement"), Amount(net_cents=10**6, dimensions=Dimensions(
                category=Category.HOSTING, beneficiary="732829320", contract="2026-H1", host="alpha")))
        invoices = Invoices(InvoiceStore(database), MeterStore(database), AccreditationStore(database), ledger)
        yield Desk(url, pool, invoices, keeper, promise.entry_id)
