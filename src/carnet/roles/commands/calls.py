"""`carnet steering call`: open and amend calls for projects, take applications and decisions as files, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Calls for projects, from their opening to their report (docs/calls.md).")
File = Annotated[Path, typer.Argument(help="A file of TOML (or JSON).", exists=True, dir_okay=False)]
Name = Annotated[str, typer.Argument(help="The call, as its file names it.")]


@app.command("open")
def open_call(file: File, by: By = "", config: Config = None) -> None:
    """Open a call: nothing of it changes any more but by an amendment. Safe to run twice."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.open_call(running(config), file, by=by)))


@app.command("amend")
def amend_call(
    file: File, reason: Annotated[str, typer.Option(help="Why, for everybody to read.")], by: By = "",
    config: Config = None,
) -> None:
    """Have a call be as this file says from now on, under the next number."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.amend_call(running(config), file, reason, by=by)))


@app.command("apply")
def take_application(call: Name, file: File, by: By = "", config: Config = None) -> None:
    """Take an application and print its receipt number; or everything that is wrong with it."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.take_application(running(config), call, file, by=by)))


@app.command("decide")
def decide_call(call: Name, file: File, by: By = "", config: Config = None) -> None:
    """Write a decision down and commit its grants: legal_act, and for each application [[given]] with its cents."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.decide_call(running(config), call, file, by=by)))


@app.command("list")
def list_calls(config: Config = None) -> None:
    """Name every call, what it has and what it gave."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.list_calls(running(config))))


@app.command("report")
def report(call: Name, config: Config = None) -> None:
    """Print the report of a call as CSV: granted, released, fed before and since; no cell of fewer than five."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.report(running(config), call)))


@app.command("verify")
def verify_call(call: Name, config: Config = None) -> None:
    """Compute a call's chain of steps again, and hold what is left of each tranche against the books."""
    import asyncio

    from carnet.roles import calls

    sys.exit(asyncio.run(calls.verify(running(config), call)))
