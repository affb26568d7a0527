"""`carnet ledger history` and `carnet ledger ceiling`: what was published, and the year's cost per patient."""

from __future__ import annotations

import sys

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer()


@app.command("history")
def load_history(by: By = "", config: Config = None) -> None:
    """Load what was published of the first programme's cost into the books "history". Safe to run twice."""
    import asyncio

    from carnet.roles import ledger_costs

    sys.exit(asyncio.run(ledger_costs.load_history(running(config), by=by)))


@app.command("ceiling")
def show_ceiling(config: Config = None) -> None:
    """Hold the year's forecast against the ceiling of 15.00 EUR per patient; exit 1 when 80 % of it is reached."""
    import asyncio

    from carnet.roles import ledger_costs

    sys.exit(asyncio.run(ledger_costs.show_ceiling(running(config))))
