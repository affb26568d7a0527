"""Messages of the inbox from the command line: which there are, why, what went out, and dead letters sent again.

May import: people, record, errors; `inbox`, `settings`, `wiring` of this room.
"""

from __future__ import annotations

import asyncio
import getpass
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from carnet.errors import Gone, InvalidInput, Issue
from carnet.journal.database import Database
from carnet.people.caller import OfficerCaller
from carnet.record.conformity.told import Conformity, conformity_of_sent
from carnet.record.conformity.words import explain_not_run, explain_standing
from carnet.record.inbox.message import Channel, Kept, MessageState, Taken
from carnet.record.inbox.operate import content_of, correct, in_order, list_messages, one_message, replay
from carnet.record.inbox.outgoing_store import OutgoingStore, Sending
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.take import Inbox
from carnet.record.inbox.words import explain_reason, explain_state
from carnet.rights.access import Asker
from carnet.roles.inbox import inbox_of
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of

_Name = TypeVar("_Name", bound=StrEnum)
_MOST_REPLAYED = 100_000
_COLOURS = {
    MessageState.REFUSED: "red", MessageState.WAITING: "yellow", MessageState.RECEIVED: "yellow",
    MessageState.DEPOSITED: "green"}


@dataclass(frozen=True, slots=True)
class Work:
    """Who asks, of which inbox, and where it is shown."""

    asker: Asker
    inbox: Inbox
    outgoing: OutgoingStore
    console: Console


@dataclass(frozen=True, slots=True)
class Filters:
    """What the command line says of the messages it means."""

    partner: str = ""
    state: str = ""
    channel: str = ""
    text: str = ""
    before: str = ""

    def wanted(self) -> Wanted:
        """As the inbox is asked. Raises InvalidInput with what is accepted."""
        return Wanted(
            partner=self.partner or None, state=_one_of(MessageState, self.state, "state"),
            channel=_one_of(Channel, self.channel, "channel"), text=self.text or None, before=_moment(self.before))


@asynccontextmanager
async def working(settings: Settings, console: Console, *, by: str) -> AsyncIterator[Work]:
    """The inbox of these settings, for this officer."""
    name = by or getpass.getuser()
    async with stores_of(settings) as (stores, database):
        asker = Asker(OfficerCaller(name, name, ""), door="command")
        yield Work(asker, inbox_of(stores, settings), OutgoingStore(Database(database)), console)


async def show_list(work: Work, filters: Filters, *, limit: int, as_json: bool) -> int:
    """Print messages, the newest first, as a table or as JSON. Raises InvalidInput."""
    found = await list_messages(work.asker, filters.wanted(), work.inbox.stores, limit=limit)
    if as_json:
        work.console.print(msgspec.json.encode(found).decode(), soft_wrap=True, markup=False, highlight=False)
        return 0
    table = Table("received", "state", "partner", "channel", "kind", "control id", "message")
    for each in found:
        colour = _COLOURS.get(each.state, "blue")
        table.add_row(
            _at(each.received_at), f"[{colour}]{each.state}[/]", *map(escape, (
                each.partner.partner_id, each.channel, each.kind or "–", each.control_id or "–", str(each.message_id))))
    work.console.print(table if found else "no message is like this")
    return 0


async def show_one(work: Work, message: str, *, as_json: bool) -> int:
    """Print one message, why it is where it is, and what went out because of it. Raises InvalidInput, NotFound."""
    kept = await one_message(work.asker, message_id_of(message), work.inbox.stores)
    sendings = await work.outgoing.of(kept.message_id)
    found = await conformity_of_sent(work.asker, kept.partner.organisation, kept.unique_ids, work.inbox.stores)
    if as_json:
        said = msgspec.json.encode({"message": kept, "outgoing": sendings, "conformity": found}).decode()
        work.console.print(said, soft_wrap=True, markup=False, highlight=False)
        return 0
    for line in (*_about(kept), *_conformity(found), *map(_sending, sendings)):
        work.console.print(escape(line), soft_wrap=True, highlight=False)
    return 0


async def save_content(work: Work, message: str, file: Path) -> int:
    """Write the content of a message to a file that is not there yet. Raises InvalidInput, NotFound, Gone."""
    message_id = message_id_of(message)
    await asyncio.to_thread(_begun, file)
    content = await content_of(work.asker, message_id, work.inbox.stores)
    await asyncio.to_thread(file.write_bytes, content)
    work.console.print(f"{len(content)} bytes of a patient's data are in {escape(str(file))}: delete it after use",
                       soft_wrap=True)
    return 0


async def replay_one(work: Work, message: str) -> int:
    """Try one message again; 1 when it is refused again. Raises InvalidInput, NotFound, Gone, Unavailable."""
    return _told(await replay(work.asker, message_id_of(message), work.inbox), work.console)


