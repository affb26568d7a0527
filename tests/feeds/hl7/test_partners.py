"""Who sends: a certificate says it, and nothing else; and what partners are sent in return."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace as replaced

from carnet.errors import InvalidSetting
from carnet.feeds.hl7.acknowledge import acknowledgement
from carnet.feeds.hl7.client import connected
from carnet.feeds.hl7.er7 import Er7, read_er7
from carnet.feeds.hl7.framing import Frames, framed
from carnet.roles.hl7 import hl7_listener
from carnet.roles.settings import Settings
from carnet.roles.settings_feeds import PartnerSetting
from tests.feeds.hl7.certificates import Authority, Holder
from tests.feeds.hl7.ground import PARTNER, Ack, feeding, sender_of
from tests.feeds.hl7.messages import mdm, oru, report
from tests.listening import held_port
from tests.running import Platform


@dataclass
class Secured:
    """A platform that listens with TLS, and the authority that knows its partners."""

    authority: Authority
    settings: Settings
    port: int

    async def send(self, message: bytes, caller: Holder) -> Ack:
        """Send as this one. Raises what the other end makes of it."""
        tls = caller.calling(self.authority.certificate)
        async with connected("127.0.0.1", self.port, tls=tls) as client:
            return Ack(read_er7(await client.ask(message)))


LABORATORY, HOSPITAL = (
    PartnerSetting(id="labo", organisation="1750712184", name="Laboratoire inventé", software="SGL 1"),
    PartnerSetting(id="ch", organisation="1990001026", name="Centre hospitalier inventé", software="DPI 1"))


@asynccontextmanager
async def secured(platform: Platform, folder: Path) -> AsyncIterator[tuple[Secured, dict[str, Holder]]]:
    authority = Authority(folder, "authority")
    holders = {name: authority.holder(name) for name in ("platform", "labo", "ch", "unknown")}
    partners = (
        replaced(LABORATORY, hl7_certificates=(holders["labo"].fingerprint.upper(),)),
        replaced(HOSPITAL, hl7_certificates=(holders["ch"].fingerprint,)))
    with held_port() as port:
        settings = Settings(
            home=str(folder), demonstration=True, partners=partners, hl7_port=port,
            hl7_certificate_file="platform.crt", hl7_key_file="platform.key", hl7_clients_file="authority.pem")
        async with hl7_listener(settings, platform.stores, platform.portal):
            yield Secured(authority, settings, port), holders


async def test_a_certificate_says_who_sends_whatever_the_message_says(platform: Platform, tmp_path: Path) -> None:
    await platform.opened()
    async with secured(platform, tmp_path) as (platform_, holders):
        for name in ("labo", "ch"):
            ack = await platform_.send(oru(report(), number=f"ESSAI-{name}"), holders[name])
            assert (ack.code, ack.about) == ("AA", f"ESSAI-{name}")
    rows = await platform.portal.fetch("select partner, organisation from message order by partner")
    assert [tuple(row) for row in rows] == [("ch", "1990001026"), ("labo", "1750712184")]


async def test_an_unknown_certificate_is_refused_with_a_trace(platform: Platform, tmp_path: Path) -> None:
    await platform.opened()
    async with secured(platform, tmp_path) as (platform_, holders):
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await platform_.send(oru(report()), holders["unknown"])
        [row] = await platform.portal.fetch("select outcome, request_id, detail from audit_event where act = 'connect'")
        assert (row["outcome"], row["request_id"]) == ("refused", holders["unknown"].fingerprint)
        assert "unknown_certificate" in row["detail"]


async def test_without_a_certificate_of_the_authority_nothing_is_heard(platform: Platform, tmp_path: Path) -> None:
    async with secured(platform, tmp_path) as (platform_, _):
        other = Authority(tmp_path, "other").holder("outsider")
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await platform_.send(oru(report()), other)
        bare = ssl.create_default_context(cafile=str(platform_.authority.certificate))
        with pytest.raises((ConnectionError, ssl.SSLError)):
            async with connected("127.0.0.1", platform_.port, tls=bare) as client:
                await client.ask(oru(report()))
        with pytest.raises(ConnectionError):
            async with connected("127.0.0.1", platform_.port) as client:
                await client.ask(oru(report()))
    assert await platform.portal.fetchval("select count(*) from message") == 0


@pytest.mark.parametrize("partners", [(), (LABORATORY, HOSPITAL)])
async def test_without_tls_there_is_one_partner_or_none_is_heard(
    platform: Platform, tmp_path: Path, partners: tuple[PartnerSetting, ...],
) -> None:
    settings = Settings(home=str(tmp_path), demonstration=True, partners=partners)
    with pytest.raises(InvalidSetting):
        async with hl7_listener(settings, platform.stores, platform.portal):
            pass


@dataclass
class Receiver:
    """A partner's end that takes business acknowledgements, and answers each with a code."""

    code: str = "AA"
    came: list[Er7] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Until the block ends; its address."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = Frames(1024 * 1024)
        while data := await reader.read(65536):
            for message in frames.feed(data):
                self.came.append(read_er7(message))
                writer.write(framed(acknowledgement(self.came[-1].header, self.code, now=None)))
        writer.close()

    def said(self) -> list[tuple[str, str, str, str]]:
        """Event, what the status is about, the message it is about, and Y or N."""
        statuses = [(each.header(9, 2), each.every("OBX")[0]) for each in self.came]
        return [(event, obx(3), obx(4), obx(5)) for event, obx in statuses]


