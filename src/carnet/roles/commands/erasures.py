"""`carnet erasures`: erased records that hosts still hold, the proof of an erasure, and an officer's leave."""

from __future__ import annotations

import sys
from typing import Annotated
from uuid import UUID

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Erased records: what hosts were ordered, and the proof of it.")


@app.command("list")
def list_all(
    everything: Annotated[bool, typer.Option("--all", help="Also those that every host signed.")] = False,
    config: Config = None,
) -> None:
    """Print erased records that a host did not yet sign to have erased, and what they wait for."""
    import asyncio

    from rich.console import Console

    from carnet.roles.erasures import list_erasures

    sys.exit(asyncio.run(list_erasures(running(config), Console(), all_of_them=everything)))


@app.command("proof")
def print_proof(
    record: Annotated[UUID, typer.Argument(help="The record, by its id.")], config: Config = None,
) -> None:
    """Print the signed proof of an erasure, as things are now: `carnet verify erasure` reads it anywhere."""
    import asyncio

    from carnet.roles.erasures import proof

    print(asyncio.run(proof(running(config), record)))


@app.command("approve")
def approve_more(
    host: Annotated[str, typer.Argument(help="The host that may erase more than its ceiling of a day.")],
    most: Annotated[int, typer.Option(min=1, help="How many records, in all.")],
    reason: Annotated[str, typer.Option(help="Why there are so many: it goes to the host and into the audit log.")],
    days: Annotated[int, typer.Option(min=1, max=39, help="For how many days.")] = 7,
    by: By = "",
    config: Config = None,
) -> None:
    """Sign, with the officer's key, that a host may erase more records than its ceiling of a day."""
    import asyncio

    from carnet.roles.erasures import Leave, approve

    sys.exit(asyncio.run(approve(running(config), Leave(host, most, days, reason, by))))