async def replay_all(work: Work, filters: Filters) -> int:
    """Try every message of these filters again, the oldest first; 1 when some are refused again.

    Raises InvalidInput when the filters say nothing.
    """
    if filters == Filters():
        raise InvalidInput(Issue("required", "name a message, or say which: --state, --partner, --channel, --text"))
    found = await list_messages(work.asker, filters.wanted(), work.inbox.stores, limit=_MOST_REPLAYED)
    counts: Counter[str] = Counter()
    bar = Progress(TextColumn("Trying again"), BarColumn(), MofNCompleteColumn(), console=work.console, transient=True)
    with bar:
        for message_id in bar.track(in_order(found)):
            try:
                counts[(await replay(work.asker, message_id, work.inbox)).state] += 1
            except Gone:
                counts["gone"] += 1     # another process, or the day's end, came first
    told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    work.console.print(told or "no message that is like this can be tried again")
    return 1 if counts[MessageState.REFUSED] else 0


async def correct_one(work: Work, message: str, file: Path) -> int:
    """Send this file instead of a message; 1 when it is refused. Raises InvalidInput, NotFound, Conflict, Unavailable.
    """
    try:
        raw = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        raise InvalidInput(Issue("invalid", f"{file}: {error.strerror or 'cannot be read'}")) from None
    return _told(await correct(work.asker, message_id_of(message), raw, work.inbox), work.console)


def message_id_of(text: str) -> UUID:
    """The id of a message, as it is typed. Raises InvalidInput."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(Issue("value", f"{text!r} is no id of a message: `carnet feed messages list` shows them")
                           ) from None


def _begun(file: Path) -> None:
    """Make the file, for its owner's eyes only, before anything of a patient is opened."""
    try:
        file.touch(0o600, exist_ok=False)
    except OSError as error:
        raise InvalidInput(Issue("invalid", f"{file}: {error.strerror or 'cannot be written'}")) from None


def _told(taken: Taken, console: Console) -> int:
    colour = _COLOURS.get(taken.state, "blue")
    console.print(f"[{colour}]{taken.state}[/] {taken.message_id}", highlight=False, soft_wrap=True)
    for line in _why(taken.reasons, taken.issues):
        console.print(escape(f"    {line}"), highlight=False, soft_wrap=True)
    return 0 if taken.is_accepted else 1


def _about(kept: Kept) -> list[str]:
    said = {
        "message": kept.message_id, "state": f"{kept.state}: {explain_state(kept.state, 'en')}",
        "partner": f"{kept.partner.partner_id} ({kept.partner.name}, {kept.partner.organisation})",
        "software": kept.partner.software, "channel": kept.channel, "kind": kept.kind, "control id": kept.control_id,
        "received": f"{_at(kept.received_at)}, {kept.times} times" if kept.times > 1 else _at(kept.received_at),
        "settled": _at(kept.settled_at) if kept.settled_at else "", "INS": kept.ins, "type": kept.type_code,
        "documents": ", ".join(kept.unique_ids), "record": kept.record or "", "corrected by": kept.corrected_by or "",
        "content": "kept, sealed" if kept.has_content else "not kept",
    }
    lines = [f"{name:>14}  {value}" for name, value in said.items() if value]
    return lines + [f"{'why':>14}  {line}" for line in _why(kept.reasons, kept.issues)]


def _conformity(found: Mapping[str, Conformity]) -> Iterator[str]:
    for unique_id, each in found.items():
        yield f"{'rules':>14}  {unique_id}: {explain_standing(each, 'en')}"
        if each.verdict is not None:
            for rule in each.verdict.broken:
                yield f"{'':>14}  {rule.severity}, {rule.rules}, {rule.count} times: {rule.text}"
            for left in each.verdict.not_run:
                yield f"{'':>14}  not run: {explain_not_run(left, 'en')}"


def _why(reasons: Sequence[str], issues: Sequence[Issue]) -> list[str]:
    if issues:
        return [str(issue) for issue in issues]
    return [f"{explain_reason(code, 'en')} ({code})" for code in reasons]


def _sending(sending: Sending) -> str:
    if sending.sent_at:
        fate = f"sent {_at(sending.sent_at)}" + (f", read {_at(sending.read_at)}" if sending.read_at else "")
    elif sending.next_at:
        fate = f"due {_at(sending.next_at)}, {sending.attempts} tries"
    elif not sending.attempts and not sending.last_error:
        fate = "once it is known whether the copy was read"
    else:
        fate = f"given up after {sending.attempts} tries"
    error = f": {sending.last_error}" if sending.last_error else ""
    return f"{'went out':>14}  {sending.what} by {sending.channel} to {sending.destination}, {fate}{error}"


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00") + " UTC"


def _one_of(kind: type[_Name], text: str, name: str) -> _Name | None:
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        accepted = ", ".join(kind)
        raise InvalidInput(Issue("value", f"{text!r} is none; accepted: {accepted}", f"--{name}")) from None


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(Issue("value", f"{text!r} is no time; accepted: 2026-11-22T09:30, in UTC when it does not"
                                 " say", "--before")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
