"""HL7 v2 in a process: its TLS, its partners, its limits, and its part of the outgoing queue.

Over TLS a partner is known by the SHA-256 of the certificate it shows, and by nothing that its messages say. Without
TLS, on a loopback address only, there is one partner that every caller is taken for: more than one is refused.
May import: every room.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from carnet.errors import InvalidSetting, Issue
from carnet.feeds.hl7.listener import Limits, Listener, Recognise
from carnet.feeds.hl7.sending import Sender
from carnet.hosting.repeating import repeating
from carnet.journal.database import Database
from carnet.record.inbox.message import Partner
from carnet.record.inbox.outgoing_store import OutgoingStore
from carnet.record.stores import Stores
from carnet.roles.inbox import inbox_of, partner_of
from carnet.roles.settings import Settings

SENDING_SECONDS = 2.0
_AROUND_DOCUMENTS = 1024 * 1024
_DOCUMENTS_OF_A_MESSAGE = 2


@dataclass(frozen=True, slots=True)
class _Tls:
    """Both directions of a platform that has a certificate."""

    listening: ssl.SSLContext | None
    sending: ssl.SSLContext | None


@asynccontextmanager
async def hl7_listener(settings: Settings, stores: Stores, database: asyncpg.Pool) -> AsyncIterator[int]:
    """Take messages, and send what they ask for, until the block ends; the port. Raises InvalidSetting."""
    tls, recognise = _tls_of(settings), _recogniser(settings)
    listener = Listener(inbox_of(stores, settings), recognise, limits_of(settings))
    sender = Sender(OutgoingStore(Database(database)), stores.keys, tls.sending)

    async def send() -> None:
        while await sender.send_due(stores.clock.now()):
            continue

    async with (
        repeating(send, SENDING_SECONDS, what="business acknowledgements"),
        listener.listening(
            settings.hl7_address, settings.hl7_port, tls.listening, is_shared=settings.hl7_port_is_shared) as port,
    ):
        yield port


def limits_of(settings: Settings) -> Limits:
    """What a message may be: two documents of the largest that are taken, in base64, with what is said of them."""
    in_base64 = settings.max_document_bytes * 4 // 3
    return Limits(message_bytes=_DOCUMENTS_OF_A_MESSAGE * in_base64 + _AROUND_DOCUMENTS)


def _recogniser(settings: Settings) -> Recognise:
    if settings.hl7_certificate_file:
        known = {
            name.replace(":", "").lower(): partner_of(each)
            for each in settings.partners for name in each.hl7_certificates}
        return known.get
    only = _the_only_partner(settings)
    return lambda _fingerprint: only


def _the_only_partner(settings: Settings) -> Partner:
    """The one that every caller of the loopback address is: the only one, or the only one that speaks HL7 v2."""
    speaking = [each for each in settings.partners if each.hl7_certificates or each.hl7_reply] or settings.partners
    if len(speaking) != 1:
        raise InvalidSetting(Issue(
            "value", f"without TLS nothing tells {len(speaking)} partners apart; accepted: one partner, or a"
            " certificate in hl7_certificate_file", "partners"))
    return partner_of(speaking[0])


def _tls_of(settings: Settings) -> _Tls:
    """Raises InvalidSetting when a file is absent or is not what it should be."""
    if not settings.hl7_certificate_file:
        return _Tls(None, None)
    listening = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listening.verify_mode = ssl.CERT_REQUIRED
    sending = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for context in (listening, sending):
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        _load(context, settings)
    return _Tls(listening, sending)


def _load(context: ssl.SSLContext, settings: Settings) -> None:
    certificate, key = settings.path(settings.hl7_certificate_file), settings.path(settings.hl7_key_file)
    clients = settings.path(settings.hl7_clients_file)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise InvalidSetting(Issue(
            "value", f"no certificate in {certificate.name} with its key in {key.name}: {_why(error)}",
            "hl7_certificate_file")) from None
    try:
        context.load_verify_locations(clients)
    except OSError as error:
        raise InvalidSetting(Issue(
            "value", f"no certificates in {clients.name}: {_why(error)}", "hl7_clients_file")) from None


def _why(error: OSError) -> str:
    return error.strerror or "unreadable"
