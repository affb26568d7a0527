"""`python -m bench.feed_hl7`, also part of `make bench`: ORU^R01 with a CDA of 300 KB, over MLLP, into real processes.

Each message is new and each of several senders waits for its answer, which says that two hosts hold the document. What
each process spends on one message, in milliseconds of processor, is told beside the rate: on a machine that others use
too, it is the figure that stays.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any
from uuid import uuid4

import psutil
import pybase64
import uvloop

from bench import machine
from bench.documents import patient
from bench.load import Figures, figures_of
from carnet.documents.compose import Letterhead, Section, compose
from carnet.documents.time import Dtm
from carnet.feeds.hl7.client import connected
from carnet.people.patient import Patient
from tests.demonstration import demonstration_folder, running_demonstration
from tests.feeds.hl7.messages import oru
from tests.flows.doors import doors_of
from tests.running import AUTHOR

SIZE_BYTES = 300_000
CLIENTS = (1, 8, 16)
RECORDS, _FIRST_RECORD = 64, 700_000
_PLACE = "2.25.100000000000000000000000000000000000000"
_CARRIED = b"QUJD"


def main() -> None:
    """Read the options, measure, print."""
    options = argparse.ArgumentParser(prog="bench.feed_hl7", description=__doc__)
    options.add_argument("--seconds", type=float, default=10.0, help="how long each run lasts")
    given = options.parse_args()
    with demonstration_folder() as folder, running_demonstration(folder) as demonstration:
        for clients, (figures, spent) in uvloop.run(measure(demonstration, given.seconds)).items():
            print(f"ORU 300 KB, {clients:2} senders: {figures.per_second:6.1f}/s, p50 {figures.p50_ms:6.1f} ms, p99"
                  f" {figures.p99_ms:6.1f} ms, errors {figures.errors}; ms of processor a message: {told(spent)}")
        print(f"machine: {machine.describe(folder)}")


def told(spent: Mapping[str, float]) -> str:
    """What each process spends on a message, the most first."""
    most = sorted(spent.items(), key=lambda each: -each[1])
    return f"{sum(spent.values()):.1f} = " + ", ".join(f"{name} {cost:.1f}" for name, cost in most if cost >= 0.1)


async def measure(demonstration: Any, seconds: float) -> dict[int, tuple[Figures, dict[str, float]]]:
    """For each number of senders: the figures, and the milliseconds of each process for one message."""
    people = [patient(_FIRST_RECORD + number) for number in range(RECORDS)]
    async with doors_of(demonstration, "moreau") as doors:
        for person in people:
            answer = await doors.open_record(person)
            assert answer.status == 201, answer
    messages, measured = _messages(people), {}
    await _run(demonstration.told["hl7_port"], messages, clients=4, seconds=2)     # what is made once is made now
    for clients in CLIENTS:
        before = _processor_seconds(demonstration.told["pids"])
        figures, count = await _run(demonstration.told["hl7_port"], messages, clients=clients, seconds=seconds)
        after = _processor_seconds(demonstration.told["pids"])
        measured[clients] = figures, {name: (after[name] - before[name]) * 1000 / max(count, 1) for name in before}
    return measured


def _messages(people: list[Patient]) -> Iterator[bytes]:
    templates = []
    for person in people:
        head = Letterhead(
            unique_id=_PLACE, type_code="11488-4", title="Consultation mesurée", patient=person, author=AUTHOR,
            made_at=Dtm.parse("20260102093000+0100"))
        content = compose(head, (Section("Motif", ("Bilan sans particularité.",)),), size_bytes=SIZE_BYTES)
        begins, _, ends = oru(b"ABC", patient=person).partition(_CARRIED)
        templates.append((begins, content, ends))
    for begins, content, ends in itertools.cycle(templates):
        unique_id = f"2.25.{uuid4().int % 10**38 + 10**38}"[:len(_PLACE)]
        yield begins + pybase64.b64encode(content.replace(_PLACE.encode(), unique_id.encode())) + ends


async def _run(port: int, messages: Iterator[bytes], *, clients: int, seconds: float) -> tuple[Figures, int]:
    latencies: list[float] = []
    errors, ends_at = 0, perf_counter() + seconds

    async def sender() -> None:
        nonlocal errors
        async with connected("127.0.0.1", port) as client:
            while (began := perf_counter()) < ends_at:
                errors += b"MSA|AA|" not in await client.ask(next(messages))
                latencies.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(sender() for _ in range(clients)))
    return figures_of(sorted(latencies), perf_counter() - began, errors), len(latencies)


def _processor_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """What each process and its children spent so far; of a database server, those that live."""
    spent = {}
    for name, pid in pids.items():
        if name == "supervisor":
            continue
        process = psutil.Process(pid)
        every = (each.cpu_times() for each in (process, *process.children(recursive=True)))
        spent[name] = sum(times.user + times.system for times in every)
    return spent


if __name__ == "__main__":
    main()
