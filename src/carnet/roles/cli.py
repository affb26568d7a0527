"""The command line: `carnet`. Thin: each command reads its settings, then calls the file that does it.

May import: every file of this room, inside the command that needs it, so that `carnet --help` is instant.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carnet.errors import CarnetError

if TYPE_CHECKING:
    from carnet.roles.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A shared medical record that a country can run.",
)
record = typer.Typer(no_args_is_help=True, help="What one can do with a patient's record.")
app.add_typer(record, name="record")
audit = typer.Typer(no_args_is_help=True, help="The audit log, and whether it is what it was.")
app.add_typer(audit, name="audit")
matrix = typer.Typer(no_args_is_help=True, help="The access matrix: which professions read and write which documents.")
app.add_typer(matrix, name="matrix")
officer = typer.Typer(no_args_is_help=True, help="What an officer of the authority does to one record.")
app.add_typer(officer, name="officer")

Config = Annotated[Path | None, typer.Option(help="Settings file; else CARNET_CONFIG, ./carnet.toml, CARNET_HOME.")]
MatrixFile = Annotated[Path, typer.Argument(help="A matrix, as a file.", exists=True, dir_okay=False)]
OtherMatrix = Annotated[Path | None, typer.Option(help="A file, not the one in force.", exists=True, dir_okay=False)]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="On which day; else today.")]
Language = Annotated[str, typer.Option(help="fr or en.")]
# Asked for when it is not given: what is typed as an argument stays in the history of the shell.
Person = Annotated[str, typer.Option(prompt="INS^^^&OID&ISO^NH", help="Whose record, as INS^^^&OID&ISO^NH.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit log; else the account of this machine.")]
Supervisor = Annotated[int | None, typer.Option(hidden=True)]


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

    asyncio.run(run(Path(_settings().home), console=Console(), json_file=json))


@app.command()
def portal(config: Config = None, supervisor: Supervisor = None) -> None:
    """Run the national portal: FHIR doors and pages."""
    from carnet.roles import processes

    processes.run(processes.portal(_settings(config), supervisor=supervisor), role="portal")


@app.command()
def worker(config: Config = None, supervisor: Supervisor = None) -> None:
    """Run the portal's deferred work: delivery to hosts, catch-up, collection, the audit log."""
    from carnet.roles import processes

    processes.run(processes.worker(_settings(config), supervisor=supervisor), role="worker")


@app.command()
def host(config: Config = None, supervisor: Supervisor = None) -> None:
    """Run a host: it keeps sealed journals and bodies, and can read neither."""
    from carnet.roles import processes

    settings = _settings(config)
    processes.run(processes.host(settings, supervisor=supervisor), role=f"host {settings.host_id}")


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
    print(asyncio.run(token_for(person, issuer_of(person, _running(config)), wished)))


@record.command("open")
def open_record(
    patients: Annotated[list[str], typer.Argument(help="Logins of invented patients, or CDA files about patients.")],
    by: Annotated[
        str | None, typer.Option(help="Login of the professional who opens; else each opens their own.")
    ] = None,
    token: Annotated[str, typer.Option(envvar="TOKEN", help="A bearer token, instead of a demonstration login.")] = "",
    portal: Annotated[str, typer.Option(help="Address of the portal; else that of the settings.")] = "",
    config: Config = None,
) -> None:
    """Open the records of patients who agreed: by a professional's token, or of invented people by themselves."""
    import asyncio

    from carnet.roles.feeding import Bearer, open_records

    sys.exit(asyncio.run(open_records(patients, Bearer(by or "", token, portal, _running(config)))))


@record.command("announce")
def announce_records(
    file: Annotated[Path, typer.Argument(
        help="CSV: ins, oid, birth_family, birth_given, birth_date, sex, birthplace.", exists=True, dir_okay=False)],
    by: By = "",
    config: Config = None,
) -> None:
    """Announce a record to everyone in a file, once all of its lines are right: they have six weeks to object."""
    import asyncio

    from carnet.roles.announcing import announce

    sys.exit(asyncio.run(announce(_running(config), file, by=by)))


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

    bearer = Bearer(by, token, portal, _running(config))
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

    for line in asyncio.run(migrate_all(_settings(config), database, only_before=only_before)):
        print(line)


@officer.command("suspend")
def suspend_record(
    person: Person, motive: Annotated[str, typer.Option(help="fraude, or dysfonctionnement-grave.")], by: By = "",
    config: Config = None,
) -> None:
    """Suspend a record: it is closed after six weeks, unless it is resumed."""
    import asyncio

    from carnet.roles.officer import do, suspended

    sys.exit(asyncio.run(do(_running(config), person, suspended(motive), by=by)))


