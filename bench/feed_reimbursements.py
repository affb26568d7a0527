"""`python -m bench.feed_reimbursements`, also part of `make bench`: a batch of reimbursements into real processes.

Invented persons with some 200 lines each (bench/histories.py), one document a person; `carnet feed reimbursements` runs
as operators start it, one process a core. First a batch of which everything is new, then the next month's, which
replaces every document, then that one again, which brings nothing. What each process spends on one line, in
microseconds of processor, is told beside the rate: on a machine that others use too, it varies less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import psutil
import uvloop

from bench import machine
from bench.documents import patient
from bench.histories import LINES_A_MONTH, MONTHS, history
from tests.demonstration import Demonstration, demonstration_folder, running_demonstration
from tests.feeds.reimbursements.batches import as_csv
from tests.flows.doors import doors_of

RESULTS = Path(__file__).parent / "results" / "reimbursements.json"
PERSONS, _FIRST_RECORD = 5000, 760_000      # a million lines: starting processes weighs little then, as in real batches
_FIRST_BATCH = 20       # September 2026, counted from January 2025
_PARTNER = "laboratoire"


@dataclass(frozen=True, slots=True)
class Cost:
    """One import: lines a second, and the microseconds of processor of each process for a line."""

    per_second: float
    spent: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded."""
        return {"lines_per_second": round(self.per_second),
                "processor_us": {name: round(cost, 1) for name, cost in self.spent.items()}}

    def __str__(self) -> str:
        most = sorted(self.spent.items(), key=lambda each: -each[1])
        told = ", ".join(f"{name} {cost:.1f}" for name, cost in most if cost >= 0.1)
        return f"{self.per_second:8.0f} lines/s; µs of processor a line: {sum(self.spent.values()):.1f} = {told}"


def main() -> None:
    """Read the options, measure, print."""
    options = argparse.ArgumentParser(prog="bench.feed_reimbursements", description=__doc__)
    options.add_argument("--persons", type=int, default=PERSONS)
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with demonstration_folder() as folder, running_demonstration(folder) as demonstration:
        measured = measure(demonstration, given.persons)
        for name, cost in measured.items():
            print(f"{name:9} {cost}", flush=True)
        figures = {name: cost.as_dict() for name, cost in measured.items()} | {"machine": machine.describe(folder)}
    print(f"machine: {figures['machine']}\nkept in {given.output}")
    given.output.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")


def measure(demonstration: Demonstration, persons: int = PERSONS) -> dict[str, Cost]:
    """A first batch, the next one, and that one again."""
    uvloop.run(_open_records(demonstration, persons))
    first, second = (_batch(demonstration.folder, _FIRST_BATCH + month, persons) for month in (0, 1))
    return {
        "new": _import(demonstration, first, persons), "replaced": _import(demonstration, second, persons),
        "unchanged": _import(demonstration, second, persons)}


async def _open_records(demonstration: Demonstration, persons: int) -> None:
    async with doors_of(demonstration, "moreau") as doors:
        for number in range(persons):
            answer = await doors.open_record(patient(_FIRST_RECORD + number))
            assert answer.status == 201, answer


def _batch(folder: Path, last_month: int, persons: int) -> Path:
    people = sorted((patient(_FIRST_RECORD + number).ins.value, number) for number in range(persons))
    told = (history(patient(_FIRST_RECORD + number), number, last_month=last_month) for _, number in people)
    return as_csv(folder / f"batch-{last_month}.csv", (line for lines in told for line in lines))


def _import(demonstration: Demonstration, file: Path, persons: int) -> Cost:
    settings = demonstration.home / "settings" / "portal.toml"
    command = [sys.executable, "-m", "carnet.roles.cli", "feed", "reimbursements", str(file), "--partner", _PARTNER,
               "--config", str(settings)]
    before, began = _processor_seconds(demonstration.told["pids"]), perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=dict(os.environ))
    seconds, after = perf_counter() - began, _processor_seconds(demonstration.told["pids"])
    assert done.returncode == 0, done.stdout
    lines = persons * LINES_A_MONTH * MONTHS
    return Cost(lines / seconds, {name: (after[name] - before[name]) * 1e6 / lines for name in before})


def _processor_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """What each process and its children spent so far, and the imports that ended."""
    spent = {}
    for name, pid in pids.items():
        if name != "supervisor":
            process = psutil.Process(pid)
            every = (each.cpu_times() for each in (process, *process.children(recursive=True)))
            spent[name] = sum(times.user + times.system for times in every)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {**spent, "import": ended.ru_utime + ended.ru_stime}


if __name__ == "__main__":
    main()
