"""Business acknowledgements leave: what is due of the outgoing queue, over MLLP, until each was acknowledged.

May import: this room, record/inbox, journal, errors.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from ssl import SSLContext

from carnet.errors import Gone, InvalidInput
from carnet.feeds.hl7.business import OF_A_BOX, dated, not_done
from carnet.feeds.hl7.client import connected
from carnet.feeds.hl7.er7 import read_er7
from carnet.feeds.hl7.framing import BrokenFrameError
from carnet.journal.store import KeyStore
from carnet.record.inbox.message import COPIES, OF_A_READER, Channel
from carnet.record.inbox.outgoing_store import Due, OutgoingStore
from carnet.record.inbox.sealed import unsealed

log = logging.getLogger(__name__)

_TAKEN, _CORRECT = ("AA", "CA"), ("AE", "CE")
_SECONDS = 20.0


class UnsentError(Exception):
    """It did not arrive. `for_good`: the one it was for takes it for wrong, and it is not sent again."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends. Without TLS, only to a loopback address."""

    outgoing: OutgoingStore
    keys: KeyStore
    tls: SSLContext | None = None

    async def send_due(self, now: datetime, *, limit: int = 20) -> int:
        """Send what is due, at most so many; how many. Raises Unavailable when the portal's database is away."""
        every = await self.outgoing.claim(Channel.HL7, limit)
        for due in every:
            await self._send(due, now)
        return len(every)

    async def _send(self, due: Due, now: datetime) -> None:
        try:
            message = await self._ready(due, await unsealed(due.content, self.keys))
            await self._deliver(due.destination, dated(message, now))
        except Gone:
            await self.outgoing.failed(due, "its day is over", for_good=True)
        except UnsentError as error:
            log.info("a business acknowledgement was not taken: %s", error)
            await self.outgoing.failed(due, str(error), for_good=error.for_good)
        else:
            await self.outgoing.sent(due.outgoing_id)

    async def _ready(self, due: Due, message: bytes) -> bytes:
        """What is to be said now of a copy by secure mail. Raises UnsentError while nobody knows."""
        what, _, address = due.what.partition(" ")
        if what not in (OF_A_BOX, OF_A_READER):
            return message
        every = await self.outgoing.of(due.message_id)
        copy = next((each for each in every if each.what in COPIES and each.destination == address), None)
        if copy is None or copy.next_at is not None:
            raise UnsentError("the copy has not left yet")
        is_done = copy.sent_at is not None if what == OF_A_BOX else copy.read_at is not None
        return message if is_done else not_done(message, copy.last_error)

    async def _deliver(self, destination: str, message: bytes) -> None:
        """Raises UnsentError."""
        host, _, port = destination.rpartition(":")
        if self.tls is None and not _is_loopback(host):
            raise UnsentError("without TLS nothing is sent to another machine")
        try:
            async with connected(host, int(port), tls=self.tls, seconds=_SECONDS) as client:
                answer = await client.ask(message)
        except (OSError, TimeoutError, BrokenFrameError) as error:
            raise UnsentError(f"no answer: {type(error).__name__}") from None
        _check(answer, read_er7(message).header(10))


def _check(answer: bytes, control_id: str) -> None:
    """Raises UnsentError unless this acknowledges the message of this id."""
    try:
        msa = read_er7(answer).first("MSA")
    except InvalidInput:
        msa = None
    if msa is None or msa(2) != control_id:
        raise UnsentError("the answer is no ACK of it")
    if msa(1) not in _TAKEN:
        raise UnsentError(f"answered {msa(1)[:2]}", for_good=msa(1) in _CORRECT)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
