"""Any number of portals and workers: three and two of them, real processes, on the same databases, under load.

Deposits and reads go to the three portals in turn, further pages of a list to another one than the first; the same
document is sent to all three at once; a portal and a worker are killed in the middle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

import pytest

from tests.demonstration import demonstration_folder, running_demonstration
from tests.faults.breaks import Fault, Vandal
from tests.faults.clients import DOCTOR, OTHERS
from tests.faults.fleet import Fleet, fleet_beside
from tests.faults.history import Deposit, Request, rows
from tests.faults.run import Outcome, lived_through, table
from tests.flows.load import eventually
from tests.running import letter

pytestmark = pytest.mark.slow

DOCUMENTS = 24


@dataclass(frozen=True)
class Lived:
    """A run that is over: what it was, how each portal answered the same documents, and how processes ended."""

    outcome: Outcome
    fates: list[list[int]]
    answered: list[int]
    ended: dict[str, int]


class Day:
    """What is done to the fleet while clients are at work."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.fates: list[list[int]] = []
        self.answered: list[int] = []

    async def same_at_once(self, vandal: Vandal) -> None:
        """Each of these documents goes to all portals at the same time, as from a sender that does not wait."""
        clients = vandal.clients
        portals = clients.doors[DOCTOR].of_each()
        for number in range(DOCUMENTS):
            name = f"other {number % OTHERS}"
            ins, document = clients.patients[name].ins, letter(f"Envoi {number}.", of=clients.patients[name])
            sent_at = monotonic()
            answers = await asyncio.gather(*(doors.publish(document.content, ins) for doors in portals))
            self.fates.append(sorted(each.status for each in answers))
            clients.history.deposits += [
                Deposit(Request(sent_at, monotonic(), each.status), name, document.entry.unique_id,
                        sha256(document.content).hexdigest()) for each in answers]

    async def killed_in_the_middle(self, vandal: Vandal) -> None:
        """One portal and one worker end without a word; for a while the others are all there is."""
        portal, worker = self.fleet.names[0], self.fleet.names[-1]
        self.fleet.kill(portal)
        self.fleet.kill(worker)
        since = monotonic()
        await eventually(lambda: min(vandal.clients.successes(since)) >= 20, within_seconds=60)
        for name in (portal, worker):
            await asyncio.to_thread(self.fleet.start, name)

    async def count(self, vandal: Vandal) -> None:
        """How much each portal answered since the beginning."""
        asked = [doors.answered for doors in vandal.clients.doors.values()]
        addresses = set().union(*asked)
        self.answered = sorted(sum(each[address] for each in asked) for address in addresses)


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    """The run, over."""
    with (
        demonstration_folder() as folder, running_demonstration(folder) as demonstration,
        fleet_beside(demonstration, portals=2, workers=1) as fleet,
    ):
        day = Day(fleet)
        faults = (
            Fault("the same to three at once", day.same_at_once),
            Fault("a portal and a worker killed", day.killed_in_the_middle),
            Fault("the same to three at once, again", day.same_at_once), Fault("counted", day.count))
        outcome = asyncio.run(lived_through(demonstration, faults, seconds=3, portals=fleet.addresses))
        yield Lived(outcome, day.fates, day.answered, fleet.stop())


def test_nothing_acknowledged_is_lost_nothing_is_doubled_and_heads_are_equal(
    lived: Lived, capsys: pytest.CaptureFixture[str],
) -> None:
    with capsys.disabled():
        print(f"\n{table(lived.outcome)}\nanswered by each portal: {lived.answered}")
    assert lived.outcome.history.acknowledged()
    assert lived.outcome.verdict.is_clean, lived.outcome.verdict
    assert lived.outcome.refused == []


def test_the_same_document_sent_to_three_portals_at_once_is_one_document(lived: Lived) -> None:
    assert len(lived.fates) == 2 * DOCUMENTS
    # One keeps it; the others say that it is there already, or that it is being kept: try again.
    assert [fates for fates in lived.fates if fates.count(201) > 1] == []
    assert {status for fates in lived.fates for status in fates} <= {200, 201, 503}
    assert sum(201 in fates for fates in lived.fates) == len(lived.fates)


def test_every_portal_took_its_share(lived: Lived) -> None:
    assert len(lived.answered) == 3
    assert lived.answered[0] > 0


def test_deposits_and_reads_went_on_while_a_portal_and_a_worker_were_dead(lived: Lived) -> None:
    [row] = [row for row in rows(lived.outcome.history) if row.what == "a portal and a worker killed"]
    assert row.deposits
    assert row.reads


def test_every_process_ended_well_when_it_was_asked_to(lived: Lived) -> None:
    assert len(lived.ended) == 3
    assert set(lived.ended.values()) == {0}
