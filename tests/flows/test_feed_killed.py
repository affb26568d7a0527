"""`kill -9` of the feed in the middle of its messages: each that a sender insists on is one document, never two."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import pytest

from carnet.feeds.hl7.client import MllpClient, connected
from carnet.feeds.hl7.er7 import read_er7
from carnet.feeds.hl7.framing import BrokenFrameError
from carnet.people.patient import Patient
from tests.demonstration import Demonstration
from tests.feeds.hl7.messages import named, oru, report
from tests.flows.doors import Doors, doors_of, unique_id
from tests.flows.load import eventually
from tests.running import another_patient

_PATIENTS = 6
_WITHIN_SECONDS = 120


@dataclass(frozen=True)
class Waiting:
    """A message, the document that it brings, and whose it is."""

    message: bytes
    document: str
    of: Patient


@dataclass
class Senders:
    """Software that sends each message until it is accepted, on a new connection whenever one broke."""

    port: int
    waiting: Iterator[Waiting]
    accepted: dict[str, Patient] = field(default_factory=dict)
    broken: int = 0

    async def send_all(self, at_once: int) -> None:
        """Until nothing waits any more."""
        await asyncio.gather(*(self._sender() for _ in range(at_once)))

    async def have_sent(self, count: int, sending: asyncio.Task[None]) -> None:
        """Wait until so many were accepted."""
        await eventually(lambda: len(self.accepted) >= count or sending.done(), within_seconds=_WITHIN_SECONDS * 10)

    async def _sender(self) -> None:
        mine: Waiting | None = None
        while True:
            try:
                async with connected("127.0.0.1", self.port) as client:
                    while (mine := mine or next(self.waiting, None)) is not None:
                        await self._insist(client, mine)
                        mine = None
                    return
            except (OSError, TimeoutError, BrokenFrameError):
                self.broken += 1
                await asyncio.sleep(0.05)

    async def _insist(self, client: MllpClient, mine: Waiting) -> None:
        msa = None
        while msa is None or msa(1) == "AR":
            msa = read_er7(await client.ask(mine.message)).first("MSA")
        assert msa(1) == "AA", msa.text
        self.accepted[mine.document] = mine.of


async def every_message_is_one_document(
    demonstration: Demonstration, doctor: Doors, *, messages: int, kills: int, first_patient: int,
) -> None:
    people = [another_patient(first_patient + number) for number in range(_PATIENTS)]
    for patient in people:
        answer = await doctor.open_record(patient)
        assert answer.status == 201, answer
    senders = Senders(demonstration.told["hl7_port"], messages_for(people, messages))
    sending = asyncio.create_task(senders.send_all(8))
    for number in range(kills):
        await senders.have_sent(messages * (number + 1) // (kills + 1), sending)
        await killed(demonstration)
    await sending
    assert senders.broken > 0
    assert len(senders.accepted) == messages
    async with doors_of(demonstration, "moreau") as later:      # a token does not outlive a long story
        for patient in people:
            found = [unique_id(each) for each in await later.find(patient.ins, _count="200")]
            assert len(found) == len(set(found))
            assert set(found) == {name for name, whose in senders.accepted.items() if whose is patient}


async def killed(demonstration: Demonstration) -> None:
    """`kill -9` of the feed; another takes its place."""
    pid = demonstration.pid("hl7")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: demonstration.pid("hl7") not in (pid, None), within_seconds=_WITHIN_SECONDS)


def messages_for(people: Sequence[Patient], count: int) -> Iterator[Waiting]:
    """So many messages, each with a document of its own."""
    for number, patient in zip(range(count), cycle(people), strict=False):
        content = report(f"n° {number}", of=patient)
        yield Waiting(oru(content, patient=patient), named(content), patient)


async def test_a_feed_killed_among_its_messages_makes_each_of_them_one_document(
    demonstration: Demonstration, doctor: Doors,
) -> None:
    await every_message_is_one_document(demonstration, doctor, messages=240, kills=2, first_patient=810_000)


@pytest.mark.slow
async def test_a_feed_killed_among_ten_thousand_messages_makes_ten_thousand_documents(
    demonstration: Demonstration, doctor: Doors,
) -> None:
    await every_message_is_one_document(demonstration, doctor, messages=10_000, kills=8, first_patient=820_000)
