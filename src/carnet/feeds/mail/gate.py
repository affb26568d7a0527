"""SMTP: who may write to the mailbox, how much, how fast; a letter is answered 250 once the inbox has written it.

What a sender can make this process hold is bounded: so many sessions, a small part of a letter each, and so many large
letters at once, one of each partner. What is slow, too large or never ends is told so and disconnected; when all places
are taken, one that has brought nothing for a while leaves for who comes, so that a crowd of slow ones keeps nobody out.
May import: this room, record/inbox, audit, people, errors.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

from carnet.errors import InvalidInput, Unavailable
from carnet.feeds.mail.mime import Mail, NoArchiveError, archive_in, read_mail
from carnet.feeds.mail.report import Report, is_report, report_of
from carnet.feeds.mail.session import MailSession, SessionLimits
from carnet.record.audit_door import refused_at_the_door
from carnet.record.inbox.message import Channel, MessageState, Partner
from carnet.record.inbox.take import Arrived, Inbox, take

log = logging.getLogger(__name__)

_ACT = "letter"
_STATES = {
    MessageState.DEPOSITED: "250 2.6.0 deposited",
    MessageState.REFUSED: "250 2.6.0 refused: the reasons are on their way to the sender",
}
_KEPT = "250 2.6.0 kept until it can be deposited"

Reported = Callable[[Report], Coroutine[Any, Any, None]]
"""What is done with a report about a letter of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What senders may take of this process: sessions in all and of one address, after `patience_seconds` without
    anything useful only as long as nobody else needs the place.
    """

    of_a_session: SessionLimits
    sessions: int = 48
    sessions_of_one: int = 24
    patience_seconds: float = 10.0
    large_at_once: int = 2
    taken_at_once: int = 2
    last_seconds: float = 5.0


class Gate:
    """The sessions of all senders. `senders` are partners by the addresses that they write from, in lower case."""

    def __init__(self, inbox: Inbox, senders: dict[str, Partner], mailbox: str, limits: Limits, reported: Reported,
                 ) -> None:
        self._senders = {address.lower(): partner for address, partner in senders.items()}
        self.mailbox = mailbox.lower()
        self._inbox, self._limits, self._reported = inbox, limits, reported
        self._sessions: set[MailSession] = set()
        self._taking: set[asyncio.Task[str]] = set()
        self._room = asyncio.Semaphore(limits.taken_at_once)
        self._large = asyncio.Semaphore(limits.large_at_once)
        self._large_of: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(1))

    @asynccontextmanager
    async def listening(self, address: str, port: int, tls: SSLContext | None = None) -> AsyncIterator[int]:
        """Take letters until the block ends; the port. A letter that is being taken then is still written."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: MailSession(self, self._limits.of_a_session, tls), address, port, backlog=64)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            if self._taking:
                await asyncio.wait(self._taking, timeout=self._limits.last_seconds)
            for each in list(self._sessions):
                each.leave()

    def opened(self, session: MailSession) -> bool:
        """A session began; False when there is no place for it, and none that brought nothing for a while leaves."""
        crowd = [each for each in self._sessions if each.peer == session.peer]
        if len(crowd) < self._limits.sessions_of_one:
            crowd = list(self._sessions) if len(self._sessions) >= self._limits.sessions else []
        if crowd:
            slow = [each for each in crowd if each.is_slow(self._limits.patience_seconds)]
            log.warning("a session too many: %s", "a slow one leaves" if slow else "it was refused")
            if not slow:
                return False
            longest = min(slow, key=lambda each: each.useful_at)
            self._sessions.discard(longest)
            longest.leave()
        self._sessions.add(session)
        return True

    def closed(self, session: MailSession) -> None:
        """A session ended."""
        self._sessions.discard(session)

    def knows(self, sender: str) -> bool:
        """True for an address that a partner writes from."""
        return sender in self._senders

    @asynccontextmanager
    async def room_for_a_large_one(self, sender: str) -> AsyncIterator[None]:
        """Wait until a large letter of this sender may be held: one of each partner, so that none takes all places."""
        partner = self._senders.get(sender)
        async with self._large_of[partner.partner_id if partner else ""], self._large:
            yield

    async def taken(self, raw: bytes, sender: str) -> str:
        """What is answered to this letter. The sender may leave: it is taken all the same."""
        task = asyncio.create_task(self._take(raw, sender))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        return await asyncio.shield(task)

    async def refused(self, reason: str, sender: str = "") -> None:
        """Leave the trace of what was refused at the door."""
        partner = self._senders.get(sender)
        log.warning("mail of %s was refused: %s", partner.partner_id if partner else "an unknown sender", reason)
        with suppress(Unavailable):
            await refused_at_the_door(
                self._inbox.stores, door=Channel.MAIL.value, act=_ACT, reason=reason,
                caller=partner.caller if partner is not None else None)

    async def _take(self, raw: bytes, sender: str) -> str:
        async with self._room:
            try:
                return await self._answer(raw, sender)
            except Unavailable:
                return "451 4.3.0 not now: send it again later"
            except Exception as error:      # noqa: BLE001  The last handler of the feed.
                log.error("a letter failed: %s", _where(error))
                return "451 4.3.0 the platform failed: send it again later"

    async def _answer(self, raw: bytes, sender: str) -> str:
        partner = self._senders.get(sender)
        try:
            mail = await asyncio.to_thread(read_mail, raw)
        except InvalidInput as error:
            await self.refused("unreadable", sender)
            return f"554 5.6.0 {error.issues[0].message}"
        if is_report(mail):
            return await self._report(mail, raw)
        if partner is None:
            await self.refused("unknown_sender")
            return "550 5.7.1 without a sender, only notifications are taken"
        if self._senders.get(mail.sender) != partner:
            await self.refused("other_sender", sender)
            return "550 5.7.1 From is not an address of the one who sends"
        return await self._letter(mail, raw, partner)

    async def _letter(self, mail: Mail, raw: bytes, partner: Partner) -> str:
        try:
            with suppress(InvalidInput):        # of what is wrong in an archive its sender has a notification
                archive_in(mail)
        except NoArchiveError:
            await self.refused("no_archive", mail.sender)
            return "554 5.6.0 there is no IHE_XDM.zip in this message: it is not for a record"
        taken = await take(Arrived(raw, Channel.MAIL, partner), self._inbox)
        return f"{_STATES.get(taken.state, _KEPT)} {taken.message_id}"

    async def _report(self, mail: Mail, raw: bytes) -> str:
        found = report_of(mail, raw, self.mailbox.rpartition("@")[2])
        if found is not None:
            await self._reported(found)
        return "250 2.0.0 noted"


def _where(error: BaseException) -> str:
    """An error without its words, which may hold a patient's data: its class and the places it came through."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"

