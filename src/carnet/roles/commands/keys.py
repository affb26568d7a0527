"""`carnet keys`: the platform key and the key store: their state, rotation, locks and backups."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="The platform key, and the store of the keys that it wraps.")
Folder = Annotated[Path, typer.Argument(help="Folder of the backups.", exists=True, file_okay=False)]
Backup = Annotated[Path, typer.Argument(help="A backup of the key store.", exists=True, dir_okay=False)]


@app.command()
def status(config: Config = None) -> None:
    """Say which versions of the platform key there are, who has them open, and how many keys were unwrapped."""
    import asyncio

    from carnet.roles.key_status import status

    sys.exit(asyncio.run(status(running(config))))


@app.command()
def rotate(by: By = "", config: Config = None) -> None:
    """Replace the platform key while everything runs; go on with a rotation that was stopped."""
    import asyncio

    from rich.console import Console

    from carnet.roles.key_rotation import rotate

    sys.exit(asyncio.run(rotate(running(config), by=by, console=Console())))


@app.command()
def lock(by: By = "", config: Config = None) -> None:
    """Lock the platform key under the passphrases of two people: both are needed at each start from then on."""
    import asyncio

    from carnet.roles.key_locking import lock

    sys.exit(asyncio.run(lock(running(config), by=by)))


@app.command()
def unlock(config: Config = None) -> None:
    """Give one person's passphrase, asked for without echo, to the processes of this machine that wait for it."""
    import asyncio

    from carnet.roles.key_locking import unlock

    sys.exit(asyncio.run(unlock(running(config))))


@app.command()
def backup(folder: Folder, by: By = "", config: Config = None) -> None:
    """Write a signed backup of the key store into a folder, and delete those there that are too old."""
    import asyncio

    from rich.console import Console

    from carnet.roles.key_backup import backup

    sys.exit(asyncio.run(backup(running(config), folder, by=by, console=Console())))


@app.command()
def prune(
    folder: Folder,
    retired: Annotated[
        bool, typer.Option("--retired", help="Destroy versions of the platform key that no backup needs any more, too.")
    ] = False,
    by: By = "",
    config: Config = None,
) -> None:
    """Delete the backups of a folder that are older than key_backup_days."""
    import asyncio

    from rich.console import Console

    from carnet.roles.key_backup import prune
    from carnet.roles.key_rotation import destroy_retired

    settings, console = running(config), Console()
    code = asyncio.run(prune(settings, folder, console=console))
    if retired:
        asyncio.run(destroy_retired(settings, by=by, console=console))
    sys.exit(code)


@app.command("restore-check")
def restore_check(file: Backup, config: Config = None) -> None:
    """Prove that a backup is whole, signed and young enough, and that every key in it opens here. Changes nothing."""
    import asyncio

    from rich.console import Console

    from carnet.roles.key_backup import restore_check

    sys.exit(asyncio.run(restore_check(running(config), file, console=Console())))


@app.command()
def restore(file: Backup, by: By = "", config: Config = None) -> None:
    """Bring back the keys that the key store lost; those of records that were erased stay destroyed."""
    import asyncio

    from rich.console import Console

    from carnet.roles.key_restore import restore

    sys.exit(asyncio.run(restore(running(config), file, by=by, console=Console())))
