"""`carnet matrix`: read, compare and put in force an access matrix."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, Language, running

app = typer.Typer(no_args_is_help=True, help="The access matrix: which professions read and write which documents.")
MatrixFile = Annotated[Path, typer.Argument(help="A matrix, as a file.", exists=True, dir_okay=False)]
OtherMatrix = Annotated[Path | None, typer.Option(help="A file, not the one in force.", exists=True, dir_okay=False)]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="On which day; else today.")]


@app.command("check")
def check_matrix(file: MatrixFile, language: Language = "en") -> None:
    """Read a matrix, and say everything that is wrong with it, or what it holds and leaves out."""
    from carnet.roles.matrix import Asked, check

    sys.exit(check(file, Asked.of(None, language)))


@app.command("diff")
def diff_matrix(
    file: MatrixFile, against: OtherMatrix = None, day: Day = None, language: Language = "en", config: Config = None,
) -> None:
    """Say who would gain or lose what if this matrix were in force."""
    import asyncio

    from carnet.roles.matrix import Asked, diff

    sys.exit(asyncio.run(diff(running(config), file, against, Asked.of(day, language))))


@app.command("load")
def load_matrix(
    file: MatrixFile,
    yes: Annotated[bool, typer.Option("--yes", help="Put it in force; else only say what would change.")] = False,
    by: By = "",
    day: Day = None,
    language: Language = "en",
    config: Config = None,
) -> None:
    """Put a matrix in force, for every decision from then on."""
    import asyncio

    from carnet.roles.matrix import Asked, load

    sys.exit(asyncio.run(load(running(config), file, Asked.of(day, language), is_meant=yes, by=by)))


@app.command("show")
def show_matrix(
    profession: Annotated[str, typer.Option(help="60, 60/SI04, G16_10, 93, AUTOMATE…; else everyone, counted.")] = "",
    file: OtherMatrix = None,
    day: Day = None,
    language: Language = "en",
    config: Config = None,
) -> None:
    """Say what the matrix in force opens, type by type."""
    import asyncio

    from carnet.roles.matrix import Asked, show

    sys.exit(asyncio.run(show(running(config), profession, file, Asked.of(day, language))))
