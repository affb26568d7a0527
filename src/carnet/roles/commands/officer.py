"""`carnet officer`: what an officer of the authority does to one record."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, Person, running

app = typer.Typer(no_args_is_help=True, help="What an officer of the authority does to one record.")


@app.command("suspend")
def suspend_record(
    person: Person, motive: Annotated[str, typer.Option(help="fraude, or dysfonctionnement-grave.")], by: By = "",
    config: Config = None,
) -> None:
    """Suspend a record: it is closed after six weeks, unless it is resumed."""
    import asyncio

    from carnet.roles.officer import do, suspended

    sys.exit(asyncio.run(do(running(config), person, suspended(motive), by=by)))


@app.command("resume")
def resume_record(person: Person, by: By = "", config: Config = None) -> None:
    """End a suspension: all is as it was before."""
    import asyncio

    from carnet.roles.officer import do, resumed

    sys.exit(asyncio.run(do(running(config), person, resumed(), by=by)))


@app.command("close-by-death")
def close_by_death(person: Person, by: By = "", config: Config = None) -> None:
    """Close the record of someone who died; only an officer reopens it."""
    import asyncio

    from carnet.roles.officer import closed_by_death, do

    sys.exit(asyncio.run(do(running(config), person, closed_by_death(), by=by)))


@app.command("protect")
def protect_adult(
    person: Person, end: Annotated[bool, typer.Option("--end", help="The protection is over.")] = False, by: By = "",
    config: Config = None,
) -> None:
    """Declare that an adult is protected by law: their representatives decide for them."""
    import asyncio

    from carnet.roles.officer import do, protected

    sys.exit(asyncio.run(do(running(config), person, protected(not end), by=by)))
