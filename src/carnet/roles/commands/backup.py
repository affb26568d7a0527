"""`carnet backup`: base backups of the portal's or a host's database server, and the archive of every change since.

The key store has backups of its own (`carnet keys`): none may outlive the time within which what is erased is gone.
"""

from __future__ import annotations

import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import Config, running

app = typer.Typer(no_args_is_help=True, help="Back up the portal's or a host's database.")
Folder = Annotated[Path, typer.Argument(help="Where backups of this one server are kept.", file_okay=False)]
Programs = Annotated[
    Path | None, typer.Option(help="Folder of PostgreSQL's programs; else the embedded ones.", file_okay=False)]


class Which(StrEnum):
    """A database of the settings."""

    PORTAL = "portal"
    HOST = "host"


@app.command("portal")
def portal(folder: Folder, programs: Programs = None, config: Config = None) -> None:
    """Copy all of the portal's database server, and check the copy."""
    _base(Which.PORTAL, folder, programs, config)


@app.command("host")
def host(folder: Folder, programs: Programs = None, config: Config = None) -> None:
    """Copy all of a host's database server, and check the copy."""
    _base(Which.HOST, folder, programs, config)


@app.command("archive")
def archive(which: Which, folder: Folder, programs: Programs = None, config: Config = None) -> None:
    """Receive every change of a database server as it is committed, until this is ended."""
    from carnet.roles.backup import receive

    receiver = receive(_url(which, config), folder, programs=programs)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: receiver.send_signal(signal.SIGINT))
    sys.exit(receiver.wait())


@app.command("prune")
def prune(
    folder: Folder,
    days: Annotated[int, typer.Option(min=1, help="Keep base backups of so many days.")] = 30,
    programs: Programs = None,
) -> None:
    """Remove what is older than so many days, but never the last base backup."""
    from carnet.roles import backup

    for name in backup.prune(folder, days=days, programs=programs):
        print(f"removed: {name}")


@app.command("list")
def listed(folder: Folder) -> None:
    """Say which base backups there are, and how far the archive goes."""
    from carnet.roles.backup import described

    print(described(folder))


def _base(which: Which, folder: Path, programs: Path | None, config: Path | None) -> None:
    from carnet.roles.backup import base_backup

    print(f"backed up and verified: {base_backup(_url(which, config), folder, programs=programs)}")


def _url(which: Which, config: Path | None) -> str:
    settings, name = running(config), f"{which.value}_database_url"
    settings.require(name)
    url: str = getattr(settings, name)
    return url
