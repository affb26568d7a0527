"""`python -m bench.feed_hl7`, also part of `make bench`: ORU^R01 with a CDA of 300 KB, over MLLP, into real processes.

Each message is new and each of several senders waits for its answer, which says that two hosts hold the document. There
are as many feed processes as cores, at one port, as docs/operators/inbox.md advises. What each process spends on one
message, in milliseconds of processor, is told beside the rate: on a machine that others use too, it is the figure that
stays. Figures are kept in bench/results/feed_hl7.json.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
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
from tests.demonstration import Demonstration, demonstration_folder, running_demonstration, until
from tests.feeds.hl7.messages import oru
from tests.flows.doors import doors_of
from tests.running import AUTHOR

RESULTS = Path(__file__).parent / "results" / "feed_hl7.json"
SIZE_BYTES = 300_000
CLIENTS = (1, 8, 16)
RECORDS, _FIRST_RECORD = 64, 700_000
_PLACE = "2.25.100000000000000000000000000000000000000"
_CARRIED = b"QUJD"


def main() -> None:
    """Read the options, measure, print."""
    options = argparse.ArgumentParser(prog="bench.feed_hl7", description=__doc__)
    options.add_argument("--seconds", type=float, default=10.0, help="how long each run lasts")
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="feed processes at the one port")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    kept: dict[str, Any] = {"processes": given.processes}
    with (
        demonstration_folder() as folder, running_demonstration(folder) as demonstration,
        feed_processes(demonstration, given.processes) as pids,
    ):
        for clients, (figures, spent) in uvloop.run(measure(demonstration, given.seconds, pids)).items():
            print(f"ORU 300 KB, {clients:2} senders: {figures.per_second:6.1f}/s, p50 {figures.p50_ms:6.1f} ms, p99"
                  f" {figures.p99_ms:6.1f} ms, errors {figures.errors}; ms of processor a message: {told(spent)}")
            kept[str(clients)] = as_dict(figures, spent)
        kept["machine"] = machine.describe(folder)
    given.output.write_text(json.dumps(kept, indent=2) + "\n")
    print(f"machine: {kept['machine']}\nkept in {given.output}")


@contextmanager
def feed_processes(demonstration: Demonstration, count: int) -> Iterator[dict[str, int]]:
    """So many feed processes at the port of the demonstration, with its own: the numbers of all its processes."""
    command = [sys.executable, "-m", "carnet.roles.cli", "feed", "hl7", "--config", demonstration.told["settings"]]
    logs = [demonstration.folder / f"hl7-{number}.log" for number in range(2, count + 1)]
    started = {}
    for log in logs:
        with log.open("wb") as written:
            started[log.stem] = subprocess.Popen(command, stdout=written, stderr=written)
    try:
        until(lambda: all(b"is taken at port" in log.read_bytes() for log in logs), within_seconds=60)
        yield {**demonstration.told["pids"], **{name: process.pid for name, process in started.items()}}
    finally:
        for process in started.values():
            process.terminate()
            process.wait()


def as_dict(figures: Figures, spent: Mapping[str, float]) -> dict[str, Any]:
    """The figures of one number of senders, as they are kept."""
    return {**figures.as_dict(), "processor_ms": {name: round(cost, 1) for name, cost in spent.items()}}


def told(spent: Mapping[str, float]) -> str:
    """What each process spends on a message, the most first."""
    most = sorted(spent.items(), key=lambda each: -each[1])
    return f"{sum(spent.values()):.1f} = " + ", ".join(f"{name} {cost:.1f}" for name, cost in most if cost >= 0.1)


async def measure(
    demonstration: Demonstration, seconds: float, pids: Mapping[str, int],
) -> dict[int, tuple[Figures, dict[str, float]]]:
    """For each number of senders: the figures, and the milliseconds of each process for one message."""
    people = [patient(_FIRST_RECORD + number) for number in range(RECORDS)]
    async with doors_of(demonstration, "moreau") as doors:
        for person in people:
            answer = await doors.open_record(person)
            assert answer.status == 201, answer
    messages, measured = _messages(people), {}
    await _run(demonstration.told["hl7_port"], messages, clients=4, seconds=2)     # what is made once is made now
    for clients in CLIENTS:
        before = _processor_seconds(pids)
        figures, count = await _run(demonstration.told["hl7_port"], messages, clients=clients, seconds=seconds)
        after = _processor_seconds(pids)
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
    """What each process and its children spent so far, and who sends; of a database server, those that live."""
    spent = {"senders": sum(psutil.Process().cpu_times()[:2])}
    for name, pid in pids.items():
        if name == "supervisor":
            continue
        process = psutil.Process(pid)
        every = (each.cpu_times() for each in (process, *process.children(recursive=True)))
        spent[name] = sum(times.user + times.system for times in every)
    return spent


if __name__ == "__main__":
    main()
