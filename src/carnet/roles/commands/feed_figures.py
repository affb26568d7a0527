"""`carnet feed scoreboard`, `silent` and `recount`: what feeds brought, who fell silent, how full records are."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running


def scoreboard(
    since: Annotated[str, typer.Option(help="First day (UTC), as 2026-11-01; else thirty days.")] = "",
    until: Annotated[str, typer.Option(help="Last day (UTC); else today.")] = "",
    told_by: Annotated[
        str, typer.Option("--by", help="What lines are told apart by: organisation,software,channel,kind,type.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with silent partners and the fill.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
    config: Config = None,
) -> None:
    """Show what each site and software brought: messages by what became of them, documents, delays, records."""
    import asyncio

    from rich.console import Console

    from carnet.roles.figures import Asked, show_scoreboard

    form = "json" if as_json else "csv" if as_csv else ""
    asked = Asked(since, until, told_by)
    sys.exit(asyncio.run(show_scoreboard(running(config), asked, Console(), form=form)))


def silent(config: Config = None) -> None:
    """Name the partners of whom nothing came for too long; the exit code is 1 when there is one."""
    import asyncio

    from rich.console import Console

    from carnet.roles.figures import show_silent

    sys.exit(asyncio.run(show_silent(running(config), Console())))


def recount(by: By = "", config: Config = None) -> None:
    """Count how full every record is anew, from its journal: after an upgrade, or another list of sources."""
    import asyncio

    from rich.console import Console

    from carnet.roles.figures import recount_fill

    sys.exit(asyncio.run(recount_fill(running(config), Console(), by=by)))