@officer.command("resume")
def resume_record(person: Person, by: By = "", config: Config = None) -> None:
    """End a suspension: all is as it was before."""
    import asyncio

    from carnet.roles.officer import do, resumed

    sys.exit(asyncio.run(do(_running(config), person, resumed(), by=by)))


@officer.command("close-by-death")
def close_by_death(person: Person, by: By = "", config: Config = None) -> None:
    """Close the record of someone who died; only an officer reopens it."""
    import asyncio

    from carnet.roles.officer import closed_by_death, do

    sys.exit(asyncio.run(do(_running(config), person, closed_by_death(), by=by)))


@officer.command("protect")
def protect_adult(
    person: Person, end: Annotated[bool, typer.Option("--end", help="The protection is over.")] = False, by: By = "",
    config: Config = None,
) -> None:
    """Declare that an adult is protected by law: their representatives decide for them."""
    import asyncio

    from carnet.roles.officer import do, protected

    sys.exit(asyncio.run(do(_running(config), person, protected(not end), by=by)))


@audit.command("verify")
def verify_audit(
    kept: Annotated[
        Path | None, typer.Option(help="A checkpoint that was kept elsewhere.", exists=True, dir_okay=False)
    ] = None,
    config: Config = None,
) -> None:
    """Compute the whole audit log again, and name every event that is altered, missing or out of its place."""
    import asyncio

    from carnet.roles.audit_log import verify_log

    sys.exit(asyncio.run(verify_log(_running(config), kept.read_text(encoding="utf-8") if kept else "")))


@audit.command("checkpoint")
def audit_checkpoint(config: Config = None) -> None:
    """Print the last signed checkpoint of the audit log: keep it outside the platform."""
    import asyncio

    from carnet.roles.audit_log import checkpoint_note

    note, key = asyncio.run(checkpoint_note(_running(config)))
    print(note, end="")
    print(f"verified by: {key}", file=sys.stderr)


@matrix.command("check")
def check_matrix(file: MatrixFile, language: Language = "en") -> None:
    """Read a matrix, and say everything that is wrong with it, or what it holds and leaves out."""
    from carnet.roles.matrix import Asked, check

    sys.exit(check(file, Asked.of(None, language)))


@matrix.command("diff")
def diff_matrix(
    file: MatrixFile, against: OtherMatrix = None, day: Day = None, language: Language = "en", config: Config = None,
) -> None:
    """Say who would gain or lose what if this matrix were in force."""
    import asyncio

    from carnet.roles.matrix import Asked, diff

    sys.exit(asyncio.run(diff(_running(config), file, against, Asked.of(day, language))))


@matrix.command("load")
def load_matrix(
    file: MatrixFile,
    yes: Annotated[bool, typer.Option("--yes", help="Put it in force; else only say what would change.")] = False,
    by: By = "",
    day: Day = None,
    language: Language = "en",
    config: Config = None,
) -> None:
    """Put a matrix in force, for every decision from then on."""
    import asyncio

    from carnet.roles.matrix import Asked, load

    sys.exit(asyncio.run(load(_running(config), file, Asked.of(day, language), is_meant=yes, by=by)))


@matrix.command("show")
def show_matrix(
    profession: Annotated[str, typer.Option(help="60, 60/SI04, G16_10, 93, AUTOMATE…; else everyone, counted.")] = "",
    file: OtherMatrix = None,
    day: Day = None,
    language: Language = "en",
    config: Config = None,
) -> None:
    """Say what the matrix in force opens, type by type."""
    import asyncio

    from carnet.roles.matrix import Asked, show

    sys.exit(asyncio.run(show(_running(config), profession, file, Asked.of(day, language))))


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

    sys.exit(asyncio.run(examine(_running(config))))


def _settings(config: Path | None = None) -> Settings:
    from carnet.roles.settings_read import PREFIX, read

    named = {f"{PREFIX}CONFIG": str(config)} if config else {}
    return read({**os.environ, **named})


def _running(config: Path | None) -> Settings:
    """The settings of the portal to talk to: those given, else those of the demonstration on this folder."""
    told = _settings(config)
    made = Path(told.home) / "settings" / "portal.toml"
    return _settings(made) if config is None and not told.issuers and made.is_file() else told


if __name__ == "__main__":
    main()
