"""`carnet verify`: verify signed files, on any machine, without the platform."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Signed files, verified without the platform and without a network.")
SignedFile = Annotated[Path, typer.Argument(help="The signed file.", exists=True, dir_okay=False)]


@app.command("conformance")
def verify_conformance(
    file: SignedFile,
    kit_key: Annotated[str, typer.Option(help="Public key of who ran the check, base64url: `--make-keys` said it.")],
) -> None:
    """Verify the report of `carnet host check`, and say what it says; 1 when the host did not pass."""
    from rich.console import Console

    from carnet.roles.conformance import verify_report

    sys.exit(verify_report(file, kit_key, Console()))


@app.command("erasure")
def verify_erasure(
    file: SignedFile,
    portal_key: Annotated[str, typer.Option(help="Public audit key of the portal, base64url, as it is published.")],
    host_key: Annotated[
        list[str] | None, typer.Option(help="HOST=KEY, its receipt key, base64url; once for each host.")
    ] = None,
) -> None:
    """Verify the proof of an erasure, and say what it says; 1 when a host has not yet signed."""
    from rich.console import Console

    from carnet.roles.erasures import verify_proof

    sys.exit(verify_proof(file, portal_key, host_key or [], Console()))


@app.command("exit")
def verify_exit(
    file: SignedFile,
    portal_key: Annotated[str, typer.Option(help="Public audit key of the portal; else as the file says it.")] = "",
    host_key: Annotated[
        list[str] | None, typer.Option(help="HOST=KEY, its receipt key, base64url; once for each host.")
    ] = None,
) -> None:
    """Verify the file of a campaign or of a host's exit: whole, signed, every receipt; 1 unless it is complete."""
    from rich.console import Console

    from carnet.roles.exit_verify import verify_exit

    sys.exit(verify_exit(file, portal_key, host_key or [], Console()))
