"""The command line: `carnet`. Thin: each command reads its settings, then calls the file that does it.

May import: every file of this room, inside the command that needs it, so that `carnet --help` is instant.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from carnet.errors import CarnetError
from carnet.roles.commands import (
    audit,
    backup,
    calls,
    comparison,
    conformity,
    erasures,
    feed,
    host,
    hosts,
    keys,
    ledger,
    ledger_costs,
    ledger_files,
    ledger_meter,
    matrix,
    moves,
    officer,
    oversight,
    record,
    restore,
    steering,
    verify,
)
from carnet.roles.commands.options import Config, Supervisor, running, settings_of

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A shared medical record that a country can run.",
)
GROUPS = {
    "record": record, "audit": audit, "keys": keys, "matrix": matrix, "officer": officer, "host": host, "hosts": hosts,
    "verify": verify, "erasures": erasures, "backup": backup, "restore": restore,
    "feed": feed, "conformity": conformity, "ledger": ledger, "steering": steering,
}
for name, commands in GROUPS.items():
    app.add_typer(commands.app, name=name)
hosts.app.add_typer(oversight.app)
hosts.app.add_typer(moves.app)
ledger.app.add_typer(ledger_files.app)
ledger.app.add_typer(ledger_meter.app)
ledger.app.add_typer(ledger_costs.app)
steering.app.add_typer(calls.app, name="call")
steering.app.add_typer(comparison.app, name="comparison")


def main() -> None:
    """The entry point: what we refuse is said in one line, without a traceback."""
    try:
        app()
    except CarnetError as error:
        for line in [str(issue) for issue in getattr(error, "issues", ())] or [str(error)]:
            print(f"carnet: {line}", file=sys.stderr)
        sys.exit(2)
    except ConnectionError as error:
        print(
            f"carnet: nothing answers at an address of the settings ({error}): `carnet doctor` says which",
            file=sys.stderr,
        )
        sys.exit(3)


@app.command()
def demo(
    json: Annotated[Path | None, typer.Option(help="Write addresses, process numbers and identities here.")] = None,
) -> None:
    """Start the whole platform on this machine, with invented people and documents."""
    import asyncio

    from rich.console import Console

    from carnet.roles.demo import run

    asyncio.run(run(Path(settings_of().home), console=Console(), json_file=json))


@app.command()
def portal(config: Config = None, supervisor: Supervisor = None) -> None:
    """Run the national portal: FHIR doors and pages."""
    from carnet.roles import processes

    processes.run(processes.portal(settings_of(config), supervisor=supervisor), role="portal")


@app.command()
def worker(config: Config = None, supervisor: Supervisor = None) -> None:
    """Run the portal's deferred work: delivery to hosts, catch-up, collection, the audit log."""
    from carnet.roles import processes

    processes.run(processes.worker(settings_of(config), supervisor=supervisor), role="worker")


@app.command(hidden=True)
def identity(config: Annotated[Path, typer.Option()], supervisor: Supervisor = None) -> None:
    """Run the demonstration's identity provider."""
    import msgspec

    from carnet.roles import processes
    from carnet.roles.demo_issuer import Registration

    registration = msgspec.json.decode(config.read_bytes(), type=Registration)
    processes.run(processes.issuer(registration, supervisor=supervisor), role="identity")


@app.command()
def token(
    who: Annotated[str, typer.Argument(help="A login of the demonstration, as `carnet demo` prints them.")] = "",
    purpose: Annotated[str, typer.Option(help="Purpose of use: normal, bris_de_glace or centre_15.")] = "",
    secret: Annotated[bool, typer.Option("--secret", help="A minor's secret connection.")] = False,
    application: Annotated[str, typer.Option(help="For a patient: the application that acts for them.")] = "",
    regulator: Annotated[bool, typer.Option("--regulator", help="Works for an emergency regulation centre.")] = False,
    officer: Annotated[bool, typer.Option("--officer", help="The authority's officer, without a login.")] = False,
    config: Config = None,
) -> None:
    """Print a bearer token for an invented person (demonstration only)."""
    import asyncio

    from carnet.roles.demo_people import OFFICER
    from carnet.roles.demo_tokens import Wished
    from carnet.roles.tokens import issuer_of, known, token_for

    person = known(OFFICER if officer and not who else who)
    wished = Wished(purpose, secret, application, regulator)
    print(asyncio.run(token_for(person, issuer_of(person, running(config)), wished)))


@app.command()
def submit(
    files: Annotated[list[Path], typer.Argument(help="CDA or PDF files.", exists=True, dir_okay=False)],
    by: Annotated[str, typer.Option(help="Login of who deposits them, in the demonstration.")] = "moreau",
    patient: Annotated[str, typer.Option(help="Of files that are no CDA: whose, as INS^^^&OID&ISO^NH.")] = "",
    kind: Annotated[str, typer.Option("--type", help="Of files that are no CDA: type, as code^OID.")] = "",
    title: Annotated[str, typer.Option(help="Of files that are no CDA: title; else the name of the file.")] = "",
    token: Annotated[str, typer.Option(envvar="TOKEN", help="A bearer token, instead of a demonstration login.")] = "",
    portal: Annotated[str, typer.Option(help="Address of the portal; else that of the settings.")] = "",
    config: Config = None,
) -> None:
    """Feed files to a running platform, and say what happened to each. Safe to run twice."""
    import asyncio

    from carnet.roles.feeding import Bearer, described, submit_all

    bearer = Bearer(by, token, portal, running(config))
    sys.exit(asyncio.run(submit_all(files, described(patient, kind, title), bearer)))


@app.command()
def migrate(
    config: Config = None,
    database: Annotated[str | None, typer.Option(help="portal, keys or host; else all that the settings name.")] = None,
    only_before: Annotated[bool, typer.Option(help="Only what may run while the old code still runs.")] = False,
) -> None:
    """Bring databases to the shape this version expects."""
    import asyncio

    from carnet.roles.migrate import migrate_all

    for line in asyncio.run(migrate_all(settings_of(config), database, only_before=only_before)):
        print(line)


@app.command()
def settings() -> None:
    """Print the page of all settings, in Markdown."""
    from carnet.roles.settings_page import page

    print(page(), end="")


@app.command()
def doctor(config: Config = None) -> None:
    """Check this installation and say what is wrong and what to do."""
    import asyncio

    from carnet.roles.doctor import examine

    sys.exit(asyncio.run(examine(running(config))))


if __name__ == "__main__":
    main()
