"""Secure mail in a process: its TLS, its partners, its limits, and its part of the outgoing queue.

May import: every room.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from carnet.errors import InvalidSetting, Issue
from carnet.feeds.mail.gate import Gate, Limits, Reported
from carnet.feeds.mail.report import Fate, Report
from carnet.feeds.mail.sending import MailSender, Relay
from carnet.feeds.mail.session import SessionLimits
from carnet.hosting.repeating import repeating
from carnet.journal.database import Database
from carnet.record.inbox.message import Partner
from carnet.record.inbox.outgoing_store import OutgoingStore
from carnet.record.stores import Stores
from carnet.roles.inbox import inbox_of, partner_of
from carnet.roles.settings import Settings

log = logging.getLogger(__name__)

SENDING_SECONDS = 2.0
_AROUND_DOCUMENTS = 1024 * 1024
_DOCUMENTS_OF_A_MESSAGE = 2


@asynccontextmanager
async def mail_gate(settings: Settings, stores: Stores, database: asyncpg.Pool) -> AsyncIterator[int]:
    """Take letters, and send what goes out, until the block ends; the port. Raises InvalidSetting."""
    outgoing = OutgoingStore(Database(database))
    gate = Gate(
        inbox_of(stores, settings), senders_of(settings), settings.mail_mailbox, limits_of(settings),
        reporting(outgoing))
    tls = tls_of(settings)
    async with AsyncExitStack() as stack:
        if settings.mail_relay:
            sender = MailSender(outgoing, stores.keys, Relay(settings.mail_relay), settings.mail_mailbox)

            async def send() -> None:
                while await sender.send_due(stores.clock.now()):
                    continue

            await stack.enter_async_context(repeating(send, SENDING_SECONDS, what="outgoing mail"))
        else:
            log.warning("mail_relay is empty: letters and receipts wait, and are never sent")
        yield await stack.enter_async_context(
            gate.listening(settings.mail_address, settings.mail_port, tls))


def reporting(outgoing: OutgoingStore) -> Reported:
    """What notes what comes back about a letter."""

    async def noted(report: Report) -> None:
        log.info("a letter %s: %s", report.outgoing_id, report.fate)
        match report.fate:
            case Fate.FAILED:
                await outgoing.came_back(report.outgoing_id, report.status or "the one it was for did not take it")
            case Fate.READ:
                await outgoing.was_read(report.outgoing_id)

    return noted


def senders_of(settings: Settings) -> dict[str, Partner]:
    """The partner of each address; settings let no two have one."""
    return {address.lower(): partner_of(each) for each in settings.partners for address in each.mail_addresses}


def limits_of(settings: Settings) -> Limits:
    """What a letter may be: two documents of the largest that are taken, in base64, with what is said of them."""
    in_base64 = settings.max_document_bytes * 4 // 3
    return Limits(of_a_session=SessionLimits(message_bytes=_DOCUMENTS_OF_A_MESSAGE * in_base64 + _AROUND_DOCUMENTS))


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """None without a certificate: settings see to it that the address is a loopback one then. Raises InvalidSetting.

    The operator of the sender shows a certificate too: it answers for the address that a letter says it is from.
    """
    if not settings.mail_certificate_file:
        return None
    certificate, key = settings.path(settings.mail_certificate_file), settings.path(settings.mail_key_file)
    clients = settings.path(settings.mail_clients_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise InvalidSetting(Issue(
            "value", f"no certificate in {certificate.name} with its key in {key.name}:"
            f" {error.strerror or 'unreadable'}", "mail_certificate_file")) from None
    try:
        context.load_verify_locations(clients)
    except OSError as error:
        raise InvalidSetting(Issue(
            "value", f"no authorities in {clients.name}: {error.strerror or 'unreadable'}", "mail_clients_file",
        )) from None
    return context
