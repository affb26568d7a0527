"""MLLP: connections of partners, their messages one after the other, and an answer to each.

What a sender can make this process hold is bounded: so many connections, a small part of a message each, and so many
large messages at once; beyond that it is not read from until there is room. What is slow, unframed or too large is told
so and disconnected; the others do not notice. The last handler of the feed is here.
May import: this room, record/inbox, audit, people, errors.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ssl import SSLContext, SSLError

from carnet.errors import ClockBehind, Unavailable
from carnet.feeds.hl7.acknowledge import REJECTED, acknowledgement
from carnet.feeds.hl7.answering import Answering
from carnet.feeds.hl7.er7 import read_header
from carnet.feeds.hl7.framing import BrokenFrameError, Frames, framed
from carnet.feeds.hl7.told import Told
from carnet.record.audit_door import refused_at_the_door
from carnet.record.inbox.message import Channel, Partner
from carnet.record.inbox.take import Inbox

log = logging.getLogger(__name__)

_READ_BYTES = 256 * 1024
_CONNECT = "connect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What senders may take of this process. A message up to `small_bytes` is held without asking."""

    message_bytes: int
    small_bytes: int = 1024 * 1024
    large_at_once: int = 4
    taken_at_once: int = 12
    connections: int = 64
    connections_of_one: int = 24
    message_seconds: float = 60.0
    idle_seconds: float = 3600.0
    answer_seconds: float = 60.0
    last_seconds: float = 5.0


Recognise = Callable[[str], Partner | None]
"""The partner with the certificate of this SHA-256 fingerprint (in hex, empty without TLS), or None."""


