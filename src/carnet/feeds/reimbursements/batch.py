"""Bring a file of a batch: look at all of it, then several persons at once, and go on where a crash stopped it.

What is done is known twice: by the place beside the file, which makes a restart quick, and by the records themselves,
which makes it right: a person who was done and is brought again brings nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from carnet.errors import Unavailable
from carnet.feeds.reimbursements.deposit import Fate, Feeder, Settled, bring
from carnet.feeds.reimbursements.lines import Wrong
from carnet.feeds.reimbursements.persons import PersonLines, look, persons
from carnet.feeds.reimbursements.place import Progress, Turn
from carnet.feeds.reimbursements.source import rows_of
from carnet.record.inbox.message import Partner
from carnet.record.stores import Stores

AT_ONCE = 12        # persons: what hosts and databases take together, and what is in memory
_TRIES = 8
_LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is: `step` is `look` or `bring`, with the lines done and, once it is known, all of them."""

    step: str
    lines: int
    in_all: int = 0


@dataclass(slots=True)
class Summary:
    """What became of a file: persons by fate, lines, and the list of errors when there is one."""

    lines: int
    counts: dict[Fate, int] = field(default_factory=dict)
    errors_file: Path | None = None

    @property
    def is_whole(self) -> bool:
        """True when nobody was refused."""
        return not self.counts.get(Fate.REFUSED)


async def bring_file(
    file: Path, partner: Partner, stores: Stores, tell: Callable[[Told], None] = lambda _: None,
) -> Summary:
    """Bring every person of this file.

    Raises InvalidInput when it is refused as a whole (nothing of it was brought), Unavailable when the platform is away
    for long: the same command goes on where it stopped.
    """
    found = await asyncio.to_thread(look, rows_of(file), lambda line: tell(Told("look", line)))
    progress = await asyncio.to_thread(Progress, file)
    feeder = Feeder(stores, partner, found)
    with progress:
        tell(Told("bring", progress.place.line, found.lines))
        await _bring_all(file, feeder, progress, tell)
    counts = {Fate(name): number for name, number in progress.place.counts.items()}
    has_errors = progress.place.errors_bytes > 0
    return Summary(progress.place.lines, counts, progress.errors_file if has_errors else None)


async def _bring_all(file: Path, feeder: Feeder, progress: Progress, tell: Callable[[Told], None]) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(person: PersonLines, turn: Turn) -> None:
        try:
            settled = await _patiently(person, feeder)
        finally:
            turns.release()
        progress.end(turn, settled.fate.value, person.count, _wrong(person, settled))
        tell(Told("bring", progress.place.line, feeder.batch.lines))

    try:
        async with asyncio.TaskGroup() as group:
            for person in persons(rows_of(file), feeder.stores.rules.submissions.ins, from_line=progress.place.line):
                await turns.acquire()
                group.create_task(one(person, progress.begin(person.first_line)))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None        # the first one stopped the others, and tells why


async def _patiently(person: PersonLines, feeder: Feeder) -> Settled:
    """The platform may be away for a moment, or ask to be fed more slowly (its ceiling of keys a minute)."""
    for attempt in range(_TRIES):
        try:
            return await bring(person, feeder)
        except Unavailable as error:
            if attempt == _TRIES - 1:
                raise
            asked = error.retry_after_seconds or 0.25 * 2**attempt
            await asyncio.sleep(min(float(asked), _LONGEST_WAIT_SECONDS))
    raise AssertionError("the last try returns or raises")


def _wrong(person: PersonLines, settled: Settled) -> list[Wrong]:
    if settled.fate is Fate.REFUSED and not person.wrong:
        return [Wrong(person.first_line, "", f"refused by the record: {', '.join(settled.reasons)}")]
    return person.wrong
