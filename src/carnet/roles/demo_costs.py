"""The demonstration's costs: what was published of the first programme, and a few invented euros of this one.

The invented amounts are small, for a dozen invented records. Books that hold anything are left as they are.
May import: ledger; `demo_settings`, `wiring` of this room.
"""

from __future__ import annotations

from datetime import date, timedelta

from carnet.journal.database import Database
from carnet.ledger.category import Category
from carnet.ledger.counts.store import CountStore
from carnet.ledger.dimensions import Dimensions
from carnet.ledger.history.load import load
from carnet.ledger.keep import PROGRAMME, Keeper
from carnet.ledger.postings import Amount, Piece
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_settings import Plan
from carnet.roles.wiring import open_pool

_BY = "demonstration"
_PAYER = "180035024"
# Host (empty: shared), category, contract, cents without tax: promised, and of these invoiced and paid.
_CONTRACTS = (
    ("alpha", Category.HOSTING, "DEMO-H1", 3_000, 1_500, 1_500),
    ("beta", Category.HOSTING, "DEMO-H2", 2_400, 1_200, 600),
    ("reference", Category.HOSTING, "DEMO-H3", 1_800, 900, 900),
    ("", Category.SOFTWARE, "DEMO-L1", 1_999, 1_999, 1_999),
    ("", Category.SUPPORT, "DEMO-S1", 700, 0, 0),
)


async def enter_costs(plan: Plan) -> None:
    """Load the history, and give the programme's books their first entries where they have none."""
    async with open_pool(plan.databases["portal"], 1) as pool:
        database = Database(pool)
        ledger = LedgerStore(database)
        await load(ledger, CountStore(database))
        await ledger.open_books(PROGRAMME, "Le programme")
        if not await ledger.entries(PROGRAMME, limit=1):
            await _enter(Keeper(ledger, _BY), await ledger.today())


async def _enter(keeper: Keeper, today: date) -> None:
    on = today - timedelta(days=40)
    for host, category, contract, promised, invoiced, paid in _CONTRACTS:
        about = Dimensions(category=category, host=host, contract=contract, payer=_PAYER, phase="demonstration")
        piece = Piece(on=on, label=f"Contrat inventé {contract}", piece=contract)
        promise = await keeper.promise(piece, _amount(promised, about))
        if invoiced:
            invoice = await keeper.invoice(piece, _amount(invoiced, about), of=promise.entry_id)
            await keeper.pay(piece, _amount(paid, about).cents, of=invoice.entry_id)
    lent = Dimensions(category=Category.GOVERNANCE, payer=_PAYER, phase="demonstration")
    await keeper.lend(Piece(on=on, label="Une heure prêtée, inventée"), 4_250, lent)


def _amount(cents: int, about: Dimensions) -> Amount:
    return Amount(net_cents=cents, vat_cents=cents // 5, dimensions=about)