class Listener:
    """The connections of all partners."""

    def __init__(self, inbox: Inbox, recognise: Recognise, limits: Limits) -> None:
        self.inbox = inbox
        self.limits = limits
        self._recognise = recognise
        self._answering = Answering(inbox, at_once=limits.taken_at_once)
        self._large = asyncio.Semaphore(limits.large_at_once)
        self._connections: dict[asyncio.Task[None], _Connection] = {}
        self._of_partner: Counter[str] = Counter()

    @asynccontextmanager
    async def listening(
        self, address: str, port: int, tls: SSLContext | None = None, *, is_shared: bool = False,
    ) -> AsyncIterator[int]:
        """Take connections until the block ends; the port. A message that is being taken then is still answered.

        Processes that share a port are each given some of the connections, by the system.
        """
        more = {"ssl_handshake_timeout": 10.0} if tls is not None else {}
        server = await asyncio.start_server(
            self._connected, address, port, ssl=tls, limit=_READ_BYTES, backlog=128, reuse_port=is_shared, **more)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            await self._end()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        partner = await self._partner_of(writer)
        name = partner.partner_id if partner is not None else ""
        task = asyncio.current_task()
        is_full = len(self._connections) >= self.limits.connections or (
            self._of_partner[name] >= self.limits.connections_of_one)
        if partner is None or is_full or task is None:
            if partner is not None:
                log.warning("partner %s: a connection too many was refused", name)
            writer.transport.abort()
            return
        connection = self._connections[task] = _Connection(self, partner, reader, writer)
        self._of_partner[name] += 1
        try:
            await connection.serve()
        except (ConnectionError, TimeoutError, SSLError) as error:
            log.info("partner %s: a connection ended: %s", name, type(error).__name__)
        finally:
            del self._connections[task]
            self._of_partner[name] -= 1
            writer.close()

    async def _partner_of(self, writer: asyncio.StreamWriter) -> Partner | None:
        """Who calls; a certificate that no partner is known by leaves a trace."""
        found = writer.get_extra_info("ssl_object")
        certificate = found.getpeercert(binary_form=True) if found is not None else None
        fingerprint = sha256(certificate).hexdigest() if certificate else ""
        partner = self._recognise(fingerprint)
        if partner is None:
            await self.traced(None, "unknown_certificate", fingerprint=fingerprint)
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return partner

    async def traced(self, partner: Partner | None, reason: str, fingerprint: str = "") -> None:
        """Leave the trace of a connection that was refused or ended by us."""
        log.warning("a connection of %s: %s", partner.partner_id if partner else "an unknown caller", reason)
        with suppress(Unavailable):
            await refused_at_the_door(
                self.inbox.stores, door=Channel.HL7.value, act=_CONNECT, reason=reason,
                caller=partner.caller if partner is not None else None, request_id=fingerprint)

    def now(self) -> datetime | None:
        """The time of the portal's database, when it is known."""
        try:
            return self.inbox.stores.clock.now()
        except ClockBehind:
            return None

    async def answer(self, raw: bytes, partner: Partner) -> bytes | None:
        """The answer to a message; None for what is an answer itself."""
        try:
            return await self._answering.answer(raw, partner)
        except Exception as error:      # noqa: BLE001  The last handler of the feed.
            log.error("a message of partner %s failed: %s", partner.partner_id, _where(error))
            told = Told("207", "the platform failed: send it again later", "906")
            return acknowledgement(read_header(raw), REJECTED, (told,), now=self.now())

    @asynccontextmanager
    async def room_for_a_large_one(self) -> AsyncIterator[None]:
        """Wait until a large message may be held."""
        async with self._large:
            yield

    async def _end(self) -> None:
        """Let what is being answered be answered, if that is soon, and end every connection."""
        for task, connection in list(self._connections.items()):
            connection.is_ending = True
            if not connection.is_answering:
                task.cancel()
        if self._connections:
            await asyncio.wait(list(self._connections), timeout=self.limits.last_seconds)
        left = list(self._connections)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class _Connection:
    """One connection: its messages are taken in their order, one at a time."""

    def __init__(
        self, listener: Listener, partner: Partner, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
    ) -> None:
        self._listener = listener
        self._limits = listener.limits
        self._partner = partner
        self._reader = reader
        self._writer = writer
        self._frames = Frames(listener.limits.message_bytes)
        self.is_answering = False
        self.is_ending = False

    async def serve(self) -> None:
        """Answer until the sender leaves, or breaks the rules of the transport."""
        try:
            async with AsyncExitStack() as room:
                await self._read_all(room)
        except BrokenFrameError as broken:
            await self._give_up("broken_frame", str(broken), broken.head)
        except _TooSlowError:
            seconds = f"{self._limits.message_seconds:.0f}"
            await self._give_up("too_slow", f"a message is sent within {seconds} seconds", self._frames.head)

    async def _read_all(self, room: AsyncExitStack) -> None:
        ends_at = 0.0
        while data := await self._read(ends_at):
            had_begun = self._frames.is_inside
            for message in self._frames.feed(data):
                await self._answer(message)
                had_begun = False
                await room.aclose()
                if self.is_ending:
                    return
            if self._frames.held_bytes > self._limits.small_bytes and not self._frames.is_large:
                self._frames.is_large = True
                began = _time()
                await room.enter_async_context(self._listener.room_for_a_large_one())
                ends_at += _time() - began
            if self._frames.is_inside and not had_begun:
                ends_at = _time() + self._limits.message_seconds
        if self._frames.is_inside:
            raise BrokenFrameError("the connection ended inside of a message", self._frames.head)

    async def _read(self, ends_at: float) -> bytes:
        """What came. Raises _TooSlowError when a message takes too long, TimeoutError when nothing came for long."""
        if not self._frames.is_inside:
            async with asyncio.timeout(self._limits.idle_seconds):
                return await self._reader.read(_READ_BYTES)
        try:
            async with asyncio.timeout_at(ends_at):
                return await self._reader.read(_READ_BYTES)
        except TimeoutError:
            raise _TooSlowError from None

    async def _answer(self, message: bytes) -> None:
        self.is_answering = True
        answer = await self._listener.answer(message, self._partner)
        if answer is not None:
            await self._write(answer)
        self.is_answering = False

    async def _write(self, answer: bytes) -> None:
        """Raises TimeoutError when the sender does not take its answer."""
        self._writer.write(framed(answer))
        async with asyncio.timeout(self._limits.answer_seconds):
            await self._writer.drain()

    async def _give_up(self, reason: str, words: str, head: bytes) -> None:
        """Tell the sender what is wrong, leave a trace, and hear no more."""
        await self._listener.traced(self._partner, reason)
        told = Told("199", words)
        with suppress(ConnectionError, TimeoutError, SSLError):
            await self._write(acknowledgement(read_header(head), REJECTED, (told,), now=self._listener.now()))
            # What it still sends is let go: a connection closed on unread bytes is reset, and the answer lost with it.
            async with asyncio.timeout(self._limits.last_seconds):
                while await self._reader.read(_READ_BYTES):
                    pass


class _TooSlowError(Exception):
    """A message was begun, and did not end in time."""


def _time() -> float:
    return asyncio.get_running_loop().time()


def _where(error: BaseException) -> str:
    """An error without its words, which may hold a patient's data: its class and the places it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"
