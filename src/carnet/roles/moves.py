"""Moves from the command line: a campaign is begun, watched, paused, gone on with, and closed with its exit file.

May import: hosting, audit, errors; `audit_log`, `key_files`, `settings` and `wiring` of this room.
"""

from __future__ import annotations

import asyncio
import getpass
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from carnet.audit.events import NO_RECORD, done
from carnet.errors import InvalidInput, Issue
from carnet.hosting.moving.background import end_if_done
from carnet.hosting.moving.campaign import Campaign, Counts, Plan
from carnet.hosting.moving.closing import Signing, exit_lines, still_held
from carnet.hosting.moving.listing import check, list_records, looked_at
from carnet.hosting.moving.mover import Mover
from carnet.hosting.moving.store import MoveStore
from carnet.people.caller import OfficerCaller
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.roles.audit_log import audit_key
from carnet.roles.key_files import public_key
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of

BEGIN, CHANGE, END = "move_begin", "move_change", "move_end"     # what traces say was done
_WORDS = {
    "migrate": "from {0.from_host} to {0.to_host}", "exit": "exit of {0.from_host}", "lost": "{0.from_host} is lost",
    "requests": "patients' requests"}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a campaign is begun from the command line: who does it, where its file goes, and whether it only looks."""

    by: str = ""
    file: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Work:
    """What a command about moves works with."""

    settings: Settings
    stores: Stores
    moves: MoveStore
    console: Console


async def begin(settings: Settings, plan: Plan, asked: Asked, console: Console) -> int:
    """Begin a campaign, and unless it is for the background work on it to its end; 1 when something is left to do.

    Raises InvalidInput when its hosts are not what it needs.
    """
    async with _working(settings, console) as work:
        check(plan, work.stores.copies.directory)
        if asked.dry_run:
            return await _looked_at(work, plan)
        campaign = uuid4()
        await work.moves.begin(campaign, plan, by=asked.by or getpass.getuser())
        await _trace(work, asked.by, BEGIN, campaign, kind=plan.kind, hosts=[plan.from_host, plan.to_host])
        console.print(f"campaign {campaign}", highlight=False)
        if plan.in_background:
            console.print("a worker takes it up; `carnet hosts moves` says how far it is", highlight=False)
            return 0
        return await _work_on(work, await _found(work.moves, str(campaign)), asked)


async def resume(settings: Settings, name: str, approval: str, asked: Asked, console: Console) -> int:
    """Let a campaign go on, and work on it unless somebody does."""
    async with _working(settings, console) as work:
        campaign = await _found(work.moves, name)
        if approval:
            await work.moves.approve(campaign.id, approval)
        if campaign.state == "paused":
            await work.moves.change(campaign.id, "running")
            await _trace(work, asked.by, CHANGE, campaign.id, state="running")
        if campaign.is_at_work or campaign.in_background:
            console.print("it goes on where it is worked on", highlight=False)
            return 0
        return await _work_on(work, await _found(work.moves, name), asked)


async def pause(settings: Settings, name: str, asked: Asked, console: Console) -> int:
    """Pause a campaign, from any shell: what is under way is finished, nothing more is begun."""
    async with _working(settings, console) as work:
        campaign = await _found(work.moves, name)
        if campaign.state in ("paused", "ended"):
            console.print(f"it is {campaign.state} already", highlight=False)
            return 1
        await work.moves.change(campaign.id, "paused")
        await _trace(work, asked.by, CHANGE, campaign.id, state="paused")
        console.print("paused: what is under way is finished first", highlight=False)
        return 0


async def list_moves(settings: Settings, console: Console) -> int:
    """Print all campaigns, the last one first, with how far each is."""
    table = Table("campaign", "what", "state", "listed", "done", "to do", "records/s", "why")
    async with _working(settings, console) as work:
        for campaign in await work.moves.campaigns():
            counts = await work.moves.counts(campaign.id)
            state = campaign.state + (", at work" if campaign.is_at_work else "")
            table.add_row(
                str(campaign.id)[:8], _what(campaign), state, str(campaign.listed), str(counts.done),
                str(counts.to_do), f"{_rate(campaign, counts):.0f}", await _why(work, campaign))
    console.print(table if table.row_count else "no record was ever moved")
    return 0


async def _why(work: _Work, campaign: Campaign) -> str:
    """Why it waits, and why records of it do."""
    reasons = [] if campaign.state == "ended" else await work.moves.turning.reasons(campaign.id)
    return "\n".join(filter(None, (campaign.why, *(f"{records}: {why}" for why, records in reasons))))


async def write_file(settings: Settings, name: str, file: Path | None, console: Console) -> int:
    """Write the exit file of a campaign as things are now; 1 when something is left to do."""
    async with _working(settings, console) as work:
        return await _close(work, await _found(work.moves, name), file)


async def _work_on(work: _Work, campaign: Campaign, asked: Asked) -> int:
    if campaign.state == "listing":
        count, digest = await list_records(campaign, work.moves, work.stores.copies.directory)
        await _trace(work, asked.by, CHANGE, campaign.id, listed=count, inventory=digest.hex())
        work.console.print(f"{count} records are on its list, SHA-256 {digest.hex()}", highlight=False)
    counts = await work.moves.counts(campaign.id)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with _progress(work.console) as progress:
        task = progress.add_task(_what(campaign), total=counts.in_all, completed=counts.done)
        mover = Mover(
            work.stores.copies, work.stores.hosting, work.moves,
            told=lambda number: progress.update(task, advance=number))
        now = await mover.run(campaign.id, stop)
    if now.why:
        work.console.print(f"it waits: {now.why}", highlight=False)
    if await end_if_done(now, work.moves, work.stores.copies):
        await _trace(work, asked.by, END, campaign.id)
    return await _close(work, await _found(work.moves, str(campaign.id)), asked.file)


async def _close(work: _Work, campaign: Campaign, file: Path | None) -> int:
    held = None
    if campaign.kind in ("exit", "lost") and campaign.from_host in work.stores.copies.clients:
        held = await still_held(work.stores.copies.clients[campaign.from_host])
    key = audit_key(work.settings)
    signing = Signing(
        key, public_key(key), {host.id: host.receipt_key for host in work.settings.hosts},
        await work.stores.hosting.epoch(), await work.stores.hosting.now())
    file = file or work.settings.path(f"exits/{campaign.id}.jsonl")
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    with fresh.open("wb") as writing:
        async for line in exit_lines(campaign, work.moves, signing, held=held):
            writing.write(line)
    fresh.rename(file)
    counts = await work.moves.counts(campaign.id)
    work.console.print(_said(counts, held), highlight=False)
    work.console.print(f"exit file: {file} (`carnet verify exit` checks it anywhere)", highlight=False)
    return 0 if not counts.to_do and not held else 1


async def _looked_at(work: _Work, plan: Plan) -> int:
    looked = await looked_at(plan, work.moves, work.stores.copies.directory)
    table = Table("part", "to", "records")
    for (part, to_host), records in sorted(looked.items()):
        nobody = "nobody: it goes" if part == "stand_in" else "no host may be given it"
        table.add_row(part, to_host or nobody, str(records))
    work.console.print(table)
    work.console.print("nothing was changed", highlight=False)
    return 0 if all(to_host or part == "stand_in" for part, to_host in looked) else 1


def _said(counts: Counts, held: tuple[UUID, ...] | None) -> str:
    said = f"{counts.released} records were erased by the host they left, {counts.to_do} are left to do"
    if counts.elsewhere:
        said += f", {counts.elsewhere} were no more there"
    if held is not None:
        said += f"; the host says it holds {len(held)}"
    return said


def _what(campaign: Campaign) -> str:
    return _WORDS[campaign.kind].format(campaign) + (", as reference" if campaign.part == "reference" else "")


def _rate(campaign: Campaign, counts: Counts) -> float:
    return counts.released * 1000 / campaign.worked_ms if campaign.worked_ms else 0.0


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.speed:.0f}/s" if console.is_terminal else ""), TimeRemainingColumn(), console=console)


async def _found(moves: MoveStore, name: str) -> Campaign:
    """The campaign whose id begins so; an empty name is the last one. Raises InvalidInput."""
    fit = [each for each in await moves.campaigns() if str(each.id).startswith(name)]
    if not fit or (len(fit) > 1 and name):
        raise InvalidInput(Issue("value", f"{len(fit)} campaigns begin so; `carnet hosts moves` lists all", "campaign"))
    return fit[0]


async def _trace(work: _Work, by: str, act: str, campaign: UUID, **detail: Any) -> None:
    name = by or getpass.getuser()
    asker = Asker(OfficerCaller(name, name, ""), door="command")
    await work.stores.records.trace((done(asker, act, NO_RECORD, campaign=str(campaign), **detail), None))


@asynccontextmanager
async def _working(settings: Settings, console: Console) -> AsyncIterator[_Work]:
    async with stores_of(settings) as (stores, _):
        yield _Work(settings, stores, stores.hosting.moves, console)
