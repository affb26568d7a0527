"""`carnet ledger import`, `export` and `mapping`: files of entries, in and out of books."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.ledger import Books
from carnet.roles.commands.options import By, Config, running

File = Annotated[Path, typer.Argument(
    help="A FEC (SirenFECYYYYMMDD.txt), or a table of lines (.csv, .xlsx).", exists=True, dir_okay=False)]
app = typer.Typer()
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


@app.command("import")
def import_file(
    file: File, books: Books = "programme",
    mapping: Annotated[Path | None, typer.Option(
        help="Which dimensions accounts have (TOML), kept as a new version; else the last one kept.",
        exists=True, dir_okay=False)] = None,
    first_day: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], help="First day of the fiscal year, where it is not twelve months.")] = None,
    dry_run: Annotated[bool, typer.Option(
        "--dry-run", help="Only say what is wrong, and which charges no rule is about.")] = False,
    by: By = "", config: Config = None,
) -> None:
    """Bring a file of entries into books: all of it, or nothing when anything is wrong."""
    import uvloop
    from rich.console import Console

    from carnet.roles.ledger_files import Wished, import_file

    wished = Wished(file, books, by, mapping, first_day.date() if first_day else None, is_dry=dry_run)
    sys.exit(uvloop.run(import_file(wished, running(config), Console())))


@app.command("export")
def export_books(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write; it must not exist.")],
    books: Books = "programme",
    form: Annotated[str, typer.Option("--format", help="fec, csv, xlsx, parquet or pdf.")] = "fec",
    since: Day = None, until: Day = None, config: Config = None,
) -> None:
    """Write entries of books as a file."""
    import uvloop
    from rich.console import Console

    from carnet.roles.ledger_files import export_books

    days = [day.date() if day else None for day in (since, until)]
    sys.exit(uvloop.run(export_books(output, form, books, (days[0], days[1]), settings=running(config),
                                     console=Console())))


@app.command("mapping")
def show_mapping(
    books: Books, version: Annotated[int, typer.Option(min=0, help="0: the last one.")] = 0, config: Config = None,
) -> None:
    """Print the mapping of an operator's accounts; where there is none, an example of one."""
    import asyncio

    from carnet.roles.ledger_files import show_mapping

    sys.exit(asyncio.run(show_mapping(books, version, running(config))))

