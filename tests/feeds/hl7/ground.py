"""A listener of HL7 v2 on a real platform, and what its tests look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from carnet.feeds.hl7.client import MllpClient, connected
from carnet.feeds.hl7.copies import Post
from carnet.feeds.hl7.er7 import Er7, Segment, read_er7
from carnet.feeds.hl7.form import Hl7Form
from carnet.feeds.hl7.listener import Limits, Listener, Recognise
from carnet.feeds.hl7.sending import Sender
from carnet.journal.database import Database
from carnet.people.ins import Ins
from carnet.record.inbox.message import Channel, Kept, Partner
from carnet.record.inbox.outgoing_store import OutgoingStore
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.take import Inbox
from tests.fhir.client import Client
from tests.running import LABORATORY, PATIENT, Platform

PARTNER = Partner("labo-essai", LABORATORY.struct_id, LABORATORY.name, LABORATORY.software)
LIMITS = Limits(message_bytes=2 * 1024 * 1024, small_bytes=128 * 1024, large_at_once=2, last_seconds=0.5)


@dataclass(frozen=True)
class Ack:
    """An answer as read."""

    read: Er7

    @property
    def code(self) -> str:
        """MSA-1."""
        msa = self.read.first("MSA")
        return msa(1) if msa is not None else ""

    @property
    def about(self) -> str:
        """MSA-2."""
        msa = self.read.first("MSA")
        return msa(2) if msa is not None else ""

    @property
    def errors(self) -> list[tuple[str, str]]:
        """ERR-3 and ERR-5 of each ERR."""
        return [(each(3), each(5)) for each in self.read.every("ERR")]

    @property
    def segments(self) -> list[Segment]:
        """The ERR themselves."""
        return self.read.every("ERR")

    def __str__(self) -> str:
        return "\n".join(segment.text for segment in self.read.segments)


@dataclass
class Feed:
    """A listener and its platform."""

    platform: Platform
    inbox: Inbox
    port: int
    listener: Listener
    clients: list[MllpClient] = field(default_factory=list)

    async def send(self, message: bytes) -> Ack:
        """Send a message on a connection of its own; its answer."""
        async with connected("127.0.0.1", self.port) as client:
            return Ack(read_er7(await client.ask(message)))

    async def says(self, data: bytes) -> bytes:
        """Send these bytes as they are, and leave; everything that came back until the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    async def kept(self, text: str) -> Kept:
        """The message with this control id or document, as the inbox lists it."""
        [found] = await self.inbox.stores.messages.of(Wanted(text=text))
        return found

    async def refusals(self) -> list[str]:
        """The reasons of the connections that were refused or ended."""
        rows = await self.platform.portal.fetch(
            "select detail->'reasons'->>0 from audit_event where act = 'connect' order by event_id")
        return sorted(row[0] for row in rows)


@asynccontextmanager
async def feeding(
    platform: Platform, *, replies: Mapping[str, str] | None = None, limits: Limits = LIMITS,
    recognise: Recognise = lambda _: PARTNER, post: Post | None = None,
) -> AsyncIterator[Feed]:
    """A listener until the block ends."""
    inbox = Inbox(platform.stores, {Channel.HL7: Hl7Form(replies or {}, post, platform.stores.rules.submissions)})
    listener = Listener(inbox, recognise, limits)
    async with listener.listening("127.0.0.1", 0) as port:
        yield Feed(platform, inbox, port, listener)


def sender_of(platform: Platform) -> Sender:
    """What sends business acknowledgements of this platform."""
    return Sender(OutgoingStore(Database(platform.portal)), platform.stores.keys)


async def documents(client: Client, ins: Ins = PATIENT.ins, status: str = "current") -> dict[str, Any]:
    """The documents that this client finds of this patient, by their uniqueIds."""
    query = {"patient.identifier": f"urn:oid:{ins.oid}|{ins.value}", "status": status, "_count": "100"}
    answer = await client.get("DocumentReference", query)
    assert answer.status == 200, answer.body
    return {
        each["resource"]["masterIdentifier"]["value"].removeprefix("urn:oid:"): each["resource"]
        for each in answer.json.get("entry", [])}


__all__ = ["LIMITS", "PARTNER", "Ack", "Feed", "documents", "feeding", "sender_of"]
