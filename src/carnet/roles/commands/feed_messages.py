"""`carnet feed messages`: what feeds received, and dead letters corrected or tried again."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carnet.roles.commands.options import By, Config, running

if TYPE_CHECKING:
    from carnet.roles.messages import Work

app = typer.Typer(no_args_is_help=True, help="What feeds received: list, look at, try again, correct.")

Message = Annotated[str, typer.Argument(help="The message, by its id.")]
Partner = Annotated[str, typer.Option(help="Only of this partner, by its id in the settings.")]
State = Annotated[str, typer.Option(help="Only in this state: received, waiting, refused, deposited, …")]
ByChannel = Annotated[str, typer.Option("--channel", help="Only by this channel: hl7, mail, reimbursement, folder.")]
Text = Annotated[str, typer.Option(help="Only with this control id, INS (oid|value), uniqueId or message id.")]
Before = Annotated[str, typer.Option(help="Only received before this moment, as 2026-11-22T09:30 (UTC).")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("list")
def list_them(
    partner: Partner = "", state: State = "", channel: ByChannel = "", text: Text = "", before: Before = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50, json: Json = False,
    by: By = "", config: Config = None,
) -> None:
    """List messages, the newest first. Nothing of what they hold is shown."""
    from carnet.roles.messages import Filters, show_list

    filters = Filters(partner, state, channel, text, before)
    _do(lambda work: show_list(work, filters, limit=limit, as_json=json), by, config)


@app.command("show")
def show(
    message: Message, json: Json = False,
    content: Annotated[Path | None, typer.Option(help="Write what it holds to this new file; it is traced.")] = None,
    by: By = "", config: Config = None,
) -> None:
    """Show one message: its state, why, and what went out because of it."""
    from carnet.roles.messages import save_content, show_one

    if content is None:
        _do(lambda work: show_one(work, message, as_json=json), by, config)
    else:
        _do(lambda work: save_content(work, message, content), by, config)


@app.command("replay")
def replay(
    message: Annotated[str, typer.Argument(help="The message, by its id; else every one of the options.")] = "",
    partner: Partner = "", state: State = "", channel: ByChannel = "", text: Text = "", before: Before = "",
    by: By = "", config: Config = None,
) -> None:
    """Try a message again now, or all that the options say, the oldest first."""
    from carnet.roles.messages import Filters, replay_all, replay_one

    filters = Filters(partner, state, channel, text, before)
    _do(lambda work: replay_one(work, message) if message else replay_all(work, filters), by, config)


@app.command("correct")
def correct(
    message: Message, file: Annotated[Path, typer.Argument(help="What is sent instead.")], by: By = "",
    config: Config = None,
) -> None:
    """Send a corrected file instead of a message, as its partner and by its channel."""
    from carnet.roles.messages import correct_one

    _do(lambda work: correct_one(work, message, file), by, config)


def _do(deed: Callable[[Work], Awaitable[int]], by: str, config: Path | None) -> None:
    import asyncio

    from rich.console import Console

    from carnet.roles.messages import working

    async def work() -> int:
        async with working(running(config), Console(), by=by) as found:
            return await deed(found)

    sys.exit(asyncio.run(work()))
