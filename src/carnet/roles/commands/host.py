"""`carnet host`: run a host."""

from __future__ import annotations

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
