"""`carnet hosts migrate`, `exit` and what goes with them: moving records between hosts. Added to `carnet hosts`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.hosts import HostId
from carnet.roles.commands.options import By, Config, running

app = typer.Typer()
campaigns = typer.Typer(help="Campaigns: which there are, how far each is; pause them, go on with them.")
app.add_typer(campaigns, name="moves")
Rate = Annotated[str, typer.Option(help="At most so many records a second: 200, or 200/s; else as fast as it goes.")]
Most = Annotated[int, typer.Option(min=0, help="At most so many records; 0: all.")]
Approval = Annotated[
    Path | None, typer.Option(help="An officer's approval of erasures, a file.", exists=True, dir_okay=False)]
Background = Annotated[bool, typer.Option("--background", help="Begin it, and leave it to a worker.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would move, and change nothing.")]
ExitFile = Annotated[Path | None, typer.Option("--file", help="Where the exit file goes; else exits/ in the home.")]
Which = Annotated[str, typer.Argument(help="The campaign, or how its id begins; else the last one.")]
Part = Annotated[bool, typer.Option("--reference", help="Move the part of reference operator, not that of home.")]


@app.command("migrate")
def migrate_records(
    from_host: HostId, to_host: HostId, reference: Part = False, rate: Rate = "", most: Most = 0,
    approval: Approval = None, background: Background = False, dry_run: DryRun = False, file: ExitFile = None,
    by: By = "", config: Config = None,
) -> None:
    """Move records from one host to another, while deposits go on; 1 when something is left to do."""
    import asyncio

    from rich.console import Console

    from carnet.hosting.moving.campaign import Plan
    from carnet.roles.moves import Asked, begin

    plan = Plan(
        "migrate", from_host, to_host, "reference" if reference else "home", _rate(rate), most, background,
        _text(approval))
    sys.exit(asyncio.run(begin(running(config), plan, Asked(by, file, dry_run), Console())))


@app.command("exit")
def exit_host(
    host: HostId, to: Annotated[str, typer.Option(help="The host that takes all over; else spread over all.")] = "",
    rate: Rate = "", approval: Approval = None, background: Background = False, dry_run: DryRun = False,
    file: ExitFile = None, by: By = "", config: Config = None,
) -> None:
    """Have a host leave altogether: whatever it may hold goes elsewhere, until its inventory is empty."""
    import asyncio

    from rich.console import Console

    from carnet.hosting.moving.campaign import Plan
    from carnet.roles.moves import Asked, begin

    plan = Plan("exit", host, to, "any", _rate(rate), 0, background, _text(approval))
    sys.exit(asyncio.run(begin(running(config), plan, Asked(by, file, dry_run), Console())))


@app.command("grant-requests")
def grant_requests(
    rate: Rate = "", approval: Approval = None, background: Background = False, dry_run: DryRun = False,
    file: ExitFile = None, by: By = "", config: Config = None,
) -> None:
    """Move the records of patients who asked for another home host."""
    import asyncio

    from rich.console import Console

    from carnet.hosting.moving.campaign import Plan
    from carnet.roles.moves import Asked, begin

    plan = Plan("requests", "", "", "home", _rate(rate), 0, background, _text(approval))
    sys.exit(asyncio.run(begin(running(config), plan, Asked(by, file, dry_run), Console())))


@campaigns.callback(invoke_without_command=True)
def list_moves(asked: typer.Context, config: Config = None) -> None:
    """List all campaigns and how far each is; with a command, pause one, or go on with it."""
    import asyncio

    from rich.console import Console

    from carnet.roles.moves import list_moves as listed

    if asked.invoked_subcommand is None:
        sys.exit(asyncio.run(listed(running(config), Console())))


@campaigns.command("pause")
def pause_campaign(campaign: Which = "", by: By = "", config: Config = None) -> None:
    """Pause a campaign, from any shell."""
    import asyncio

    from rich.console import Console

    from carnet.roles.moves import Asked, pause

    sys.exit(asyncio.run(pause(running(config), campaign, Asked(by), Console())))


@campaigns.command("resume")
def resume_campaign(
    campaign: Which = "", approval: Approval = None, file: ExitFile = None, by: By = "", config: Config = None,
) -> None:
    """Let a campaign go on; when nobody works on it any more, work on it here."""
    import asyncio

    from rich.console import Console

    from carnet.roles.moves import Asked, resume

    sys.exit(asyncio.run(resume(running(config), campaign, _text(approval), Asked(by, file), Console())))


@campaigns.command("file")
def write_exit_file(campaign: Which = "", file: ExitFile = None, config: Config = None) -> None:
    """Write the signed exit file of a campaign again, as things are now."""
    import asyncio

    from rich.console import Console

    from carnet.roles.moves import write_file

    sys.exit(asyncio.run(write_file(running(config), campaign, file, Console())))


@app.command("exit-plan")
def plan_exit(
    host: HostId,
    records: Annotated[int, typer.Option(min=0, help="Plan for so many records; 0: those the host has.")] = 0,
    per_second: Annotated[float, typer.Option(min=0, help="Records a second; 0: as the last campaign did.")] = 0.0,
    document_kb: Annotated[float, typer.Option(min=0.1, help="Size of a sealed document, in kB.")] = 139.0,
    config: Config = None,
) -> None:
    """Plan the exit of a host on paper: steps, hours, bytes, from what was measured here."""
    import asyncio

    from rich.console import Console

    from carnet.roles.exit_plan import print_plan

    sys.exit(asyncio.run(print_plan(
        running(config), host, Console(), records=records, per_second=per_second,
        document_bytes=round(document_kb * 1000))))


def _rate(told: str) -> int:
    number = told.removesuffix("/s").strip()
    if number and not number.isdecimal():
        raise typer.BadParameter(f"{told!r} is no rate; accepted: 200, or 200/s", param_hint="--rate")
    return int(number or 0)


def _text(file: Path | None) -> str:
    return file.read_text(encoding="ascii", errors="replace").strip() if file is not None else ""
