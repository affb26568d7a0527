"""A gate of secure mail on a real platform, the letters that come to it, and the server that takes what goes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from ssl import SSLContext
from zipfile import ZIP_DEFLATED, ZipFile

import aiosmtplib
from aiosmtpd import smtp
from aiosmtpd.smtp import Envelope, Session

from carnet.documents.submission import Submission
from carnet.feeds.folder.form import FolderForm
from carnet.feeds.mail.form import MailForm
from carnet.feeds.mail.gate import Gate, Limits
from carnet.feeds.mail.letter import Letter, letter
from carnet.feeds.mail.sending import MailSender, Relay
from carnet.feeds.mail.session import SessionLimits
from carnet.journal.database import Database
from carnet.record.inbox.message import Channel, Kept, Partner
from carnet.record.inbox.outgoing_store import OutgoingStore, Sending
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.take import Inbox
from carnet.roles.mail import reporting
from tests.running import LABORATORY, Platform

MAILBOX = "carnet@carnet.mssante.example"
SENDER = "labo@labo.mssante.example"
PARTNER = Partner("labo-essai", LABORATORY.struct_id, LABORATORY.name, LABORATORY.software)
LIMITS = Limits(
    of_a_session=SessionLimits(
        message_bytes=2 * 1024 * 1024, small_bytes=64 * 1024, recipients=3, commands=60, idle_seconds=30,
        data_seconds=30, last_seconds=0.2),
    sessions=6, last_seconds=1.0)


@dataclass
class Post:
    """A gate and its platform."""

    platform: Platform
    inbox: Inbox
    port: int
    gate: Gate

    async def send(self, raw: bytes, *, sender: str = SENDER, to: str = MAILBOX) -> str:
        """Send a letter in a session of its own; the last answer, good or bad."""
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, start_tls=False, timeout=60)
        async with client:
            try:
                _, words = await client.sendmail(sender, [to], raw)
            except aiosmtplib.SMTPRecipientsRefused as error:
                return f"{error.recipients[0].code} {error.recipients[0].message}"
            except aiosmtplib.SMTPResponseException as error:
                return f"{error.code} {error.message}"
        return f"250 {words}"

    async def says(self, data: bytes) -> bytes:
        """Send these bytes as they are, and leave; everything that came back until the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        answer = await reader.read()
        writer.close()
        return answer

    async def kept(self) -> Kept:
        """The newest message of the inbox."""
        return (await self.inbox.stores.messages.of(Wanted(channel=Channel.MAIL)))[0]

    async def count(self) -> int:
        """How many messages the inbox has."""
        return len(await self.inbox.stores.messages.of(Wanted(channel=Channel.MAIL)))

    async def outgoing(self) -> list[Sending]:
        """What goes out because of the newest message."""
        return await OutgoingStore(Database(self.platform.portal)).of((await self.kept()).message_id)

    async def refusals(self) -> list[str]:
        """The reasons of what was refused at the door."""
        rows = await self.platform.portal.fetch(
            "select detail->'reasons'->>0 from audit_event where act = 'letter' order by event_id")
        return [row[0] for row in rows]


@asynccontextmanager
async def posting(
    platform: Platform, *, limits: Limits = LIMITS, senders: Mapping[str, Partner] | None = None,
    tls: SSLContext | None = None,
) -> AsyncIterator[Post]:
    """A gate until the block ends."""
    senders = dict(senders or {SENDER: PARTNER})
    addresses: dict[str, list[str]] = {}
    for address, partner in senders.items():
        addresses.setdefault(partner.partner_id, []).append(address)
    inbox = Inbox(platform.stores, {Channel.MAIL: MailForm(MAILBOX, addresses), Channel.FOLDER: FolderForm()})
    gate = Gate(inbox, senders, MAILBOX, limits, reporting(OutgoingStore(Database(platform.portal))))
    async with gate.listening("127.0.0.1", 0, tls) as port:
        yield Post(platform, inbox, port, gate)


def written(submission: Submission, *, wants_receipt: bool = True, sender: str = SENDER) -> bytes:
    """A letter of the invented laboratory with these documents, as its own server would send it."""
    said = Letter(to=MAILBOX, sender=sender, submission=submission, subject="essai", wants_receipt=wants_receipt)
    head = b"Date: Fri, 02 Jan 2026 10:00:00 +0100\r\nMessage-ID: <1@labo.mssante.example>\r\n"
    return head + letter(said)


def with_archive(content: bytes, *, name: str = "IHE_XDM.zip") -> bytes:
    """A letter of the invented laboratory with this archive, whatever it is."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, MAILBOX, "XDM/1.0/DDM"
    message["Message-ID"] = "<2@labo.mssante.example>"
    message.set_content("Bonjour")
    message.add_attachment(content, maintype="application", subtype="zip", filename=name)
    return message.as_bytes()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive of these files."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


@dataclass
class Box:
    """The operator's server: what it took, and what it answers to each recipient."""

    port: int
    letters: list[tuple[str, str, EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802
        self, _server: smtp.SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str],
    ) -> str:
        """As this box was told to answer."""
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: smtp.SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the letter."""
        content = envelope.content
        assert isinstance(content, bytes)
        read = message_from_bytes(content, policy=SMTP)
        assert isinstance(read, EmailMessage)
        self.letters.append((envelope.mail_from or "", envelope.rcpt_tos[0], read))
        return "250 OK"


@asynccontextmanager
async def box_listening(found: Box, *, tls: SSLContext | None = None) -> AsyncIterator[int]:
    """This box takes mail until the block ends; its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: smtp.SMTP(found, hostname="relais.example", loop=loop), "127.0.0.1", found.port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def box() -> AsyncIterator[Box]:
    """A server that takes mail, until the block ends."""
    found = Box(0)
    async with box_listening(found) as port:
        found.port = port
        yield found


def sender_of(platform: Platform, port: int, *, name: str = "127.0.0.1") -> MailSender:
    """What sends by the server on this port."""
    return MailSender(
        OutgoingStore(Database(platform.portal)), platform.stores.keys, Relay(f"smtp://{name}:{port}"), MAILBOX)
