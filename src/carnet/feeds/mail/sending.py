"""Letters and notifications leave: what is due of the outgoing queue, by the operator's own server, until it took each.

A server that says 4xx, or nothing, is asked again later; one that says 5xx has refused for good, and why is kept.
May import: this room, record/inbox, journal, errors.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from ssl import SSLContext, create_default_context
from urllib.parse import urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from carnet.errors import Gone
from carnet.feeds.mail.session import NOBODY
from carnet.journal.store import KeyStore
from carnet.record.inbox.message import Channel
from carnet.record.inbox.outgoing_store import Due, OutgoingStore
from carnet.record.inbox.sealed import unsealed

log = logging.getLogger(__name__)

_SECONDS = 60.0
_FOR_GOOD = 500
_PORTS = {"smtp": 25, "smtps": 465}


class UnsentError(Exception):
    """The relay did not take it. `for_good`: it said that it never will."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that sends what goes out: `smtps://` speaks TLS at once, `smtp://` by STARTTLS, and without TLS only
    to a loopback address.
    """

    url: str
    tls: SSLContext | None = None

    async def send(self, message: bytes, sender: str, to: str) -> None:
        """Hand over one message. Raises UnsentError."""
        parts = urlsplit(self.url)
        host, is_tls = parts.hostname or "", parts.scheme == "smtps"
        context = self.tls or create_default_context()
        client = aiosmtplib.SMTP(
            hostname=host, port=parts.port or _PORTS[parts.scheme], use_tls=is_tls,
            start_tls=not (is_tls or _is_loopback(host)), tls_context=context, timeout=_SECONDS)
        try:
            async with client:
                await client.sendmail("" if sender == NOBODY else sender, [to], message)
        except SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _unsent(first.code, first.message) from None
        except SMTPResponseException as error:
            raise _unsent(error.code, error.message) from None
        except (SMTPException, OSError) as error:
            raise UnsentError(f"no answer of the server: {type(error).__name__}") from None


@dataclass(frozen=True, slots=True)
class MailSender:
    """What sends. `mailbox` is the address that letters are from."""

    outgoing: OutgoingStore
    keys: KeyStore
    relay: Relay
    mailbox: str

    async def send_due(self, now: datetime, *, limit: int = 20) -> int:
        """Send what is due, at most so many; how many. Raises Unavailable when the portal's database is away."""
        every = await self.outgoing.claim(Channel.MAIL, limit)
        for due in every:
            await self._send(due, now)
        return len(every)

    async def _send(self, due: Due, now: datetime) -> None:
        try:
            content = await unsealed(due.content, self.keys)
            sender = NOBODY if is_notification(content) else self.mailbox
            await self.relay.send(dated(content, due, self.mailbox, now), sender, due.destination)
        except Gone:
            await self.outgoing.failed(due, "its day is over", for_good=True)
        except UnsentError as error:
            log.info("a message was not taken by the relay: %s", str(error)[:3])
            await self.outgoing.failed(due, str(error), for_good=error.for_good)
        else:
            await self.outgoing.sent(due.outgoing_id)


def dated(content: bytes, due: Due, mailbox: str, now: datetime) -> bytes:
    """The message as it leaves now: its Date, and the Message-ID by which what comes back about it is known."""
    domain = mailbox.rpartition("@")[2]
    head = f"Date: {format_datetime(now)}\r\nMessage-ID: <{due.outgoing_id}@{domain}>\r\n"
    return head.encode() + content


def is_notification(content: bytes) -> bool:
    """True for what must never be answered, and so leaves without a sender (RFC 8098, 3)."""
    head = message_from_bytes(content[: content.find(b"\r\n\r\n") + 4], policy=SMTP)
    return head.get_content_type() == "multipart/report"


def _unsent(code: int, words: str) -> UnsentError:
    text = " ".join(words.split())[:200]
    return UnsentError(f"{code} {text}", for_good=code >= _FOR_GOOD)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
