"""`carnet steering comparison`: two approaches, cohorts fixed in advance, an audited report after a year."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from carnet.roles.commands.options import By, Config, Language, running

app = typer.Typer(no_args_is_help=True, help="The fair comparison of two approaches: protocol, facts, report, closing.")
Comparison = Annotated[str, typer.Argument(help="Its id, as its protocol says.")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A protocol in TOML: docs/comparison.md.")]
Key = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Key file of who signs.")]


@app.command()
def register(file: File, by: By = "", config: Config = None) -> None:
    """Register and sign a protocol, before its first day."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.register(running(config), file, by=by)))


@app.command()
def amend(
    file: File, because: Annotated[str, typer.Option(help="Why.")], by: By = "", config: Config = None,
) -> None:
    """Register another version of a protocol: the report shows it, with its date."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.amend(running(config), file, because=because, by=by)))


@app.command()
def incident(
    comparison: Comparison,
    by: Annotated[str, typer.Option(help="Who says so: name and function.")],
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day.")],
    gravity: Annotated[str, typer.Option(help="minor, serious or grave.")],
    words: Annotated[str, typer.Option(help="What happened.")],
    host: Annotated[str, typer.Option(help="Whose it was: a host.")] = "",
    cohort: Annotated[str, typer.Option(help="Or a cohort; neither: the platform's.")] = "",
    minutes: Annotated[int | None, typer.Option(help="How long something was down, if anybody knows.")] = None,
    config: Config = None,
) -> None:
    """Take down an incident."""
    import asyncio

    from carnet.roles import comparison as does
    from carnet.steering.comparison.facts import incident_of

    said = incident_of(
        on.date(), gravity, words, by, {"host": host, "cohort": cohort, "minutes_down": minutes})
    sys.exit(asyncio.run(does.tell(running(config), comparison, said)))


@app.command()
def draw(
    comparison: Comparison,
    write_to: Annotated[Path, typer.Option(help="File of records and of the names they answer under (mode 0600).")],
    by: By = "", config: Config = None,
) -> None:
    """Draw whom the survey asks, once, by the seed of the protocol."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.draw(running(config), comparison, write_to, by=by)))


@app.command()
def survey(
    comparison: Comparison, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Answers as CSV.")],
    by: By = "", config: Config = None,
) -> None:
    """Take the answers to the survey: all of a file, or none."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.survey(running(config), comparison, file, by=by)))


@app.command()
def report(
    comparison: Comparison, folder: Annotated[Path, typer.Argument(help="Where to write it.")],
    language: Language = "fr", config: Config = None,
) -> None:
    """Write the report as things are now: a draft, with its figures and facts."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.report(running(config), comparison, folder, language=language)))


@app.command()
def close(comparison: Comparison, key: Key, by: By = "", config: Config = None) -> None:
    """Fix facts, figures and report, signed by an officer."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.close(running(config), comparison, key, by=by)))


@app.command()
def countersign(
    comparison: Comparison, key: Key,
    checked: Annotated[list[str], typer.Option(help="What was checked; once for each.")],
    signatory: Annotated[str, typer.Option(help="Who signs; else the auditor that the protocol names.")] = "",
    config: Config = None,
) -> None:
    """Countersign what an officer closed: nothing changes after, and everybody may read it."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.countersign(
        running(config), comparison, key, checked=checked, signatory=signatory)))


@app.command()
def verify(comparison: Comparison, config: Config = None) -> None:
    """Compute what is published again, and every signature; exit 1 if anything is not as it was signed."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.verify(running(config), comparison)))


@app.command()
def demo(config: Config = None) -> None:
    """Make a finished comparison that is invented, in a demonstration."""
    import asyncio

    from carnet.roles import comparison as does

    sys.exit(asyncio.run(does.demo(running(config))))
