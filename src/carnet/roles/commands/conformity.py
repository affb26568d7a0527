"""`carnet conformity`: documents held to the national rules (schematrons)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Documents held to the national rules: how far, again, one file.")


@app.command("status")
def status(config: Config = None) -> None:
    """Say which rules are run, and how many documents were checked or wait."""
    import asyncio

    from rich.console import Console

    from carnet.roles.conformity import show_status

    sys.exit(asyncio.run(show_status(running(config), Console())))


@app.command("again")
def again(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Documents deposited in the last so many days.")],
    by: By = "", config: Config = None,
) -> None:
    """Check documents again that were held to other rules than the folder's."""
    import asyncio

    from rich.console import Console

    from carnet.roles.conformity import check_again

    sys.exit(asyncio.run(check_again(running(config), Console(), days=days, by=by)))


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A CDA.", exists=True, dir_okay=False)], config: Config = None,
) -> None:
    """Hold one file to the rules; nothing is deposited."""
    import asyncio

    from rich.console import Console

    from carnet.roles.conformity import check_file

    sys.exit(asyncio.run(check_file(running(config), Console(), file)))
