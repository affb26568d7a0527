"""A message, or a batch of them, is taken into the inbox; what is answered follows from what became of it.

May import: this room, record/inbox, errors.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from carnet.errors import InvalidInput, Unavailable
from carnet.feeds.hl7.acknowledge import ACCEPTED, ERROR, REJECTED, acknowledgement, batch_acknowledgement
from carnet.feeds.hl7.batch import batch_header, is_batch, read_batch
from carnet.feeds.hl7.er7 import read_header
from carnet.feeds.hl7.told import Told, told_of, told_of_issue
from carnet.record.inbox.message import Channel, Partner
from carnet.record.inbox.take import Arrived, Inbox, take


class Answering:
    """The inbox, as MLLP asks it: at most so many messages at once."""

    def __init__(self, inbox: Inbox, *, at_once: int) -> None:
        self._inbox = inbox
        self._room = asyncio.Semaphore(at_once)

    async def answer(self, raw: bytes, partner: Partner) -> bytes | None:
        """The answer to these bytes: an ACK, a batch of them, or None for what is an answer itself."""
        if is_batch(raw):
            return await self._answer_batch(raw, partner)
        header = read_header(raw)
        if header(9) == "ACK":
            return None
        return await self._answer_one(raw, partner)

    async def _answer_one(self, raw: bytes, partner: Partner) -> bytes:
        header = read_header(raw)
        try:
            async with self._room:
                taken = await take(Arrived(raw, Channel.HL7, partner), self._inbox)
        except Unavailable as error:
            told = Told("207", f"not now: send it again in {error.retry_after_seconds} seconds", "906")
            return acknowledgement(header, REJECTED, (told,), now=self._now())
        code = ACCEPTED if taken.is_accepted else ERROR
        return acknowledgement(header, code, told_of(taken), now=self._now())

    async def _answer_batch(self, raw: bytes, partner: Partner) -> bytes:
        """One after the other: a message may replace the document of the one before it."""
        try:
            batch = read_batch(raw)
        except InvalidInput as error:
            told = [told_of_issue(issue) for issue in error.issues]
            answer = acknowledgement(batch_header(raw), ERROR, told, now=self._now())
            return batch_acknowledgement(batch_header(raw), [answer], now=self._now())
        answers = [await self._answer_one(message, partner) for message in batch.messages]
        return batch_acknowledgement(batch.header, answers, now=self._now())

    def _now(self) -> datetime | None:
        try:
            return self._inbox.stores.clock.now()
        except Unavailable:
            return None
