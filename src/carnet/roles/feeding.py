"""What `carnet record open` and `carnet submit` show people: a progress bar, then a line for each.

May import: people, errors; `opening`, `submit`, `tokens` and `settings` of this room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from carnet.errors import CarnetError
from carnet.people.ins import DEMONSTRATION, Ins
from carnet.roles.opening import open_by_patient, open_by_professional, patient_in, patient_of
from carnet.roles.settings import Settings
from carnet.roles.submit import Described, Fate, Outcome, submit_files
from carnet.roles.tokens import issuer_of, known, token_for

_COLOURS = {Fate.KEPT: "green", Fate.ALREADY_THERE: "blue", Fate.REFUSED: "red"}


@dataclass(frozen=True, slots=True)
class Depositor:
    """Who deposits, where: a demonstration login, or a token that the caller brings."""

    login: str
    given_token: str
    given_portal: str
    settings: Settings

    @property
    def portal(self) -> str:
        """The portal to feed."""
        return self.given_portal.rstrip("/") or self.settings.public_url

    async def token(self) -> str:
        """The token to bear."""
        who = known(self.login)
        return self.given_token or await token_for(who, issuer_of(who, self.settings))


def described(patient: str, kind: str, title: str) -> Described:
    """What the command line says of files that are no CDA. Raises InvalidIdentifier for a patient that is none."""
    ins = Ins.parse_cx(patient, DEMONSTRATION) if patient else None
    code, _, system = kind.partition("^")
    return Described(
        ins_system=f"urn:oid:{ins.oid}" if ins else "",
        ins=ins.value if ins else "",
        type_system=f"urn:oid:{system}" if system else "",
        type_code=code,
        title=title,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


async def submit_all(files: Sequence[Path], said: Described, depositor: Depositor) -> int:
    """Feed all and show it; the exit code is 1 if any was refused."""
    console = Console()
    token = await depositor.token()
    bar = Progress(TextColumn("Depositing"), BarColumn(), MofNCompleteColumn(), console=console, transient=True)
    with bar:
        task = bar.add_task("", total=len(files))

        def tell(outcome: Outcome) -> None:
            bar.advance(task)
            _show(console, outcome)

        outcomes = await submit_files(files, said, portal=depositor.portal, token=token, tell=tell)
    counts = Counter(outcome.fate for outcome in outcomes)
    console.print(", ".join(f"{counts[fate]} {fate}" for fate in Fate))
    return 1 if counts[Fate.REFUSED] else 0


async def open_records(patients: Sequence[str], by: str | None, portal: str) -> int:
    """Open all and show it; the exit code is 1 if any was refused."""
    console = Console()
    refused = 0
    for name in patients:
        try:
            opened = await _open_one(name, by, portal)
        except CarnetError as error:
            refused += 1
            console.print(f"[red]refused[/] {escape(name)}: {escape(str(error))}", highlight=False)
        else:
            console.print(
                f"{'[green]opened[/]' if opened else '[blue]already open[/]'} {escape(name)}", highlight=False
            )
    return 1 if refused else 0


async def _open_one(name: str, by: str | None, portal: str) -> bool:
    file = _file(name)
    if by is None and file is None:
        return await open_by_patient(known(name), portal)
    patient = patient_in(file) if file else patient_of(known(name))
    return await open_by_professional(patient, known(by or "moreau"), portal)


def _file(name: str) -> Path | None:
    return path if (path := Path(name)).is_file() else None


def _show(console: Console, outcome: Outcome) -> None:
    colour = _COLOURS[outcome.fate]
    console.print(f"[{colour}]{outcome.fate}[/] {escape(str(outcome.file))}", highlight=False, soft_wrap=True)
    for reason in outcome.reasons:
        console.print(f"    {escape(reason)}", highlight=False, soft_wrap=True)
