"""`carnet hosts audit`, `figures`, `offences`: what hosts prove, sign and count."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from carnet.roles.commands.hosts import HostId
from carnet.roles.commands.options import Config, running

app = typer.Typer(help="What hosts prove, sign and count.")


@app.command("audit")
def audit_host(
    host: HostId,
    records: Annotated[int, typer.Option(min=1, max=10_000, help="How many of its records, chosen by chance.")] = 20,
    config: Config = None,
) -> None:
    """Have a host prove now that it holds its records; 1 if it could not. The worker does so all day by itself."""
    import asyncio

    from rich.console import Console

    from carnet.roles.hosts_audit import audit_now

    sys.exit(asyncio.run(audit_now(running(config), host, records, Console())))


@app.command("figures")
def print_figures(
    host: Annotated[str, typer.Option(help="Only this host.")] = "",
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back.")] = 30,
    json: Annotated[bool, typer.Option("--json", help="As JSON, to publish.")] = False,
    config: Config = None,
) -> None:
    """Print what each host proved, lacked, contradicted, and counted without an explanation."""
    import asyncio

    from rich.console import Console

    from carnet.roles.hosts_audit import figures

    sys.exit(asyncio.run(figures(running(config), days, host, Console(), as_json=json)))


@app.command("offences")
def print_offences(host: HostId, config: Config = None) -> None:
    """Print the receipts that a host signed and later contradicted; 1 if there are any."""
    import asyncio

    from rich.console import Console

    from carnet.roles.hosts_audit import offences

    sys.exit(asyncio.run(offences(running(config), host, Console())))
