"""`carnet audit`: the audit log, verified and signed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import Config, running

app = typer.Typer(no_args_is_help=True, help="The audit log, and whether it is what it was.")


@app.command("verify")
def verify_audit(
    kept: Annotated[
        Path | None, typer.Option(help="A checkpoint that was kept elsewhere.", exists=True, dir_okay=False)
    ] = None,
    config: Config = None,
) -> None:
    """Compute the whole audit log again, and name every event that is altered, missing or out of its place."""
    import asyncio

    from carnet.roles.audit_log import verify_log

    sys.exit(asyncio.run(verify_log(running(config), kept.read_text(encoding="utf-8") if kept else "")))


@app.command("checkpoint")
def audit_checkpoint(config: Config = None) -> None:
    """Print the last signed checkpoint of the audit log: keep it outside the platform."""
    import asyncio

    from carnet.roles.audit_log import checkpoint_note

    note, key = asyncio.run(checkpoint_note(running(config)))
    print(note, end="")
    print(f"verified by: {key}", file=sys.stderr)
