"""`carnet ledger`: the programme's books and those of operators."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="The books: what was promised, invoiced and paid, to the cent.")
Books = Annotated[str, typer.Option(help="Which books: programme, or an operator's.")]


@app.command("books")
def list_books(config: Config = None) -> None:
    """Say which books there are, how many entries they have, and how far they are closed."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.list_books(running(config))))


@app.command("open-books")
def open_books(
    books: Annotated[str, typer.Argument(help="Their name in commands and addresses: alpha.")],
    name: Annotated[str, typer.Argument(help="Their name for people: Hébergeur Alpha.")],
    siren: Annotated[str, typer.Option(help="SIREN of whom they are.")] = "", by: By = "", config: Config = None,
) -> None:
    """Open books of an operator."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.open_books(running(config), books, name, siren=siren, by=by)))


@app.command("entry")
def show_entry(
    place: Annotated[int, typer.Argument(min=1, help="Its place in the chain of its books.")],
    books: Books = "programme", config: Config = None,
) -> None:
    """Show an entry: its lines, its proof, its hash."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.show_entry(running(config), books, place)))


@app.command("close")
def close_month(
    month: Annotated[str, typer.Argument(help="The last month to close: 2026-10.")],
    books: Books = "programme", by: By = "", config: Config = None,
) -> None:
    """Close books through a month: nothing is entered there any more. The worker signs it within seconds."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.close(running(config), books, month, by=by)))


@app.command("verify")
def verify_books(
    books: Books = "programme", period: Annotated[str, typer.Option(help="Only as this closed month says.")] = "",
    config: Config = None,
) -> None:
    """Compute every head again from the lines; name the first entry that is altered, missing or out of its place."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.verify(running(config), books, period)))


@app.command("bank")
def load_statement(
    file: Annotated[Path, typer.Argument(help="A bank statement, camt.053.", exists=True, dir_okay=False)],
    books: Books = "programme",
    confirm: Annotated[bool, typer.Option(
        "--confirm", help="Enter the payments that name their invoice and are exactly what is owed.")] = False,
    by: By = "", config: Config = None,
) -> None:
    """Load a bank statement, once, and say which invoice each of its payments may have paid, and why."""
    import asyncio

    from carnet.roles import ledger

    sys.exit(asyncio.run(ledger.load_statement(running(config), file, books=books, confirms=confirm, by=by)))
