"""The demonstration's costs: what was published of the first programme, and an invented year of this one,
with a call for projects.

Books that hold anything are left as they are.
May import: ledger; `demo_calls`, `demo_ledger`, `demo_settings`, `wiring` of this room.
"""

from __future__ import annotations

from carnet.journal.database import Database
from carnet.ledger.bank.store import BankStore
from carnet.ledger.counts.store import CountStore
from carnet.ledger.history.load import load
from carnet.ledger.keep import PROGRAMME
from carnet.ledger.store import LedgerStore
from carnet.roles.demo_calls import enter_call
from carnet.roles.demo_ledger import enter_year
from carnet.roles.demo_settings import Plan
from carnet.roles.wiring import open_pool


async def enter_costs(plan: Plan) -> None:
    """Load the history, and give the programme's books their first entries where they have none."""
    async with open_pool(plan.databases["portal"], 1) as pool:
        database = Database(pool)
        ledger = LedgerStore(database)
        await load(ledger, CountStore(database))
        await ledger.open_books(PROGRAMME, "Le programme")
        if not await ledger.entries(PROGRAMME, limit=1):
            await enter_year(ledger, BankStore(database), await ledger.today())
        await enter_call(database)
