"""Bring a file of a batch: look at all of it, then several persons at once, and go on where a crash stopped it.

What is done is known twice: by the place beside the file, which makes a restart quick, and by the records themselves,
which makes it right: a person who was done and is brought again brings nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from carnet.errors import Unavailable
from carnet.feeds.reimbursements.deposit import Fate, Feeder, Settled, bring
from carnet.feeds.reimbursements.lines import Wrong
from carnet.feeds.reimbursements.persons import PersonLines, look, persons
from carnet.feeds.reimbursements.place import Done, Part, Progress
from carnet.feeds.reimbursements.source import heads_of, rows_of
from carnet.record.inbox.message import Partner
from carnet.record.stores import Stores

# Persons are begun in waves: what those of a wave ask of databases and hosts travels together. A wave is short enough
# that no answer waits for long, and a few of them are under way: nothing is idle, and memory is bounded.
WAVES_AT_ONCE = 4
WAVE_PERSONS, WAVE_LINES = 16, 2000
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


class Processes(Protocol):
    """Other processes that bring parts of a file, each with its number, and tell of every person who is done."""

    @property
    def number(self) -> int:
        """How many parts it is worth making."""

    async def bring(
        self, feeder: Feeder, file: Path, parts: Sequence[tuple[int, Part]], done: Callable[[int, Done], None],
    ) -> None:
        """Bring all of them. Raises Unavailable."""


async def bring_file(
    file: Path, partner: Partner, stores: Stores, tell: Callable[[Told], None] = lambda _: None,
    processes: Processes | None = None,
) -> Summary:
    """Bring every person of this file, in this process unless others are given.

    Raises InvalidInput when it is refused as a whole (nothing of it was brought), Unavailable when the platform is away
    for long: the same command goes on where it stopped, in the parts that it began with.
    """
    found = await asyncio.to_thread(look, heads_of(file), lambda line: tell(Told("look", line)))
    cut = [Part(start, start.line, until) for start, until in found.cut(processes.number if processes else 1)]
    progress = await asyncio.to_thread(Progress, file, cut)

    def done(number: int, person: Done) -> None:
        progress.settle(number, person)
        tell(Told("bring", progress.place.lines, found.lines))

    with progress:
        tell(Told("bring", progress.place.lines, found.lines))
        bring_all = processes.bring if processes else bring_parts
        await bring_all(Feeder(stores, partner, found), file, list(enumerate(progress.place.parts)), done)
    counts = {Fate(name): number for name, number in progress.place.counts.items()}
    has_errors = progress.place.errors_bytes > 0
    return Summary(progress.place.lines, counts, progress.errors_file if has_errors else None)


async def bring_parts(
    feeder: Feeder, file: Path, parts: Sequence[tuple[int, Part]], done: Callable[[int, Done], None],
) -> None:
    """Bring parts of a file in this process, one after the other. Raises Unavailable."""
    for number, part in parts:
        await _bring_part(feeder, file, part, partial(done, number))


async def _bring_part(feeder: Feeder, file: Path, part: Part, done: Callable[[Done], None]) -> None:
    free = asyncio.Semaphore(WAVES_AT_ONCE)
    begun: deque[_Turn] = deque()

    async def one(person: PersonLines, turn: _Turn) -> None:
        settled = await _patiently(person, feeder)
        turn.done = Done(person.start, person.count, settled.fate.value, tuple(_wrong(person, settled)))
        while begun and (first := begun[0].done) is not None:       # told in the order of the file
            begun.popleft()
            done(first)

    async def all_of(wave: Sequence[PersonLines]) -> None:
        turns = [_Turn() for _ in wave]
        begun.extend(turns)
        try:
            async with asyncio.TaskGroup() as group:
                for person, turn in zip(wave, turns, strict=True):
                    group.create_task(one(person, turn))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None        # the first one stopped the others, and tells why
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as group:
            rows, policy = rows_of(file, part.start), feeder.stores.rules.submissions.ins
            for wave in waves(persons(rows, policy, from_line=part.line, until=part.until)):
                await free.acquire()
                group.create_task(all_of(wave))
                await asyncio.sleep(0)      # answers are read between two waves
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def waves(people: Iterable[PersonLines]) -> Iterator[list[PersonLines]]:
    """Persons who follow each other, some at once: few when they have many lines."""
    wave: list[PersonLines] = []
    lines = 0
    for person in people:
        wave.append(person)
        lines += person.count
        if len(wave) == WAVE_PERSONS or lines >= WAVE_LINES:
            yield wave
            wave, lines = [], 0
    if wave:
        yield wave


class _Turn:
    """A person who was begun, and is done once it is said how."""

    done: Done | None = None


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
        return [Wrong(person.start.line, "", f"refused by the record: {', '.join(settled.reasons)}")]
    return person.wrong
