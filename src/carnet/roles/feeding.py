"""What `carnet record open` and `carnet submit` show people: a progress bar, then a line for each.

May import: people, errors; `opening`, `submit`, `tokens` and `settings` of this room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from carnet.client import Described
from carnet.errors import CarnetError
from carnet.people.ins import DEMONSTRATION, Ins
from carnet.people.patient import Patient
from carnet.roles.opening import open_record, patient_in, patient_of
from carnet.roles.settings import Settings
from carnet.roles.submit import Fate, Outcome, submit_files
from carnet.roles.tokens import issuer_of, known, token_for

_DOCTOR = "moreau"
_COLOURS = {Fate.KEPT: "green", Fate.ALREADY_THERE: "blue", Fate.REFUSED: "red"}


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who asks, and where: a demonstration login, or a token that the caller brings."""

    login: str
    given_token: str
    given_portal: str
    settings: Settings

    @property
    def portal(self) -> str:
        """The portal to ask."""
        return self.given_portal.rstrip("/") or self.settings.public_url

    async def token(self) -> str:
        """The token to bear."""
        if self.given_token:
            return self.given_token
        who = known(self.login or _DOCTOR)
        return await token_for(who, issuer_of(who, self.settings))


def described(patient: str, kind: str, title: str) -> Described:
    """What the command line says of files that are no CDA. Raises InvalidIdentifier for a patient that is none."""
    ins = Ins.parse_cx(patient, DEMONSTRATION) if patient else None
    code, _, system = kind.partition("^")
    return Described(
        patient=f"urn:oid:{ins.oid}|{ins.value}" if ins else "",
        type=f"urn:oid:{system}|{code}" if system else code,
        title=title,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


async def submit_all(files: Sequence[Path], said: Described, bearer: Bearer) -> int:
    """Feed all and show it; the exit code is 1 if any was refused."""
    console = Console()
    token = await bearer.token()
    bar = Progress(TextColumn("Depositing"), BarColumn(), MofNCompleteColumn(), console=console, transient=True)
    with bar:
        task = bar.add_task("", total=len(files))

        def tell(outcome: Outcome) -> None:
            bar.advance(task)
            _show(console, outcome)

        outcomes = await submit_files(files, said, portal=bearer.portal, token=token, tell=tell)
    counts = Counter(outcome.fate for outcome in outcomes)
    console.print(", ".join(f"{counts[fate]} {fate}" for fate in Fate))
    return 1 if counts[Fate.REFUSED] else 0


async def open_records(patients: Sequence[str], bearer: Bearer) -> int:
    """Open all and show it; the exit code is 1 if any was refused."""
    console = Console()
    refused = 0
    for name in patients:
        try:
            opened = await _open_one(name, bearer)
        except CarnetError as error:
            refused += 1
            console.print(f"[red]refused[/] {escape(name)}: {escape(str(error))}", highlight=False)
        else:
            console.print(
                f"{'[green]opened[/]' if opened else '[blue]already open[/]'} {escape(name)}", highlight=False
            )
    return 1 if refused else 0


async def _open_one(name: str, bearer: Bearer) -> bool:
    patient = _patient(name)
    if not (bearer.login or bearer.given_token or _is_file(name)):
        own_token = await replace(bearer, login=name).token()
        return await open_record(patient, portal=bearer.portal, token=own_token, channel="portal")
    return await open_record(patient, portal=bearer.portal, token=await bearer.token())


def _patient(name: str) -> Patient:
    return patient_in(Path(name)) if _is_file(name) else patient_of(known(name))


def _is_file(name: str) -> bool:
    return Path(name).is_file()


def _show(console: Console, outcome: Outcome) -> None:
    colour = _COLOURS[outcome.fate]
    console.print(f"[{colour}]{outcome.fate}[/] {escape(str(outcome.file))}", highlight=False, soft_wrap=True)
    for reason in outcome.reasons:
        console.print(f"    {escape(reason)}", highlight=False, soft_wrap=True)
