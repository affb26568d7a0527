"""Figures in a process and from the command line: what a worker keeps, the scoreboard, silent partners, counting anew.

May import: every room; `settings`, `wiring` of this room.
"""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from carnet.audit.events import NO_RECORD, done
from carnet.errors import InvalidInput, Issue
from carnet.journal.database import Database
from carnet.people.caller import OfficerCaller
from carnet.record.stores import Stores
from carnet.rights.access import Asker
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool, stores_of
from carnet.steering.cells import shown, shown_fill
from carnet.steering.counting import count_what_came, recount_some
from carnet.steering.export import Scoreboard, as_csv, as_json
from carnet.steering.figure import EACH_LINE, By, Span
from carnet.steering.scoreboard import figures
from carnet.steering.silence import Silence, Watched, silences
from carnet.steering.store import FigureStore

FIGURE_SECONDS = 10.0   # between two looks at what is to be counted
RECOUNTED = "count_fill_anew"
_USUAL_DAYS = 30
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the scoreboard that it means."""

    since: str = ""
    until: str = ""
    by: str = ""

    def span(self, today: date) -> Span:
        """The days: `until` is the last one. Raises InvalidInput."""
        last = _day(self.until, "until") if self.until else today
        since = _day(self.since, "since") if self.since else last - timedelta(days=_USUAL_DAYS - 1)
        if since > last:
            raise InvalidInput(Issue("value", "--since is after --until"))
        return Span(since, last + timedelta(days=1))

    @property
    def told_by(self) -> tuple[By, ...]:
        """What lines are told apart by. Raises InvalidInput."""
        try:
            return tuple(By(each.strip()) for each in self.by.split(",")) if self.by else EACH_LINE
        except ValueError:
            accepted = ", ".join(By)
            raise InvalidInput(Issue("value", f"--by {self.by!r}; accepted, with commas between: {accepted}")) from None


def watched_of(settings: Settings) -> tuple[Watched, ...]:
    """The partners of the settings, as figures watch them."""
    return tuple(
        Watched(each.id, each.organisation, each.name, each.software, each.silent_days) for each in settings.partners)


@asynccontextmanager
async def figures_of(settings: Settings) -> AsyncIterator[FigureStore]:
    """The figures of this portal. No key is needed to read them."""
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 2) as pool:
        yield FigureStore(Database(pool))


async def told(store: FigureStore, settings: Settings, asked: Asked) -> Scoreboard:
    """The scoreboard as it may be shown, of what is counted now. Raises InvalidInput, Unavailable."""
    today = await store.today()
    span = asked.span(today)
    found = await figures(store, span, asked.told_by)
    fill = await store.fill(today, settings.fill_months)
    return Scoreboard(
        span, [shown(each) for each in found], await silent_partners(store, settings),
        shown_fill(fill[0]) if fill else None)


async def silent_partners(store: FigureStore, settings: Settings) -> list[Silence]:
    """Partners of the settings of whom nothing came for too long. Raises Unavailable."""
    watched = watched_of(settings)
    heard, now = await store.heard(watched)
    return silences(watched, heard, now)


async def show_scoreboard(settings: Settings, asked: Asked, console: Console, *, form: str) -> int:
    """Print the scoreboard as a table, as `csv` or as `json`. Raises InvalidInput, Unavailable."""
    async with figures_of(settings) as store:
        await count_what_came(store)
        board = await told(store, settings, asked)
    if form:
        text = as_csv(board.lines) if form == "csv" else as_json(board)
        console.print(text, end="" if form == "csv" else "\n", soft_wrap=True, markup=False, highlight=False)
        return 0
    console.print(_table(board))
    return 0


async def show_silent(settings: Settings, console: Console) -> int:
    """Print who is silent; 1 when somebody is. Raises Unavailable."""
    async with figures_of(settings) as store:
        found = await silent_partners(store, settings)
    for each in found:
        last = f"since {each.last_at:%Y-%m-%d %H:%M} UTC" if each.last_at else "and nothing ever came"
        console.print(
            f"[red]silent[/] {escape(each.watched.partner)} ({escape(each.watched.name)}): {each.days} days, {last}",
            highlight=False, soft_wrap=True)
    if not found:
        console.print(f"none of the {len(settings.partners)} partners is silent")
    return 1 if found else 0


async def recount_fill(settings: Settings, console: Console, *, by: str) -> int:
    """Count the fill of every record anew from its journal; what stops is gone on with by the worker."""
    async with stores_of(settings) as (stores, database):
        store, name = FigureStore(Database(database)), by or getpass.getuser()
        counted, left = await recount_all(store, stores, console, by=name)
        await store.sum_up_fill(settings.fill_months)
    console.print(f"{counted} records counted anew" + (f", {left} are left to the worker" if left else ""))
    return 0


async def recount_all(store: FigureStore, stores: Stores, console: Console, *, by: str) -> tuple[int, int]:
    """Count every record anew, under a progress bar; how many were, and how many could not be now. Traced."""
    asker = Asker(OfficerCaller(by, by, ""), door="command")
    await stores.records.trace((done(asker, RECOUNTED, NO_RECORD), None))
    in_all = await store.recount_all()
    bar = Progress(
        TextColumn("Counting anew"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
        transient=True)
    with bar:
        task = bar.add_task("", total=in_all)
        while counted := await recount_some(store, stores, _AT_ONCE):
            bar.advance(task, counted)
    left = await store.left_to_recount()
    return in_all - left, left


def _table(board: Scoreboard) -> Table:
    titles = ("site", "software", "channel", "kind", "type", "received", "refused", "waiting", "deposited", "documents",
              "structured", "records", "median", "90 %")
    table = Table(*titles, title=f"{board.span.since} to {board.span.until - timedelta(days=1)}")
    for each in board.lines:
        line = each.figure.line
        names = (each.figure.organisation_name or line.organisation, line.software, line.channel, line.kind,
                 line.type_code)
        numbers = (
            each.received, each.figure.refused, each.figure.waiting, each.deposited, each.documents, each.structured,
            each.records)
        delays = (each.median_minutes, each.ninety_minutes)
        table.add_row(
            *(escape(name) for name in names), *("<5" if number is None else str(number) for number in numbers),
            *(_delay(minutes) for minutes in delays))
    return table


def _delay(minutes: int | None) -> str:
    if minutes is None:
        return "–"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(Issue("value", f"--{option} {text!r} is no day, as 2026-11-22")) from None
