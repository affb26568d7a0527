"""Costs from the command line: load what was published of the first programme; hold the year against the ceiling.

May import: ledger, steering; `ledger` and `settings` of this room.
"""

from __future__ import annotations

from carnet.ledger.ceiling import CEILING_CENTS, Level
from carnet.ledger.counts.store import CountStore
from carnet.ledger.forecast import Expected
from carnet.ledger.history.load import load
from carnet.ledger.money import euros_of
from carnet.ledger.store import LedgerStore
from carnet.roles.ledger import database_of, trace
from carnet.roles.settings import Settings
from carnet.steering.budget import Budget, BudgetReader

LOADED = "ledger_history"
_ALARM = 1


async def load_history(settings: Settings, *, by: str) -> int:
    """Load what was published, once."""
    async with database_of(settings) as database:
        done = await load(LedgerStore(database), CountStore(database))
        if done.entered:
            await trace(database, LOADED, by, entered=done.entered)
    already = done.entries - done.entered
    print(f"history: {done.entered} entries entered, {already} there already, {done.counts} counts")
    return 0


async def show_ceiling(settings: Settings) -> int:
    """The year's forecast against the ceiling: 1 when 80 % of it is reached."""
    async with database_of(settings) as database:
        budget = await BudgetReader(database).budget()
    print("\n".join(_told(budget)))
    return 0 if budget.forecast.level is Level.UNDER else _ALARM


def _told(budget: Budget) -> list[str]:
    forecast, supposed = budget.forecast, budget.forecast.assumptions
    said = budget.said
    version = f"version {said.version} by {said.by}" if said else "computed today, not written down"
    lines = [
        f"{supposed.year}: {supposed.records} records, {supposed.documents} documents ({version})",
        *(_told_category(each) for each in forecast.expected), f"in all {euros_of(forecast.cents)} EUR"]
    if forecast.each is None:
        over = "" if forecast.level is Level.UNDER else "; the ceiling is reached"
        return [*lines, f"no record is counted, so there is no cost per patient{over}"]
    stands = {
        Level.UNDER: "under the ceiling", Level.NEAR: "80 % of the ceiling is reached", Level.OVER: "over the ceiling"}
    return [
        *lines,
        (f"{euros_of(forecast.each.nearest)} EUR per patient, {forecast.percent} % of {euros_of(CEILING_CENTS)} EUR:"
         f" {stands[forecast.level]}")]


def _told_category(each: Expected) -> str:
    because = f" ({each.because})" if each.because else ""
    return f"  {each.category or '-'}: {euros_of(each.spent)} spent, {euros_of(each.to_come)} to come{because}"
