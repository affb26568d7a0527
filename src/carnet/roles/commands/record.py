"""`carnet record`: open and announce records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="What one can do with a patient's record.")


@app.command("open")
def open_record(
    patients: Annotated[list[str], typer.Argument(help="Logins of invented patients, or CDA files about patients.")],
    by: Annotated[
        str | None, typer.Option(help="Login of the professional who opens; else each opens their own.")
    ] = None,
    token: Annotated[str, typer.Option(envvar="TOKEN", help="A bearer token, instead of a demonstration login.")] = "",
    portal: Annotated[str, typer.Option(help="Address of the portal; else that of the settings.")] = "",
    config: Config = None,
) -> None:
    """Open the records of patients who agreed: by a professional's token, or of invented people by themselves."""
    import asyncio

    from carnet.roles.feeding import Bearer, open_records

    sys.exit(asyncio.run(open_records(patients, Bearer(by or "", token, portal, running(config)))))


@app.command("announce")
def announce_records(
    file: Annotated[Path, typer.Argument(
        help="CSV: ins, oid, birth_family, birth_given, birth_date, sex, birthplace.", exists=True, dir_okay=False)],
    by: By = "",
    config: Config = None,
) -> None:
    """Announce a record to everyone in a file, once all of its lines are right: they have six weeks to object."""
    import asyncio

    from carnet.roles.announcing import announce

    sys.exit(asyncio.run(announce(running(config), file, by=by)))
