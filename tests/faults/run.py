"""`python -m tests.faults.run`: faults for ten minutes under steady deposits and reads, a table, and what was false.

`make faults` calls it; --minutes makes it longer: what is left of the time goes to faults chosen at random.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any

import uvloop

from tests.demonstration import Demonstration, demonstration_folder, running_demonstration
from tests.faults.battlefield import battlefield, small_disk
from tests.faults.breaks import CLOCK, COPIED, DISK_FULL, LONG, OLD_HEAD, Fault, Vandal
from tests.faults.clients import Clients, at_work, clients_of
from tests.faults.history import End, History, Row, Verdict, judged, rows, unavailable
from tests.flows.copies import held_by_hosts, records_of_portal, waiting
from tests.flows.doors import addresses, unique_id

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "faults.json"
_CATCH_UP_SECONDS = 180
_DYING = ("alpha killed", "reference killed", "alpha held still", "reference held still",
          "network to reference is a black hole", "network to alpha is a black hole")


@dataclass(frozen=True)
class Outcome:
    """A run that is over."""

    history: History
    end: End
    verdict: Verdict
    caught_up_in: float
    refused: Sequence[str]


async def lived_through(
    demonstration: Demonstration, faults: Sequence[Fault], *, seconds: float = 8.0, minutes: float = 0.0,
    disk: Path | None = None, portals: Sequence[str] = (),
) -> Outcome:
    """These faults under load, then others at random for what is left; and what there is when all is whole again."""
    chance, until = random.Random(7), monotonic() + minutes * 60
    async with battlefield(demonstration, disk=disk) as field, clients_of(demonstration, portals) as clients:
        before = await _documents_of(clients)
        async with at_work(clients):
            vandal = Vandal(field, clients, seconds=seconds)
            await asyncio.sleep(2)
            for fault in faults:
                await vandal.does(fault)
            again = [each for each in faults if each not in (COPIED, OLD_HEAD)]
            while monotonic() < until:
                await vandal.does(chance.choice(again))
        caught_up_in = await _caught_up(demonstration)
        listed, digests = await _all_of(clients)
        await _caught_up(demonstration)      # to read everything is to find what is damaged
        listed = {name: [each for each in there if each not in before] for name, there in listed.items()}
        end = await _end(demonstration, listed, digests)
    return Outcome(clients.history, end, judged(clients.history, end), caught_up_in, clients.refused)


def main() -> None:
    """Read the options, break everything, print, keep. Exit 1 when something was false."""
    options = argparse.ArgumentParser(prog="tests.faults.run", description=__doc__)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--seconds", type=float, default=8.0, help="how long a fault lasts")
    options.add_argument("--only", default="", help="only faults whose names have one of these words (with commas)")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with demonstration_folder() as folder, small_disk(folder / "home" / "databases" / "beta") as disk:
        faults = [*LONG[:-1], *([DISK_FULL] if disk else ()), *(CLOCK if shutil.which("faketime") else ()), LONG[-1]]
        if given.only:
            faults = [fault for fault in faults if any(each in fault.what for each in given.only.split(","))]
        if disk is None:
            print("left out: the full disk, for root may not mount here")
        if not shutil.which("faketime"):
            print("left out: clocks that jump, for faketime is not installed")
        with running_demonstration(folder) as demonstration:
            began = monotonic()
            outcome = uvloop.run(lived_through(
                demonstration, faults, seconds=given.seconds, minutes=given.minutes, disk=disk))
            took = monotonic() - began
    print(table(outcome))
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(told(outcome, took), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"kept in {given.output}")
    sys.exit(0 if outcome.verdict.is_clean and not outcome.refused else 1)


def table(outcome: Outcome) -> str:
    """What every fault did, and what was false."""
    columns = ("for s", "deposits", "reads", "failed", "no put s", "no read s", "worst put", "worst read")
    lines = [f"{'broken':42}" + "".join(f"{name:>11}" for name in columns)]
    for row in rows(outcome.history):
        numbers = [
            f"{row.seconds:.1f}", row.deposits, row.reads, row.failed, row.seconds_without_deposits,
            row.seconds_without_reads, f"{row.worst_deposit:.2f}", f"{row.worst_read:.2f}"]
        lines.append(f"{row.what:42}" + "".join(f"{number:>11}" for number in numbers))
    history, verdict, (worst_deposit, worst_read) = outcome.history, outcome.verdict, _worst(outcome)
    reads = len(history.found) + len(history.retrieved)
    counts = ", ".join(f"{name} {len(false)}" for name, false in asdict(verdict).items())
    lines += [
        f"acknowledged {len(history.acknowledged())}, read {reads} times, blocked {len(history.blocks)} times",
        f"all equal {outcome.caught_up_in:.1f} s after the last fault",
        f"worst read while a host dies: {worst_read:.2f} s, worst deposit: {worst_deposit:.2f} s",
        f"false: {counts}",
        *(each for false in asdict(verdict).values() for each in false[:5]), *sorted(set(outcome.refused))[:5]]
    return "\n".join(lines)


def told(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """The same for scripts."""
    worst_deposit, worst_read = _worst(outcome)
    history = outcome.history
    deposits = [each.request for each in history.deposits]
    return {
        "seconds": round(seconds), "acknowledged": len(history.acknowledged()), "deposits_sent": len(deposits),
        "reads": len(history.found) + len(history.retrieved), "blocks": len(history.blocks),
        "seconds_without_deposits": len(unavailable(deposits)),
        "worst_read_while_a_host_dies_s": round(worst_read, 2),
        "worst_deposit_while_a_host_dies_s": round(worst_deposit, 2),
        "all_equal_after_s": round(outcome.caught_up_in, 1),
        "false": {name: list(false) for name, false in asdict(outcome.verdict).items()},
        "refused": sorted(set(outcome.refused)),
        "faults": [{name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(row).items()}
                   for row in rows(history)],
    }


def _worst(outcome: Outcome) -> tuple[float, float]:
    dying: list[Row] = [row for row in rows(outcome.history) if row.what in _DYING]
    return (max((row.worst_deposit for row in dying), default=0), max((row.worst_read for row in dying), default=0))


async def _caught_up(demonstration: Demonstration) -> float:
    began = monotonic()
    while await waiting(demonstration) and monotonic() < began + _CATCH_UP_SECONDS:    # noqa: ASYNC110
        await asyncio.sleep(0.5)
    return monotonic() - began


async def _documents_of(clients: Clients) -> set[str]:
    """Those that were there before."""
    return {
        each for name in clients.patients
        for each in addresses(await clients.owner_of(name).find(clients.patients[name].ins, _count="200"))}


async def _all_of(clients: Clients) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The list of each patient, and the digest of each document: as owners see them."""
    listed: dict[str, list[str]] = {}
    digests: dict[str, str] = {}
    for name, patient in clients.patients.items():
        doors = clients.owner_of(name)
        references = await doors.find(patient.ins, _count="200")
        listed[name] = [unique_id(each) for each in references]
        for document, address in addresses(references).items():
            answer = await doors.get(address)
            digests[document] = sha256(answer.body).hexdigest() if answer.status == 200 else f"status {answer.status}"
    return listed, digests


async def _end(demonstration: Demonstration, listed: dict[str, list[str]], digests: dict[str, str]) -> End:
    portal, hosts = await records_of_portal(demonstration), await held_by_hosts(demonstration)
    differing = sum(
        not hosts[host].said.get(record) == hosts[host].computed.get(record) == known.chain
        for record, known in portal.items() for host in (known.home, known.reference))
    verified = subprocess.run(
        [sys.executable, "-m", "carnet.roles.cli", "audit", "verify", "--config", demonstration.told["settings"]],
        check=False, capture_output=True)
    return End(
        listed, digests, differing=differing, lacking=sum(each.lacking for each in hosts.values()),
        altered=sum(each.altered for each in hosts.values()), waiting=await waiting(demonstration),
        log_verifies=verified.returncode == 0)


if __name__ == "__main__":
    main()
