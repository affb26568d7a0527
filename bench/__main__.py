"""`make bench`: start the whole platform in a folder of its own, load it through its doors, print and keep the figures.

Deposit (ITI-105, 30 KB CDA), find (ITI-67, records of 50 documents), retrieve (ITI-68, 30 KB), for 1, 8 and 32 clients;
then ORU^R01 with a CDA of 300 KB over MLLP (bench/feed_hl7.py), and a batch of reimbursements
(bench/feed_reimbursements.py).
First, on a machine that is still quiet, what a decision costs (bench/decisions.py). Figures go to
bench/results/latest.json. They are never asserted.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import uvloop

from bench import decisions, feed_hl7, feed_reimbursements, machine
from bench.load import Figures
from bench.scenario import Scenario
from tests.demonstration import Demonstration, demonstration_folder, running_demonstration

RESULTS = Path(__file__).parent / "results" / "latest.json"
CLIENTS = (1, 8, 32)


def main() -> None:
    """Read the options, measure, print, keep."""
    options = argparse.ArgumentParser(prog="bench", description=__doc__)
    options.add_argument("--seconds", type=float, default=8.0, help="how long each run lasts")
    options.add_argument("--records", type=int, default=200, help="records to spread deposits over")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    costs = decisions.measure()
    print(*costs, sep="\n", flush=True)
    with demonstration_folder() as folder, running_demonstration(folder) as demonstration:
        figures = uvloop.run(_measure(demonstration.told, given.seconds, given.records))
        figures["oru_300_kb"] = uvloop.run(_feed(demonstration, given.seconds))
        figures["reimbursements"] = _batches(demonstration)
        figures["decision_us"] = decisions.as_dict(costs)
        figures["machine"] = machine.describe(folder)
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"machine: {figures['machine']}\nkept in {given.output}")


async def _measure(demonstration: dict[str, Any], seconds: float, records: int) -> dict[str, Any]:
    scenario = await Scenario.prepared(demonstration, records=records)
    measured: dict[str, Any] = {}
    print(f"{'':10}{'clients':>8}{'per second':>12}{'p50 ms':>9}{'p99 ms':>9}{'worst ms':>10}{'errors':>8}")
    for name, measure in (("deposit", scenario.deposit), ("find", scenario.find), ("retrieve", scenario.retrieve)):
        measured[name] = {}
        for clients in CLIENTS:
            figures = await measure(clients=clients, seconds=seconds)
            measured[name][str(clients)] = figures.as_dict()
            print(_line(name, clients, figures), flush=True)
    return measured


async def _feed(demonstration: Demonstration, seconds: float) -> dict[str, Any]:
    measured: dict[str, Any] = {}
    with feed_hl7.feed_processes(demonstration, os.cpu_count() or 1) as pids:
        for clients, (figures, spent) in (await feed_hl7.measure(demonstration, seconds, pids)).items():
            measured[str(clients)] = feed_hl7.as_dict(figures, spent)
            print(f"{_line('oru', clients, figures)}   processor ms: {feed_hl7.told(spent)}", flush=True)
    return measured


def _batches(demonstration: Demonstration) -> dict[str, Any]:
    measured = feed_reimbursements.measure(demonstration)
    for name, cost in measured.items():
        print(f"{name:10}{cost}", flush=True)
    return {name: cost.as_dict() for name, cost in measured.items()}


def _line(name: str, clients: int, found: Figures) -> str:
    return (
        f"{name:10}{clients:8}{found.per_second:12.0f}{found.p50_ms:9.1f}{found.p99_ms:9.1f}{found.worst_ms:10.1f}"
        f"{found.errors:8}")


main()
