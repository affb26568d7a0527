"""One SMTP session (RFC 5321): aiosmtpd speaks, this file counts.

aiosmtpd holds each line of a letter as an object, and reads on for as long as a letter does not end: DATA is read here,
and a letter that stops coming is not waited for.
May import: nothing else of the project.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from ssl import SSLContext
from typing import Protocol

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

logging.getLogger("mail.log").setLevel(logging.CRITICAL)    # aiosmtpd's own: it would write what senders say

NOBODY = "<>"
"""The sender of what must not be answered: notifications."""
_END = b".\r\n"
_LONGEST_LINE = 1001
_FROM_OURS, _BYE = "250 2.1.0 OK", b"421 4.3.2 no place now, come back later\r\n"
_PIECE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """What one session may take. A letter up to `small_bytes` is held without asking, and beyond once there is room,
    for which it waits `room_seconds`. Each 64 KB of a letter come within `piece_seconds`, all of it in `data_seconds`.
    """

    message_bytes: int
    small_bytes: int = 1024 * 1024
    recipients: int = 10
    commands: int = 400
    idle_seconds: float = 60.0
    piece_seconds: float = 10.0
    data_seconds: float = 120.0
    room_seconds: float = 60.0
    answer_seconds: float = 300.0
    last_seconds: float = 3.0


class Door(Protocol):
    """What a session asks of the gate."""

    mailbox: str

    def opened(self, session: MailSession) -> bool:
        """A session began; False when there is no place for it."""

    def closed(self, session: MailSession) -> None:
        """A session ended."""

    def knows(self, sender: str) -> bool:
        """True for an address that a partner writes from."""

    def room_for_a_large_one(self, sender: str) -> AbstractAsyncContextManager[None]:
        """Wait until a large letter of this sender may be held."""

    async def taken(self, raw: bytes, sender: str) -> str:
        """What is answered to this letter."""

    async def refused(self, reason: str, sender: str = "") -> None:
        """Leave the trace of what was refused."""


class _RefusedError(Exception):
    """A letter that is not read to its end: `reply` is what its sender is told, `reason` the code of its trace."""

    def __init__(self, reply: str, reason: str) -> None:
        super().__init__(reason)
        self.reply = reply
        self.reason = reason


class _Hooks:
    """What aiosmtpd asks at each command."""

    def __init__(self, door: Door, limits: SessionLimits) -> None:
        self._door, self._limits = door, limits

    async def handle_MAIL(  # noqa: N802  The library finds it by this name.
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str],
    ) -> str:
        """Only partners write here, and notifications, which have no sender."""
        sender = address.lower()
        if sender != NOBODY and not self._door.knows(sender):
            await self._door.refused("unknown_sender")
            return "550 5.7.1 this sender is no partner of the platform"
        envelope.mail_from = sender
        return _FROM_OURS

    async def handle_RCPT(  # noqa: N802  The library finds it by this name.
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str],
    ) -> str:
        """Only to the platform's own mailbox: nothing is relayed."""
        if len(envelope.rcpt_tos) >= self._limits.recipients:
            return "452 4.5.3 too many recipients"
        if address.lower() != self._door.mailbox:
            return "550 5.1.1 there is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Told to the sender when something broke: it sends again."""
        logging.getLogger(__name__).error("a session failed: %s", type(error).__name__)
        return "451 4.3.0 the platform failed: send it again later"


