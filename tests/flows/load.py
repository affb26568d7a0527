"""Steady deposits and reads by a few clients that behave as good software does: what failed is sent again, unchanged.

Every request is remembered with its fate, so that a test can ask what happened while something was broken.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import aiohttp

from carnet.people.patient import Patient
from tests.flows.doors import Answer, Doors, addresses
from tests.running import letter

PAUSE_SECONDS = 0.1
DEPOSITORS = 3
READERS = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One request: when it was sent, how long its answer took, and which. Status 0: the connection broke."""

    is_deposit: bool
    sent_at: float
    seconds: float
    status: int
    retry_after: str = ""

    @property
    def succeeded(self) -> bool:
        """True for what was kept, or read."""
        return self.status in (200, 201)


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that the platform said it keeps."""

    unique_id: str
    of: Patient
    content: bytes


@dataclass
class Load:
    """The clients, what they were promised, and what happened to each request."""

    doors: Doors
    patients: Sequence[Patient]
    kept: list[Kept] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stopping: bool = False
    _random: random.Random = field(default_factory=lambda: random.Random(2))

    async def more(self, *, of_each: int, within_seconds: float = 60) -> None:
        """Wait until so many more deposits, and so many more reads, have succeeded. Fails as soon as one went wrong."""
        since = monotonic()
        await eventually(
            lambda: bool(self.wrong) or all(count >= of_each for count in self.successes(since, monotonic())),
            within_seconds=within_seconds)
        assert not self.wrong, self.wrong

    def between(self, began: float, ended: float) -> list[Request]:
        """Requests that were sent in this time."""
        return [each for each in self.requests if began <= each.sent_at < ended]

    def successes(self, began: float, ended: float) -> tuple[int, int]:
        """How many deposits, and how many reads, were both sent and answered well in this time."""
        done = [
            each for each in self.between(began, ended) if each.succeeded and each.sent_at + each.seconds <= ended]
        deposits = sum(each.is_deposit for each in done)
        return deposits, len(done) - deposits

    async def deposit(self) -> None:
        """Deposit new documents, each until it is kept."""
        while not self.stopping:
            patient = self._random.choice(self.patients)
            document = letter(f"Toux depuis {self._random.randrange(2, 30)} jours.", of=patient)
            answer = None
            while answer is None and not self.stopping:
                answer = await self._fate(self.doors.publish(document.content, patient.ins), is_deposit=True)
            if answer is not None:
                self.kept.append(Kept(document.entry.unique_id, patient, document.content))

    async def read(self) -> None:
        """Read: a document that is kept, or the list that it must be in."""
        while not self.stopping:
            if not self.kept:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            wanted = self._random.choice(self.kept)
            if self._random.random() < 0.5:
                answer = await self._fate(self.doors.get(f"Binary/{wanted.unique_id}"), is_deposit=False)
                if answer is not None and answer.body != wanted.content:
                    self.wrong.append(f"{wanted.unique_id} came back otherwise than it was deposited")
            else:
                await self._find(wanted)

    async def _find(self, wanted: Kept) -> None:
        ins = wanted.of.ins
        criteria = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.value}", "status": "current", "_count": "1000"}
        answer = await self._fate(self.doors.get("DocumentReference", criteria), is_deposit=False)
        if answer is None:
            return
        listed = addresses([entry["resource"] for entry in answer.json.get("entry", ())])
        if wanted.unique_id not in listed and answer.json["total"] == len(listed):
            self.wrong.append(f"{wanted.unique_id} is not in the list of its patient")

    async def _fate(self, asked: Awaitable[Answer], *, is_deposit: bool) -> Answer | None:
        """The answer if it is a success, else None: the caller may try again."""
        sent_at = monotonic()
        answer: Answer | None = None
        try:
            answer = await asked
        except (aiohttp.ClientError, TimeoutError):
            self.requests.append(Request(is_deposit, sent_at, monotonic() - sent_at, 0))
        else:
            retry_after = answer.headers.get("Retry-After", "")
            self.requests.append(Request(is_deposit, sent_at, answer.seconds, answer.status, retry_after))
            if answer.status not in (200, 201, 503):
                self.wrong.append(str(answer))
        await asyncio.sleep(PAUSE_SECONDS)
        return answer if answer is not None and answer.status in (200, 201) else None


@asynccontextmanager
async def steady_load(doors: Doors, patients: Sequence[Patient]) -> AsyncIterator[Load]:
    """Clients at work while the block lasts; every request that was begun is answered before it ends."""
    load = Load(doors, patients)
    async with asyncio.TaskGroup() as clients:
        for _ in range(DEPOSITORS):
            clients.create_task(load.deposit())
        for _ in range(READERS):
            clients.create_task(load.read())
        try:
            yield load
        finally:
            load.stopping = True


async def eventually(holds: Callable[[], bool], *, within_seconds: float) -> None:
    """Look again and again until it holds. Raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while not holds():  # noqa: ASYNC110 processes and their files tell no event
            await asyncio.sleep(0.05)
