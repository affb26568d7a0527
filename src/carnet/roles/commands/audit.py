"""`carnet audit`: the audit log, verified and signed."""

from __future__ import annotations

import sys
from datetime import datetime
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


@app.command("key")
def audit_public_key(config: Config = None) -> None:
    """Print the public half of the audit key, base64url: publish it, proofs and roots are verified with it."""
    from carnet.roles.audit_log import audit_key
    from carnet.roles.key_files import public_key

    print(public_key(audit_key(running(config))))


@app.command("root")
def daily_root(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day, UTC.")], config: Config = None,
) -> None:
    """Print the signed root of all that hosts signed on a day: keep it outside the platform."""
    import asyncio

    from carnet.roles.daily_roots import root_note

    print(asyncio.run(root_note(running(config), day.date())), end="")


@app.command("verify-root")
def verify_daily_root(
    day: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The day, UTC.")] = None,
    kept: Annotated[
        Path | None, typer.Option(help="A root that was kept elsewhere.", exists=True, dir_okay=False)
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Also ask the reference operator what it keeps.")] = False,
    config: Config = None,
) -> None:
    """Compute the root of a day again, and compare it with what was signed, witnessed and kept; 1 if it is another."""
    import asyncio

    from carnet.roles.daily_roots import verify_root

    note = kept.read_text(encoding="utf-8") if kept else ""
    sys.exit(asyncio.run(verify_root(running(config), day.date() if day else None, note, asks=ask)))