async def test_a_business_acknowledgement_says_that_the_record_has_it(platform: Platform) -> None:
    await platform.opened()
    receiver = Receiver()
    async with receiver.listening() as address, feeding(platform, replies={PARTNER.partner_id: address}) as feed:
        wished = oru(report(), flags={"ACK_RECEPTION": "Y"}, number="ESSAI-WISHED")
        for message in (wished, wished, oru(report())):
            assert (await feed.send(message)).code == "AA"
        assert await sender_of(platform).send_due(platform.stores.clock.now()) == 1
        assert receiver.said() == [("Z01", "ACK_RECEPTION_DMP", "ESSAI-WISHED", "Y")]
        [header] = [each.header for each in receiver.came]
        assert (header(3), header(5), header(9), header(9, 3), header(12)) == (
            "CARNET", "SGL", "ZAM", "ZAM_Z01", "2.6")
        assert header(7)
        assert await sender_of(platform).send_due(platform.stores.clock.now()) == 0


async def test_a_refusal_is_acknowledged_as_one_with_its_code(platform: Platform) -> None:
    await platform.opened()
    receiver = Receiver()
    async with receiver.listening() as address, feeding(platform, replies={PARTNER.partner_id: address}) as feed:
        wrong = mdm(report(), "T10", parent="1.2.3.4", flags={"ACK_RECEPTION": "Y"})
        assert (await feed.send(wrong)).code == "AE"
        await sender_of(platform).send_due(platform.stores.clock.now())
    [(event, what, _, status)] = receiver.said()
    assert (event, what, status) == ("Z01", "ACK_RECEPTION_DMP", "N")
    assert [(each(3), each(5)) for each in receiver.came[0].every("ERR")] == [("207", "900")]


@pytest.mark.parametrize(("code", "is_tried_again"), [("AR", True), ("AE", False), (None, True)])
async def test_what_is_not_taken_is_sent_again_until_it_is_or_is_wrong(
    platform: Platform, code: str | None, is_tried_again: bool,
) -> None:
    await platform.opened()
    receiver = Receiver(code or "AA")
    async with receiver.listening() as address:
        with held_port() as nobody:
            to = address if code is not None else f"127.0.0.1:{nobody}"
            async with feeding(platform, replies={PARTNER.partner_id: to}) as feed:
                await feed.send(oru(report(), flags={"ACK_RECEPTION": "Y"}))
            assert await sender_of(platform).send_due(platform.stores.clock.now()) == 1
    row = await platform.portal.fetchrow("select attempts, sent_at, next_at, last_error from outgoing")
    assert row is not None
    assert (row["attempts"], row["sent_at"], row["next_at"] is not None) == (1, None, is_tried_again)
    assert row["last_error"]
