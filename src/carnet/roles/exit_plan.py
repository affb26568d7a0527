"""The plan of a host's exit, from what the portal counts and what former campaigns measured.

May import: hosting, errors; `settings` and `wiring` of this room.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from carnet.errors import InvalidInput, Issue
from carnet.hosting.moving.plan import SEALED_BYTES_A_DOCUMENT, Rates, exit_steps
from carnet.hosting.moving.store import MoveStore
from carnet.journal.database import Database
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool


async def print_plan(
    settings: Settings, host: str, console: Console, *, records: int = 0, per_second: float = 0.0,
    document_bytes: int = SEALED_BYTES_A_DOCUMENT,
) -> int:
    """Print the steps of a host's exit, with hours and bytes. Raises InvalidInput for a host that there is not."""
    if host not in {each.id for each in settings.hosts}:
        raise InvalidInput(Issue("value", f"accepted: {', '.join(each.id for each in settings.hosts)}", "host"))
    async with open_pool(settings.portal_database_url, 1) as pool:
        moves = MoveStore(Database(pool))
        load, measured = await moves.load_of(host), await moves.measured()
    rates = measured or Rates()
    if per_second:
        rates = Rates(per_second, rates.bytes, "as told")
    load = load.scaled(records) if records else load
    table = Table("step", "what", "hours")
    steps = exit_steps(load, rates, document_bytes=document_bytes)
    for number, step in enumerate(steps, 1):
        table.add_row(str(number), step.what, f"{step.hours:.1f}")
    console.print(
        f"{host}: home of {load.home} records, reference of {load.reference}, may have stood in for {load.stand_in};"
        f" {load.documents} documents", highlight=False)
    console.print(table)
    console.print(
        f"{sum(step.hours for step in steps):.1f} hours in all, at {rates.records:.0f} records/s and"
        f" {rates.bytes / 2**20:.0f} MiB/s, {rates.where_from}", highlight=False)
    return 0
