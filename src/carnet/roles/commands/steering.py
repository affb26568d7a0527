"""`carnet steering`: adoption and its plan; calls for projects and the comparison add theirs."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Steer the programme: adoption, its plan, what is granted and compared.")
plan = typer.Typer(no_args_is_help=True, help="The plan that adoption is held against: load a file, look at versions.")
app.add_typer(plan, name="plan")


@app.command("adoption")
def show_adoption(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The counts of this day, of all records together."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, by département; with --on, by measure.")] = False,
    config: Config = None,
) -> None:
    """Show who has a record, who reads it and what it holds, as it was last counted; no cell of fewer than five."""
    import asyncio

    from carnet.roles.steering import show_adoption

    form = "json" if as_json else "csv" if as_csv else ""
    sys.exit(asyncio.run(show_adoption(running(config), on.date() if on else None, form)))


@plan.command("load")
def load_plan(
    file: Annotated[Path, typer.Argument(help="The plan (TOML, docs/adoption.md).", exists=True, dir_okay=False)],
    by: By = "", config: Config = None,
) -> None:
    """Put a plan in force, as a new version: all of it, or nothing when anything in it is wrong."""
    import asyncio

    from carnet.roles.steering import load_plan

    sys.exit(asyncio.run(load_plan(running(config), file, by=by)))


@plan.command("show")
def show_plan(
    version: Annotated[int, typer.Option(min=0, help="0: the one in force.")] = 0, config: Config = None,
) -> None:
    """Print a plan as it was loaded."""
    import asyncio

    from carnet.roles.steering import show_plan

    sys.exit(asyncio.run(show_plan(running(config), version)))


@plan.command("list")
def list_plans(config: Config = None) -> None:
    """Name every version, the one in force first."""
    import asyncio

    from carnet.roles.steering import list_plans

    sys.exit(asyncio.run(list_plans(running(config))))
