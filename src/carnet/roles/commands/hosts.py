"""`carnet hosts`: the accreditation of hosts, who gets new records, and moving them."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, running

app = typer.Typer(no_args_is_help=True, help="Hosts: their accreditation, and which records they get.")
cohorts = typer.Typer(no_args_is_help=True, help="Which records go to which consortium.")
app.add_typer(cohorts, name="cohorts")

HostId = Annotated[str, typer.Argument(help="The host, as `hosts` of the settings name it.")]
Document = Annotated[Path, typer.Option(help="What is signed: report, opinion, decree.", exists=True, dir_okay=False)]
Signatory = Annotated[str, typer.Option(help="Who signs, of `signatories`; else the only one who may.")]
Key = Annotated[Path | None, typer.Option(help="Key file of who signs, when it is on this machine.", exists=True)]
Signature = Annotated[str, typer.Option(help="The signature, base64url, made elsewhere (`carnet hosts sign`).")]
Statement = Annotated[Path | None, typer.Option("--write-statement", help="Write what is to be signed here, no more.")]
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day it was signed; else today.")]


@app.command("apply")
def apply_for(
    file: Annotated[Path, typer.Argument(help="The host's file, as TOML.", exists=True, dir_okay=False)],
    signatory: Signatory = "", key: Key = None, signature: Signature = "", statement: Statement = None, on: On = None,
    by: By = "", config: Config = None,
) -> None:
    """Hand in a host's file: its first application, or the renewal of its decision."""
    import asyncio

    from carnet.roles.hosts import Signing, apply_with

    signing = Signing(signatory, key, signature, statement, on.date() if on else None, by)
    sys.exit(asyncio.run(apply_with(running(config), file, signing)))


@app.command("step")
def take_step(
    host: HostId,
    step: Annotated[str, typer.Argument(help="conformance, security, cnil, committee or decision.")],
    document: Document,
    unfavourable: Annotated[bool, typer.Option("--unfavourable", help="The opinion, or decision, is a no.")] = False,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of a decision.")] = None,
    signatory: Signatory = "", key: Key = None, signature: Signature = "", statement: Statement = None, on: On = None,
    by: By = "", config: Config = None,
) -> None:
    """Take down a step of a host's application that its signatory signed."""
    import asyncio

    from carnet.roles.hosts import Signing, Stepping, step_of, take

    signing = Signing(signatory, key, signature, statement, on.date() if on else None, by)
    stepping = Stepping(host, step_of(step), document, not unfavourable, until.date() if until else None)
    sys.exit(asyncio.run(take(running(config), stepping, signing)))


_STEPS = {"suspend": "suspended", "resume": "resumed", "withdraw": "withdrawn"}


def _deciding(name: str, words: str) -> None:
    def command(
        host: HostId, document: Document, signatory: Signatory = "", key: Key = None, signature: Signature = "",
        statement: Statement = None, on: On = None, by: By = "", config: Config = None,
    ) -> None:
        import asyncio

        from carnet.roles.hosts import Signing, Stepping, step_of, take

        signing = Signing(signatory, key, signature, statement, on.date() if on else None, by)
        sys.exit(asyncio.run(take(running(config), Stepping(host, step_of(_STEPS[name]), document), signing)))

    command.__doc__ = words
    app.command(name)(command)


_deciding("suspend", "Suspend a host: it gets no new record until it is resumed, and keeps those it has.")
_deciding("resume", "End the suspension of a host.")
_deciding("withdraw", "Withdraw the accreditation of a host, or its application: for good, until it applies again.")


@app.command("sign")
def sign_statement(
    statement: Annotated[Path, typer.Argument(help="What `--write-statement` wrote.", exists=True, dir_okay=False)],
    key: Annotated[Path, typer.Option(help="Key file of who signs.", exists=True, dir_okay=False)],
) -> None:
    """Show a statement, sign it with a key of this machine, and print the signature. Asks nobody."""
    from carnet.roles.hosts import sign

    sys.exit(sign(statement, key))


@app.command("list")
def list_hosts(config: Config = None) -> None:
    """Say which hosts there are, in which state, until when, and how full."""
    import asyncio

    from carnet.roles.hosts_told import list_all

    sys.exit(asyncio.run(list_all(running(config))))


@app.command("show")
def show_host(host: HostId, config: Config = None) -> None:
    """Say all that was handed in and signed for a host, and verify every signature again."""
    import asyncio

    from carnet.roles.hosts_told import show

    sys.exit(asyncio.run(show(running(config), host)))


@app.command("compare")
def compare_host(
    host: HostId,
    report: Annotated[Path | None, typer.Option(help="Write all that differs here, as JSON and .txt.")] = None,
    config: Config = None,
) -> None:
    """Say what a host, restored from its backup, lacks of what it should hold, and have it brought."""
    import asyncio

    from rich.console import Console

    from carnet.roles.restoring import compare_host

    sys.exit(asyncio.run(compare_host(running(config), host, Console(), report)))


@app.command("reminders")
def list_reminders(config: Config = None) -> None:
    """Say which decisions and certificates end within 180 days, or ended; 1 when there is one."""
    import asyncio

    from carnet.roles.hosts_told import remind

    sys.exit(asyncio.run(remind(running(config))))


@cohorts.command("load")
def load_cohorts(
    file: Annotated[Path, typer.Argument(help="The cohorts, as TOML.", exists=True, dir_okay=False)],
    by: By = "", config: Config = None,
) -> None:
    """Put cohorts in force for new records, and end those that the file no longer names."""
    import asyncio

    from carnet.roles.cohorts import load

    sys.exit(asyncio.run(load(running(config), file, by=by)))


@cohorts.command("list")
def list_cohorts(config: Config = None) -> None:
    """Say which cohorts there are, and how full."""
    import asyncio

    from carnet.roles.cohorts import list_all

    sys.exit(asyncio.run(list_all(running(config))))
