"""What `carnet feed reimbursements` does: files in, a progress bar, then what became of every person.

One import at once: the portal's database holds a lock that ends with the process, however it ends.
May import: every room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from carnet.errors import Conflict, InvalidInput, InvalidSetting, Issue, Unavailable
from carnet.feeds.reimbursements.batch import Summary, Told, bring_file
from carnet.record.inbox.message import Channel, MessageState, Partner
from carnet.record.inbox.take import Arrived, Inbox, take
from carnet.record.stores import Stores
from carnet.roles.importing import Processes, feeding, importing
from carnet.roles.inbox import inbox_of, partner_of
from carnet.roles.settings import Settings

_TURN = int.from_bytes(b"reimburs", "big") >> 1
_DOCUMENT_BYTES = 32 * 1024 * 1024
_STEPS = {"look": "Looking at the lines", "bring": "Bringing"}


@dataclass(frozen=True, slots=True)
class _Work:
    """Who feeds what, and where it is told."""

    partner: Partner
    inbox: Inbox
    console: Console
    processes: Processes | None

    @property
    def stores(self) -> Stores:
        return self.inbox.stores


def feed_reimbursements(
    files: Sequence[Path], partner_id: str, settings: Settings, console: Console, *, processes: int,
) -> int:
    """Bring these files; the exit code: 0 when nobody was refused, 1 when somebody was, or a file as a whole.

    Raises InvalidSetting for a partner that is none, Conflict while another import runs.
    """
    partner = _partner(partner_id, settings)
    documents = [file for file in files if _is_document(file)]
    batches = [file for file in files if file not in documents]
    if processes == 1 or not batches:
        return uvloop.run(_feed(batches, documents, partner, settings, console, None))
    with importing(settings, processes) as started:
        return uvloop.run(_feed(batches, documents, partner, settings, console, started))


async def _feed(
    batches: Sequence[Path], documents: Sequence[Path], partner: Partner, settings: Settings, console: Console,
    processes: Processes | None,
) -> int:
    async with feeding(settings) as (stores, database), _alone(database):
        work = _Work(partner, inbox_of(stores, settings), console, processes)
        is_whole = [await _bring(file, work) for file in batches]
        if documents:
            is_whole.append(await _take_documents(documents, work))
        return 0 if all(is_whole) else 1


async def _bring(file: Path, work: _Work) -> bool:
    try:
        with _bar(work.console) as bar:
            summary = await bring_file(file, work.partner, work.stores, _teller(bar), work.processes)
    except InvalidInput as error:
        for issue in error.issues:
            _say(work.console, "red", "refused", file, f"{issue.expression}: {issue.message}; nothing was brought")
        return False
    except Unavailable as error:
        _say(work.console, "red", "stopped", file, f"{error}; the same command goes on where it stopped")
        return False
    _tell(summary, file, work.console)
    return summary.is_whole


def _tell(summary: Summary, file: Path, console: Console) -> None:
    persons = ", ".join(f"{number} {fate}" for fate, number in sorted(summary.counts.items()))
    _say(console, "green" if summary.is_whole else "red", "done", file, f"{summary.lines} lines; persons: {persons}")
    if summary.errors_file is not None:
        console.print(f"    what was refused, line by line: {escape(str(summary.errors_file))}", soft_wrap=True)


async def _take_documents(files: Sequence[Path], work: _Work) -> bool:
    """Histories that come as documents go through the inbox, like any message."""
    counts: Counter[MessageState] = Counter()
    with _bar(work.console) as bar:
        for file in bar.track(files, description="Documents"):
            content = file.read_bytes() if file.stat().st_size <= _DOCUMENT_BYTES else b""
            taken = await take(Arrived(content, Channel.REIMBURSEMENT, work.partner), work.inbox)
            counts[taken.state] += 1
            if not taken.is_accepted:
                why = "; ".join(issue.message for issue in taken.issues) or ", ".join(taken.reasons)
                _say(work.console, "red", "refused", file, why)
    work.console.print(f"{len(files)} documents: {', '.join(f'{n} {state}' for state, n in counts.items())}")
    return not counts[MessageState.REFUSED]


def _say(console: Console, colour: str, word: str, file: Path, said: str) -> None:
    console.print(f"[{colour}]{word}[/] {escape(str(file))}: {escape(said)}", highlight=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
        transient=True)


def _teller(bar: Progress) -> Callable[[Told], None]:
    task = bar.add_task(_STEPS["look"], total=None)

    def tell(told: Told) -> None:
        bar.update(task, description=_STEPS[told.step], completed=told.lines, total=told.in_all or None)

    return tell


def _is_document(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _partner(partner_id: str, settings: Settings) -> Partner:
    found = next((each for each in settings.partners if each.id == partner_id), None)
    if found is None:
        known = ", ".join(each.id for each in settings.partners) or "none is set"
        raise InvalidSetting(Issue("value", f"no partner {partner_id!r}; accepted: {known}", "partners"))
    return partner_of(found)


@asynccontextmanager
async def _alone(database: asyncpg.Pool) -> AsyncIterator[None]:
    async with database.acquire() as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", _TURN):
            raise Conflict("another import of reimbursements runs")
        try:
            yield
        finally:
            await connection.execute("select pg_advisory_unlock($1)", _TURN)