class MailSession(SMTP):
    """One sender, one command at a time. `useful_at` is when it last brought something, or began."""

    def __init__(self, door: Door, limits: SessionLimits, tls: SSLContext | None = None) -> None:
        super().__init__(
            _Hooks(door, limits), data_size_limit=limits.message_bytes, hostname=door.mailbox.rpartition("@")[2],
            ident="Carnet", tls_context=tls, require_starttls=tls is not None, timeout=limits.idle_seconds,
            auth_exclude_mechanism=("LOGIN", "PLAIN"), command_call_limit=limits.commands,
            loop=asyncio.get_running_loop())
        self._door, self._limits = door, limits
        self.peer, self.useful_at = "", _time()
        self.is_answering = False
        self._has_place = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A session began, or begins again under TLS. One too many is told to come back, and no more."""
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self._has_place = self._has_place or self._door.opened(self)
        if self._has_place:
            super().connection_made(transport)
            return
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_BYE)
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """It ended."""
        if self._has_place:
            self._door.closed(self)
            super().connection_lost(error)

    def is_slow(self, seconds: float) -> bool:
        """True for one that has brought nothing for so long, and does not wait for us."""
        return not self.is_answering and _time() - self.useful_at > seconds

    def leave(self) -> None:
        """End it now."""
        if isinstance(self.transport, asyncio.WriteTransport) and not self.transport.is_closing():
            self.transport.write(_BYE)
            self.transport.close()

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """A letter, until its end, its limit or its time."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos or envelope.mail_from is None or arg:
            await self.push("501 Syntax: DATA" if arg else "503 5.5.1 who is it for?")
            return
        limits = self._limits
        self._reset_timeout(limits.data_seconds + limits.room_seconds + limits.last_seconds + limits.idle_seconds)
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        sender = envelope.mail_from
        async with AsyncExitStack() as room:
            try:
                raw = await self._read(room, sender)
            except _RefusedError as refused:
                await self._give_up(refused, sender)
                return
            self._reset_timeout(self._limits.answer_seconds)
            self.is_answering = True
            reply = await self._door.taken(raw, sender)
            self.is_answering, self.useful_at = False, _time()
        self.envelope = self._create_envelope()
        self._reset_timeout()
        await self.push(reply)

    async def _read(self, room: AsyncExitStack, sender: str) -> bytes:
        """The letter. Raises _RefusedError."""
        limits, read, expected = self._limits, bytearray(), _PIECE_BYTES
        is_large, last = False, _time() + limits.data_seconds
        try:
            async with asyncio.timeout(min(limits.piece_seconds, limits.data_seconds)) as deadline:
                while (line := await self._line()) != _END:
                    read += line[1:] if line[:1] == b"." else line
                    if len(read) > limits.message_bytes:
                        raise _RefusedError("552 5.3.4 larger than what is taken", "too_large")
                    if len(read) > limits.small_bytes and not is_large:
                        is_large, began = True, _time()
                        deadline.reschedule(None)       # that there is no room is no fault of the sender
                        await self._wait_for_room(room, sender)
                        last += _time() - began
                        deadline.reschedule(min(last, _time() + limits.piece_seconds))
                    if len(read) >= expected:
                        self.useful_at, expected = _time(), len(read) + _PIECE_BYTES
                        deadline.reschedule(min(last, self.useful_at + limits.piece_seconds))
        except TimeoutError:
            raise _RefusedError("451 4.4.2 too slow", "too_slow") from None
        return bytes(read)

    async def _wait_for_room(self, room: AsyncExitStack, sender: str) -> None:
        try:
            async with asyncio.timeout(self._limits.room_seconds):
                await room.enter_async_context(self._door.room_for_a_large_one(sender))
        except TimeoutError:
            raise _RefusedError("451 4.3.2 too many large letters at once: send it again later", "no_room") from None
        self.useful_at = _time()

    async def _line(self) -> bytes:
        """A line with its end: only CR LF ends one, so that nobody hides a second letter in the first."""
        try:
            line = await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError:
            raise _RefusedError(f"554 5.6.0 a line is longer than {_LONGEST_LINE - 1} bytes", "long_line") from None
        return bytes(line)

    async def _give_up(self, refused: _RefusedError, sender: str) -> None:
        """Tell the sender, hear what is on its way for a moment, and leave: the end of the letter may never come."""
        self.envelope = self._create_envelope()
        await self._door.refused(refused.reason, sender)
        with suppress(ConnectionError):
            await self.push(refused.reply)
            with suppress(TimeoutError):
                # A connection closed on unread bytes is reset, and the answer lost with it.
                left = self._limits.message_bytes
                async with asyncio.timeout(self._limits.last_seconds):
                    while left > 0 and (read := await self._reader.read(_LONGEST_LINE * 64)):
                        left -= len(read)
        self.leave()


def _time() -> float:
    return asyncio.get_running_loop().time()
