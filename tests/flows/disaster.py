"""A bad day of the platform: under a steady load, one process after another is killed or held still.

The supervisor starts again what was killed. Every break is remembered with the time it lasted, for tests to look at.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import psutil

from carnet.people.patient import Patient
from tests.demonstration import Demonstration
from tests.flows.copies import Held, Record, held_by_hosts, records_of_portal, waiting
from tests.flows.doors import Doors, addresses, doors_of
from tests.flows.load import Kept, Load, Request, eventually, steady_load
from tests.running import another_patient

HELD_STILL_SECONDS = 3.0
CATCH_UP_SECONDS = 60.0
_MORE = 5


@dataclass(frozen=True, slots=True)
class Break:
    """Something that was broken from one moment to another."""

    what: str
    began: float
    ended: float


@dataclass
class Day:
    """All that happened, and what there is at the end of it."""

    load: Load
    breaks: list[Break] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    waiting: int = -1
    catch_up_seconds: float = 0.0
    portal: dict[UUID, Record] = field(default_factory=dict)
    hosts: dict[str, Held] = field(default_factory=dict)

    def when(self, what: str) -> Break:
        """The time when this was broken."""
        return next(each for each in self.breaks if each.what == what)

    def during(self, broken: Break) -> list[Request]:
        """Requests sent while this was broken."""
        return self.load.between(broken.began, broken.ended)

    def __str__(self) -> str:
        lines = [f"{'broken':32}{'for s':>7}{'deposits':>10}{'reads':>7}{'503':>5}{'cut':>5}{'worst ms':>10}"]
        for each in self.breaks:
            sent = self.during(each)
            deposits, reads = self.load.successes(each.began, each.ended)
            later, cut = (sum(request.status == status for request in sent) for status in (503, 0))
            worst = max((request.seconds for request in sent), default=0) * 1000
            lines.append(
                f"{each.what:32}{each.ended - each.began:7.1f}{deposits:10}{reads:7}{later:5}{cut:5}{worst:10.0f}")
        return "\n".join([*lines, f"kept {len(self.load.kept)}, equal after {self.catch_up_seconds:.1f} s more"])


class Vandal:
    """Breaks the processes of a demonstration, and waits until they are whole again."""

    def __init__(self, demonstration: Demonstration, day: Day) -> None:
        self._demonstration = demonstration
        self.day = day

    async def kill(self, name: str) -> None:
        """`kill -9`, until the process that was started in its place answers."""
        pid = self._demonstration.pid(name)
        assert pid is not None
        async with self.broken(f"{name} killed"):
            os.kill(pid, signal.SIGKILL)
            await eventually(lambda: self._demonstration.pid(name) not in (pid, None), within_seconds=60)
            await eventually(lambda: self._answers(name), within_seconds=60)

    async def hold_still(self, *names: str, seconds: float = HELD_STILL_SECONDS) -> None:
        """SIGSTOP: connections are taken, and nothing is answered."""
        processes = [psutil.Process(self._demonstration.told["pids"][name]) for name in names]
        async with self.broken(f"{' and '.join(names)} held still"):
            try:
                for process in processes:
                    process.suspend()
                await asyncio.sleep(seconds)
            finally:
                for process in processes:
                    process.resume()

    @asynccontextmanager
    async def broken(self, what: str) -> AsyncIterator[None]:
        """Remember that this was broken while the block lasted; after it, wait until requests succeed again."""
        await eventually(self._is_whole, within_seconds=60)   # one thing at a time: what went before is healed
        began = monotonic()
        yield
        self.day.breaks.append(Break(what, began, monotonic()))
        await self.day.load.more(of_each=_MORE)

    def _is_whole(self) -> bool:
        answer = _got(f"{self._demonstration.told['portal']}/healthz")
        return answer is not None and not msgspec.json.decode(answer)["hosts_down"]

    def _answers(self, name: str) -> bool:
        told = self._demonstration.told
        if name.startswith("postgres-"):
            return self._takes_connections(name)
        urls = {host["id"]: f"{host['url']}/v1/status" for host in (*told["hosts"], told["reference"])}
        urls["portal"] = f"{told['portal']}/healthz"
        return name not in urls or _got(urls[name]) is not None

    def _takes_connections(self, name: str) -> bool:
        told = self._demonstration.told
        hosts = {f"postgres-{host['id']}": host["database"] for host in (*told["hosts"], told["reference"])}
        address = urlsplit(hosts.get(name, told["databases"]["portal"]))
        with suppress(OSError), socket.create_connection((address.hostname, address.port), timeout=1):
            return True
        return False


async def lived_through(
    demonstration: Demonstration, breaks: Callable[[Vandal], Awaitable[None]], *, patients: int = 8,
    first_patient: int = 700,
) -> Day:
    """A day with these breaks under load, and what is there when all has been caught up."""
    people = [another_patient(first_patient + number) for number in range(patients)]
    async with doors_of(demonstration, "moreau") as doors:
        for patient in people:
            answer = await doors.open_record(patient)
            assert answer.status == 201, answer
        async with steady_load(doors, people) as load:
            day = Day(load)
            await load.more(of_each=_MORE)
            await breaks(Vandal(demonstration, day))
        await _catch_up(demonstration, day)
        for patient in people:
            await _look_for_all(doors, patient, day)
    day.portal = await records_of_portal(demonstration)
    day.hosts = await held_by_hosts(demonstration)
    return day


async def _catch_up(demonstration: Demonstration, day: Day) -> None:
    began = monotonic()
    while day.waiting and monotonic() < began + CATCH_UP_SECONDS:
        await asyncio.sleep(0.5)
        day.waiting = await waiting(demonstration)
    day.catch_up_seconds = monotonic() - began


async def _look_for_all(doors: Doors, patient: Patient, day: Day) -> None:
    references = await doors.find(patient.ins, _count="200")
    found = addresses(references)
    if len(found) != len(references):
        day.twice.append(f"a document of {patient.ins.value} is listed twice")
    for kept in (each for each in day.load.kept if each.of == patient):
        if not await _is_there(doors, kept, found):
            day.lost.append(kept.unique_id)


async def _is_there(doors: Doors, kept: Kept, found: dict[str, str]) -> bool:
    if kept.unique_id not in found:
        return False
    answer = await doors.get(found[kept.unique_id])
    return answer.status == 200 and answer.body == kept.content


def _got(url: str) -> bytes | None:
    """What this address answers, if it is well."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=1)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
