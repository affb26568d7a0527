"""`carnet restore`: bring a database back, and compare what came back with what went on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Bring databases back, and compare what came back with what went on.")
Officers = Annotated[
    list[Path] | None, typer.Option("--officer", help="Key file of an officer; twice.", exists=True, dir_okay=False)]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write all that differs here, as JSON and .txt.")]


@app.command("database")
def restore_database(
    backup: Annotated[Path, typer.Argument(help="A folder that `carnet backup` wrote.", exists=True, file_okay=False)],
    into: Annotated[Path, typer.Option(help="A new folder, for the restored server's data.")],
    at: Annotated[str, typer.Option(help="Until when, as 2026-05-01T12:30:00+02:00; else all there is.")] = "",
) -> None:
    """Put a base backup and its archive together into a data folder that a PostgreSQL server recovers from."""
    from carnet.roles.backup import restore

    print(restore(backup, into, until=at))


@app.command("portal")
def restore_portal(
    without: Annotated[list[str] | None, typer.Option(help="Go on without this host; needs two officers.")] = None,
    officer: Officers = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Compare though nothing says it was restored.")] = False,
    by: By = "",
    config: Config = None,
) -> None:
    """Compare a restored portal with all hosts, adopt what they have more, and say what differed."""
    import asyncio

    from rich.console import Console

    from carnet.roles import restoring

    word = restoring.Word(officer or [], by)
    sys.exit(asyncio.run(restoring.restore_portal(
        running(config), Console(), without=without or [], word=word, anyway=anyway)))


@app.command("host")
def restore_host(
    host: Annotated[str, typer.Argument(help="The host that was restored, by its name in the settings.")],
    report: ReportFile = None,
    config: Config = None,
) -> None:
    """Say what a restored host lacks of what it should hold, and have it brought."""
    import asyncio

    from rich.console import Console

    from carnet.roles import restoring

    sys.exit(asyncio.run(restoring.compare_host(running(config), host, Console(), report)))


@app.command("status")
def restore_status(report: ReportFile = None, config: Config = None) -> None:
    """Say how far the comparison of a restored portal is, and what differed."""
    import asyncio

    from rich.console import Console

    from carnet.roles import restoring

    sys.exit(asyncio.run(restoring.status(running(config), Console(), report)))


@app.command("accept")
def restore_accept(
    records: Annotated[list[UUID], typer.Argument(help="Records that await officers: forks, what nobody can read.")],
    officer: Officers = None,
    by: By = "",
    config: Config = None,
) -> None:
    """Serve these records as the portal has them, by the word of two officers."""
    import asyncio

    from carnet.roles import restoring

    sys.exit(asyncio.run(restoring.accept(running(config), records, restoring.Word(officer or [], by))))


@app.command("let-go")
def restore_let_go(officer: Officers = None, by: By = "", config: Config = None) -> None:
    """Have hosts collect the bodies that no entry names, by the word of two officers: they were sent again."""
    import asyncio

    from carnet.roles import restoring

    sys.exit(asyncio.run(restoring.let_go(running(config), restoring.Word(officer or [], by))))
