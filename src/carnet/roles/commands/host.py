"""`carnet host`: run a host, or check one, anybody's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import Config, Supervisor, settings_of

app = typer.Typer()


@app.callback(invoke_without_command=True)
def host(asked: typer.Context, config: Config = None, supervisor: Supervisor = None) -> None:
    """Run a host: it keeps sealed journals and bodies, and can read neither."""
    from carnet.roles import processes

    if asked.invoked_subcommand is None:
        settings = settings_of(config)
        processes.run(processes.host(settings, supervisor=supervisor), role=f"host {settings.host_id}")


@app.command("check")
def check_host(
    url: Annotated[str, typer.Argument(help="Address of the host, http://… or https://….")] = "",
    keys: Annotated[
        Path, typer.Option(help="Folder of the keys that the host was told to believe, see --make-keys.")
    ] = Path("conformance-keys"),
    make_keys: Annotated[
        Path | None, typer.Option(help="Make these keys in this folder, print what to tell the host, and end.")
    ] = None,
    host_id: Annotated[str, typer.Option(help="Its id, as tokens name it; else what it says of itself.")] = "",
    receipt_key: Annotated[str, typer.Option(help="Its public receipt key, base64url; else the one it shows.")] = "",
    restart: Annotated[
        str, typer.Option(help="Command that kills and starts the host, run without a shell; `ask`: you do it.")
    ] = "",
    ceiling: Annotated[int, typer.Option(help="Its host_erasures_a_day during the check, 1 to 499.")] = 200,
    report: Annotated[Path | None, typer.Option(help="Write the signed report here.", dir_okay=False)] = None,
    only: Annotated[list[str] | None, typer.Option(help="Make this check alone, and others so named.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Print what each check proves, in Markdown, and end.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Without load and heavy calls: does not pass.")] = False,
) -> None:
    """Check that a host, anybody's, does what docs/hosts says; loads it: not while it serves a portal."""
    import asyncio

    from rich.console import Console

    from carnet.roles import conformance

    if listed:
        print("\n".join(conformance.checks_told()))
        return
    if make_keys is not None:
        sys.exit(conformance.make_keys(make_keys, Console()))
    wished = conformance.Wished(url, keys, host_id, receipt_key, restart, ceiling, report, quick, tuple(only or ()))
    sys.exit(asyncio.run(conformance.check_host(wished, Console())))
