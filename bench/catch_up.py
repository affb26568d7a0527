"""`python -m bench.catch_up`: how fast a host that was away catches up, while deposits go on.

The reference is killed, documents come (each then has a stand-in), and it is started again: a worker process brings it
what it lacks, while this process deposits at a steady rate. Three host processes with a database server each, forced
writes, all on this machine. The rate is that of the entries, with their bodies, that waited when it came back.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from asyncio.subprocess import DEVNULL
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import psutil
import uvloop

from bench import machine
from bench.documents import patient
from bench.platform import measured_platform
from carnet.people.patient import Patient
from carnet.record.open_record import open_record
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.roles.program import Program
from tests.demonstration import demonstration_folder
from tests.running import CONSENT, letter, lot, professional

RESULTS = Path(__file__).parent / "results" / "catch_up.json"
_AT_ONCE = 16
_AWAY = "reference"


def main() -> None:
    """Read the options, measure, print, keep."""
    options = argparse.ArgumentParser(prog="bench.catch_up", description=__doc__)
    options.add_argument("--records", type=int, default=1000, help="records that documents come to")
    options.add_argument("--documents", type=int, default=3000, help="documents that come while the host is away")
    options.add_argument("--rate", type=float, default=25.0, help="deposits a second while it catches up; 0: none")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with demonstration_folder() as folder:
        figures = uvloop.run(_measure(folder, given))
        figures["machine"] = machine.describe(folder)
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"machine: {figures['machine']}\nkept in {given.output}")


async def _measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    async with measured_platform(folder) as (stores, pool, _):
        patients = [patient(number) for number in range(given.records)]
        await _at_once(lambda number: open_record(professional(), patients[number], CONSENT, stores), given.records)
        await stores.delivery.settle()
        host = _process_of(_AWAY)
        command = host.cmdline()
        host.kill()
        host.wait()
        began = perf_counter()
        await _at_once(lambda number: _deposit(stores, patients, number), given.documents)
        alone = given.documents / (perf_counter() - began)
        await stores.delivery.settle()
        print(f"{given.documents} documents came while {_AWAY} was away, {alone:.0f} a second", flush=True)
        again = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
        try:
            figures = await _caught_up(folder, stores, pool, patients, given.rate)
        finally:
            again.terminate()
            await again.wait()
    figures["deposits_per_second_with_a_host_away"] = round(alone, 1)
    print(figures, flush=True)
    return figures


async def _caught_up(
    folder: Path, stores: Stores, pool: asyncpg.Pool, patients: list[Patient], rate: float,
) -> dict[str, Any]:
    entries = await pool.fetchval("select count(*) from outbox")
    until = await pool.fetchval("select clock_timestamp()")
    stop, deposits = asyncio.Event(), 0

    async def live() -> None:
        nonlocal deposits
        for number in count():
            if stop.is_set():
                return
            began = perf_counter()
            await _deposit(stores, patients, number)
            deposits += 1
            await asyncio.sleep(max(0, 1 / rate - (perf_counter() - began)))

    depositing = asyncio.create_task(live()) if rate else None
    worker = Program("worker", "--config", str(folder / "settings" / "portal.toml"), log=folder / "worker.log")
    worker.launch()
    began, first = perf_counter(), 0.0
    while left := await pool.fetchval("select count(*) from outbox where committed_at < $1", until):
        if left < entries and not first:
            first, entries = perf_counter(), left      # the worker has started, and the host is believed again
        await asyncio.sleep(0.05)
    seconds = perf_counter() - first
    process = psutil.Process(worker.process.pid) if worker.process else None
    resident = process.memory_info().rss if process else 0
    stop.set()
    if depositing is not None:
        await depositing
    took = perf_counter() - began
    worker.ask_to_stop()
    if worker.process:
        worker.process.wait()
    return {
        "entries": entries, "caught_up_per_second": round(entries / seconds, 1),
        "deposits_per_second_meanwhile": round(deposits / took, 1), "worker_megabytes": round(resident / 2**20),
        "times_the_live_rate": round(entries / seconds / (deposits / took), 1) if deposits else None,
    }


async def _deposit(stores: Stores, patients: list[Patient], number: int) -> None:
    await submit(professional(), lot(letter(of=patients[number % len(patients)])), stores)


async def _at_once(do: Any, times: int) -> None:
    numbers = count()

    async def some() -> None:
        while (number := next(numbers)) < times:
            await do(number)

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))


def _process_of(host: str) -> psutil.Process:
    [found] = [each for each in psutil.Process().children() if f"{host}.toml" in " ".join(each.cmdline())]
    return found


if __name__ == "__main__":
    main()
