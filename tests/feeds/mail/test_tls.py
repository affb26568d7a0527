"""Mail between machines is encrypted: STARTTLS at the door, TLS to the relay."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import aiosmtplib
import pytest
import uvloop

from carnet.errors import InvalidSetting
from carnet.feeds.mail.gate import Gate
from carnet.feeds.mail.report import Report
from carnet.feeds.mail.sending import Relay, UnsentError
from carnet.record.inbox.take import Inbox
from carnet.roles.mail import tls_of
from carnet.roles.settings import Settings
from tests.feeds.hl7.certificates import Authority
from tests.feeds.mail.ground import LIMITS, MAILBOX, PARTNER, SENDER, Box, box_listening, posting, written
from tests.running import Platform, letter, lot


def settings_with(folder: Path, name: str) -> Settings:
    """Settings that name a certificate of this folder."""
    return Settings(
        home=str(folder), mail_certificate_file=f"{name}.crt", mail_key_file=f"{name}.key",
        mail_clients_file="autorite.pem")


async def test_a_platform_with_a_certificate_takes_letters_under_tls_alone(
    platform: Platform, tmp_path: Path,
) -> None:
    authority = Authority(tmp_path, "autorite")
    authority.holder("boite")
    await platform.opened()
    raw = written(lot(letter()))
    trusting = authority.holder("operateur").calling(authority.certificate)
    async with posting(platform, tls=tls_of(settings_with(tmp_path, "boite"))) as post:
        assert (await post.send(raw)).startswith("530")
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=post.port, start_tls=True, tls_context=trusting)
        async with client:
            _, words = await client.sendmail(SENDER, [MAILBOX], raw)
        assert words.startswith("2.6.0 deposited")
    hurried = replace(LIMITS, of_a_session=replace(LIMITS.of_a_session, idle_seconds=0.5))
    async with posting(platform, tls=tls_of(settings_with(tmp_path, "boite")), limits=hurried) as post:
        said = await post.says(b"EHLO a\r\nSTARTTLS\r\nMAIL FROM:<x@y.z>\r\n")
        assert b"550" not in said       # what came in clear before TLS was never heard


async def test_an_operator_that_shows_no_certificate_of_ours_sends_nothing(platform: Platform, tmp_path: Path) -> None:
    authority, other = Authority(tmp_path, "autorite"), Authority(tmp_path, "inconnue")
    authority.holder("boite")
    await platform.opened()
    raw = written(lot(letter()))
    strangers = (
        ssl.create_default_context(cafile=str(authority.certificate)),
        other.holder("etranger").calling(authority.certificate))
    async with posting(platform, tls=tls_of(settings_with(tmp_path, "boite"))) as post:
        for stranger in strangers:
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=post.port, start_tls=True, tls_context=stranger)
            with pytest.raises((aiosmtplib.SMTPException, OSError)):
                async with client:
                    await client.sendmail(SENDER, [MAILBOX], raw)
    assert await platform.portal.fetchval("select count(*) from message") == 0


def test_the_loop_of_production_speaks_tls_too(platform: Platform, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "autorite")
    authority.holder("boite")
    trusting = authority.holder("operateur").calling(authority.certificate)

    async def session() -> str:
        async def never(_report: Report) -> None:
            return

        gate = Gate(Inbox(platform.stores, {}), {SENDER: PARTNER}, MAILBOX, LIMITS, never)
        async with gate.listening("127.0.0.1", 0, tls_of(settings_with(tmp_path, "boite"))) as port:
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=True, tls_context=trusting)
            async with client:
                await client.mail(SENDER)
                answer = await client.rcpt(MAILBOX)
                return f"{answer.code} {client.is_ehlo_or_helo_needed}"

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(session()) == "250 False"


async def test_the_relay_shows_a_certificate_or_gets_nothing(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "autorite")
    holder = authority.holder("relais")
    listening = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    listening.load_cert_chain(holder.certificate, holder.key)
    trusting = ssl.create_default_context(cafile=str(authority.certificate))
    taken = Box(0)
    async with box_listening(taken, tls=listening) as port:
        url = f"smtps://127.0.0.1:{port}"
        with pytest.raises(UnsentError, match="no answer"):
            await Relay(url).send(b"Subject: a\r\n\r\nb\r\n", MAILBOX, SENDER)
        await Relay(url, trusting).send(b"Subject: a\r\n\r\nb\r\n", MAILBOX, SENDER)
    assert [(sender, to) for sender, to, _ in taken.letters] == [(MAILBOX, SENDER)]


def test_a_certificate_that_is_not_there_is_said_at_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="no certificate in absent"):
        tls_of(settings_with(tmp_path, "absent"))
    Authority(tmp_path, "une-autre").holder("boite")
    with pytest.raises(InvalidSetting, match=r"no authorities in autorite\.pem"):
        tls_of(settings_with(tmp_path, "boite"))
    assert tls_of(Settings(home=str(tmp_path))) is None
