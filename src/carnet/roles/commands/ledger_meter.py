"""`carnet ledger meter`, `expected`, `check-invoice`, `contacts`: what hosts keep and do, and what they ask for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer()
Month = Annotated[str, typer.Argument(help="2026-03")]
Host = Annotated[str, typer.Argument(help="A host, as the platform names it.")]


@app.command("meter")
def show_meters(
    host: Annotated[str, typer.Option(help="Only this host.")] = "",
    month: Annotated[str, typer.Option(help="2026-03; else this month.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Counts for other programs.")] = False,
    recount: Annotated[bool, typer.Option(
        "--recount", help="Have the worker count all records from their journals.")] = False,
    by: By = "", config: Config = None,
) -> None:
    """Print a month in meters: what each host kept and did, beside what it signed; acts, messages, help given."""
    import asyncio

    from rich.console import Console

    from carnet.roles import metering

    if recount:
        sys.exit(asyncio.run(metering.recount(running(config), Console(), by=by)))
    sys.exit(asyncio.run(metering.show_meters(running(config), month, host, Console(), json=json)))


@app.command("expected")
def show_expected(host: Host, month: Month, config: Config = None) -> None:
    """Print what a host is due for a month under its price list, line by line."""
    import asyncio

    from rich.console import Console

    from carnet.roles import metering

    sys.exit(asyncio.run(metering.show_expected(running(config), host, month, Console())))


@app.command("check-invoice")
def check_invoice(
    host: Host,
    file: Annotated[Path, typer.Argument(help="CSV, or XML of UBL 2.1 or Factur-X.", exists=True, dir_okay=False)],
    config: Config = None,
) -> None:
    """Compare each line of a host's invoice with what is due, and keep nothing; 1 when a line differs."""
    import asyncio

    from rich.console import Console

    from carnet.roles import metering

    sys.exit(asyncio.run(metering.check_invoice(running(config), host, file, Console())))


@app.command("contacts")
def add_contacts(
    day: Annotated[str, typer.Argument(help="2026-03-02")],
    channel: Annotated[str, typer.Argument(help="telephone, mail, desk or online.")],
    contacts: Annotated[int, typer.Argument(help="How many people; after --, below 0, to correct what was entered.")],
    minutes: Annotated[int, typer.Option(help="How long it took, in all.")] = 0,
    host: Annotated[str, typer.Option(help="The host that answered; else the platform did.")] = "",
    note: Annotated[str, typer.Option(help="What about, or why it is corrected.")] = "",
    by: By = "", config: Config = None,
) -> None:
    """Enter how many people asked for help on a day."""
    import asyncio

    from carnet.roles import metering
    from carnet.steering.metering.support import Contacts

    said = Contacts(channel, host, contacts, minutes)
    sys.exit(asyncio.run(metering.add_contacts(running(config), day, said, note=note, by=by)))
