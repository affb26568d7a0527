"""`python -m bench.migration`: how many records a second move from one host to another, with and without live deposits.

Records of ten small documents, each of which came by itself. Three host processes with a database server each, forced
writes, all on this machine. A record counts once its old host has erased it and the receipt is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count
from os import getloadavg
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import psutil
import uvloop

from bench import machine
from bench.documents import patient
from bench.platform import measured_platform
from carnet.hosting.moving.campaign import Plan
from carnet.hosting.moving.listing import list_records
from carnet.hosting.moving.mover import Mover, Pace
from carnet.hosting.moving.store import MoveStore
from carnet.hosting.worker import Worker
from carnet.journal.database import Database
from carnet.people.patient import Patient
from carnet.record.open_record import open_record
from carnet.record.stores import Stores
from carnet.record.submit import submit
from tests.demonstration import demonstration_folder
from tests.running import CONSENT, letter, lot, professional

RESULTS = Path(__file__).parent / "results" / "migration.json"
DOCUMENTS = 10
_AT_ONCE = 32


@dataclass(frozen=True)
class Moved:
    """One run: records that moved, in how many seconds, deposits meanwhile, and the processor time it all took."""

    records: int
    seconds: float
    megabytes: float
    processor: dict[str, float]
    deposits: int = 0
    slowest_deposit: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded."""
        return {
            "records": self.records, "records_per_second": round(self.records / self.seconds),
            "megabytes_per_second": round(self.megabytes / self.seconds, 1),
            "deposits_per_second": round(self.deposits / self.seconds, 1),
            "slowest_deposit_ms": round(self.slowest_deposit * 1000),
            "processor_ms_per_record": {
                name: round(seconds * 1000 / self.records, 2) for name, seconds in self.processor.items()},
        }


def main() -> None:
    """Read the options, measure, print, keep."""
    options = argparse.ArgumentParser(prog="bench.migration", description=__doc__)
    options.add_argument("--records", type=int, default=3000, help="records that move in each run")
    options.add_argument("--deposits", type=float, default=20.0, help="deposits a second in the second run")
    options.add_argument("--batch", type=int, default=Pace().batch)
    options.add_argument("--at-once", type=int, default=Pace().at_once)
    options.add_argument("--nice", type=int, default=0, help="priority of all it runs while it measures, as nice(1)")
    options.add_argument("--folder", type=Path, help="keep the platform there; one that is there is measured again")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with nullcontext(given.folder) if given.folder else demonstration_folder() as folder:
        figures = uvloop.run(_measure(folder, given))
        figures["machine"] |= machine.describe(folder)
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"machine: {figures['machine']}\nkept in {given.output}")


async def _measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    pace = Pace(batch=given.batch, at_once=given.at_once)
    async with measured_platform(folder) as (stores, pool, _):
        began = perf_counter()
        patients = [patient(number) for number in range(given.records)]
        if not await pool.fetchval("select exists (select from record)"):
            await _filled(stores, patients)
            print(f"{given.records} records of {DOCUMENTS} documents in {perf_counter() - began:.0f} s", flush=True)
        moves = MoveStore(Database(pool))
        await _all_at_alpha(stores, moves)
        figures: dict[str, Any] = {"machine": {"load_average_before": round(getloadavg()[0], 2)}}
        for name, plan, rate in (
            ("quiet", Plan("migrate", "alpha", "beta"), 0.0),
            ("live", Plan("migrate", "beta", "alpha"), given.deposits),
        ):
            _all_have_priority(given.nice)
            moved = await _moved(stores, moves, plan, pace=pace, patients=patients, rate=rate)
            _all_have_priority(0)
            figures[name] = moved.as_dict()
            print(f"{name:6}", figures[name], flush=True)
        return figures


async def _filled(stores: Stores, patients: list[Patient]) -> None:
    left = iter(patients)

    async def fill() -> None:
        for each in left:
            await open_record(professional(), each, CONSENT, stores)
            for _ in range(DOCUMENTS):
                await submit(professional(), lot(letter(of=each)), stores)

    await asyncio.gather(*(fill() for _ in range(_AT_ONCE)))
    await stores.delivery.settle()
    worker = Worker(stores.copies, stores.hosting)
    while await stores.hosting.waiting():
        if not await worker.round():
            await asyncio.sleep(0.2)


async def _all_at_alpha(stores: Stores, moves: MoveStore) -> None:
    counts = await _run(stores, moves, Plan("migrate", "beta", "alpha"), Pace())
    assert not counts.to_do, counts


async def _run(stores: Stores, moves: MoveStore, plan: Plan, pace: Pace) -> Any:
    campaign = uuid4()
    await moves.begin(campaign, plan, by="bench")
    begun = await moves.campaign(campaign)
    assert begun is not None
    await list_records(begun, moves, stores.copies.directory)
    await Mover(stores.copies, stores.hosting, moves, pace=pace).run(campaign, asyncio.Event())
    return await moves.counts(campaign)


async def _moved(
    stores: Stores, moves: MoveStore, plan: Plan, *, pace: Pace, patients: list[Patient], rate: float,
) -> Moved:
    stop, slowest, deposits = asyncio.Event(), 0.0, 0

    async def deposit() -> None:
        nonlocal slowest, deposits
        for number in count():
            if stop.is_set():
                return
            began = perf_counter()
            await submit(professional(), lot(letter(of=patients[number % len(patients)])), stores)
            slowest, deposits = max(slowest, perf_counter() - began), deposits + 1
            await asyncio.sleep(max(0, 1 / rate - (perf_counter() - began)))

    live = asyncio.create_task(deposit()) if rate else None
    before, began = processor_seconds(), perf_counter()
    counts = await _run(stores, moves, plan, pace)
    seconds, after = perf_counter() - began, processor_seconds()
    stop.set()
    if live is not None:
        await live
    assert not counts.to_do, counts
    [last, *_] = await moves.campaigns()
    return Moved(counts.released, seconds, last.bytes / 2**20, {
        name: after[name] - before[name] for name in after}, deposits, slowest)


def _all_have_priority(nice: int) -> None:
    """On a machine that others use too."""
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        if process.nice() != nice:
            process.nice(nice)


def processor_seconds() -> dict[str, float]:
    """What the mover, the hosts and the database servers used so far: it says what a machine less busy would give."""
    used = {"mover": sum(psutil.Process().cpu_times()[:2]), "hosts": 0.0, "databases": 0.0}
    for process in psutil.Process().children(recursive=True):
        kind = "databases" if process.name().startswith("postgres") else "hosts"
        used[kind] += sum(process.cpu_times()[:2])
    used["in all"] = sum(used.values())
    return used


if __name__ == "__main__":
    main()
