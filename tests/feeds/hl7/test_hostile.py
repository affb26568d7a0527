"""Senders that break the rules: each is told, none costs more than its bounds, and the others do not notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from carnet.feeds.hl7.client import connected
from carnet.feeds.hl7.er7 import read_er7
from carnet.feeds.hl7.framing import framed
from tests.feeds.hl7.ground import LIMITS, Ack, Feed, documents, feeding
from tests.feeds.hl7.messages import adt, mdm, msh, named, oru, pid, report, written
from tests.fhir.client import Client
from tests.running import Platform


def answers(came: bytes) -> list[Ack]:
    """The answers in what came back."""
    return [Ack(read_er7(each.lstrip(b"\x0b\r"))) for each in came.split(b"\x1c") if each.strip()]


async def goes_on(feed: Feed) -> None:
    """Somebody else's message is taken as ever."""
    assert (await feed.send(oru(report()))).code == "AA"


@pytest.mark.parametrize("data", [
    b"hello" + framed(oru(b"x")), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x0bMSH|^~\\&|A\x0bMSH|^~\\&|B\x1c\r",
    b"\x0bMSH|^~\\&|SGL|LABO|||2026||ORU^R01|ESSAI-X|P|2.5\rPID|"])
async def test_what_is_not_framed_is_told_so_and_disconnected(feed: Feed, data: bytes) -> None:
    await feed.platform.opened()
    [ack] = answers(await feed.says(data))
    assert (ack.code, ack.errors) == ("AR", [("199", "")])
    assert await feed.refusals() == ["broken_frame"]
    await goes_on(feed)


async def test_a_message_that_never_ends_is_refused_at_the_limit(feed: Feed) -> None:
    await feed.platform.opened()
    head = b"\x0b" + written([msh("ORU^R01^ORU_R01", "2.5", "ESSAI-ENDLESS"), pid()]) + b"OBX|1|ED|x||^TEXT^XML^Base64^"
    async with connected("127.0.0.1", feed.port) as client:
        await client.send_raw(head)
        sent = 0
        with suppress(ConnectionError, TimeoutError):
            while sent < 1024:
                await client.send_raw(b"QUJD" * (256 * 1024))
                sent += 1
    assert sent < 1024      # MB: it was disconnected before the last
    assert await feed.refusals() == ["broken_frame"]
    await goes_on(feed)


async def test_who_sends_too_much_hears_which_message_it_was(feed: Feed) -> None:
    await feed.platform.opened()
    head = b"\x0b" + written([msh("ORU^R01^ORU_R01", "2.5", "ESSAI-LARGE"), pid()])
    async with connected("127.0.0.1", feed.port) as client:
        await client.send_raw(head + b"x" * LIMITS.message_bytes)
        ack = Ack(read_er7(await client.answer()))
    assert (ack.code, ack.about) == ("AR", "ESSAI-LARGE")
    assert str(LIMITS.message_bytes) in ack.segments[0](8)


async def test_a_slow_sender_is_told_so_and_disconnected(platform: Platform) -> None:
    await platform.opened()
    async with feeding(platform, limits=replace(LIMITS, message_seconds=0.05)) as feed:
        async with connected("127.0.0.1", feed.port) as client:
            await client.send_raw(b"\x0b" + written([msh("ORU^R01^ORU_R01", "2.5", "ESSAI-SLOW")]))
            ack = Ack(read_er7(await client.answer()))
        assert (ack.code, ack.about) == ("AR", "ESSAI-SLOW")
        assert await feed.refusals() == ["too_slow"]


async def test_two_messages_in_one_packet_are_answered_in_their_order(feed: Feed) -> None:
    await feed.platform.opened()
    first, second = oru(report(), number="ESSAI-1"), oru(b"no document", number="ESSAI-2")
    told = [(each.code, each.about) for each in answers(await feed.says(framed(first) + framed(second)))]
    assert told == [("AA", "ESSAI-1"), ("AE", "ESSAI-2")]


async def test_a_replacement_sent_with_the_first_version_comes_after_it(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    first = report("1")
    second = report("2", replaces=named(first))
    sent = framed(oru(first)) + framed(oru(second, order="RO", status="C"))
    assert [each.code for each in answers(await feed.says(sent))] == ["AA", "AA"]
    assert list(await documents(doctor)) == [named(second)]


async def test_a_message_that_comes_byte_by_byte_is_taken(feed: Feed) -> None:
    await feed.platform.opened()
    message = framed(adt("ZFA|ACTIF|20260101|||||||NA||NA|"))
    async with connected("127.0.0.1", feed.port) as client:
        for place in range(len(message)):
            await client.send_raw(message[place:place + 1])
            await asyncio.sleep(0)
        assert Ack(read_er7(await client.answer())).code == "AA"


async def test_a_sender_without_the_last_mark_is_answered(feed: Feed) -> None:
    await feed.platform.opened()
    async with connected("127.0.0.1", feed.port) as client:
        await client.send_raw(b"\x0b" + oru(report()) + b"\x1c")
        assert Ack(read_er7(await client.answer())).code == "AA"


Broken = Callable[[bytes], bytes]
CHANGES: dict[str, tuple[Broken, str, str]] = {
    "separators of MSH outside of ASCII": (lambda raw: raw.replace(b"^~\\&", "^˜\\&".encode(), 1), "102", ""),
    "separators twice the same": (lambda raw: raw.replace(b"^~\\&", b"^^\\&", 1), "102", ""),
    "no MSH": (lambda raw: raw.partition(b"\r")[2], "100", ""),
    "base64 cut short": (lambda raw: raw.replace(b"||||||F|\rPRT", b"Q||||||F|\rPRT", 1), "102", ""),
    "base64 that is none": (lambda raw: raw.replace(b"Base64^", b"Base64^*", 1), "102", ""),
    "a CDA cut short": (lambda raw: _half(raw), "207", "906"),
    "no such character set": (lambda raw: raw.replace(b"UNICODE UTF-8", b"BIG-5"), "103", ""),
    "not in its character set": (lambda raw: raw.replace(b"INVENTEE", b"INVENT\xe9E"), "102", ""),
    "a line that is no segment": (lambda raw: raw + b"hello\r", "100", ""),
    "nothing at all": (lambda raw: b"", "100", ""),
    "another type of message": (lambda raw: raw.replace(b"ORU^R01", b"QBP^Q22"), "200", ""),
    "another event": (lambda raw: raw.replace(b"ORU^R01", b"ORU^R03"), "201", ""),
    "another version": (lambda raw: raw.replace(b"|P|2.5|", b"|P|2.1|"), "203", ""),
    "another processing": (lambda raw: raw.replace(b"|P|2.5|", b"|X|2.5|"), "202", ""),
    "an identity not verified": (lambda raw: raw.replace(b"|VALI", b"|PROV"), "103", ""),
    "no INS": (lambda raw: raw.replace(b"1.2.250.1.213.1.4.10&ISO^INS", b"1.2.3&ISO^PI"), "101", ""),
    "no date of birth": (lambda raw: raw.replace(b"|19990702|", b"||", 1), "207", "905"),
    "another name": (lambda raw: raw.replace(b"INVENTEE", b"AUTRE"), "207", "904"),
    "an unknown flag": (lambda raw: raw.replace(b"MASQUE_PS", b"MASQUE_PSS"), "103", ""),
    "a flag that is neither": (lambda raw: raw.replace(b"MetaDMPMSS||N^", b"MetaDMPMSS||O^", 1), "103", ""),
    "an order against the result": (lambda raw: raw.replace(b"ORC|NW", b"ORC|CA"), "198", ""),
    "no sender": (lambda raw: raw.replace(b"SB^^participation", b"XX^^participation"), "101", ""),
    "another type in OBX-3": (lambda raw: raw.replace(b"OBX|1|ED|11488-4", b"OBX|1|ED|11502-2"), "198", ""),
    "no destination": (lambda raw: raw.replace(b"DESTDMP^MetaDMPMSS||Y", b"DESTDMP^MetaDMPMSS||N"), "198", ""),
}


def _half(raw: bytes) -> bytes:
    begins = raw.index(b"Base64^") + 7
    return raw[:begins + 4000] + raw[raw.index(b"||||||F|", begins):]


async def test_each_wrong_message_has_the_code_of_its_row_a_trace_and_no_effect(feed: Feed, doctor: Client) -> None:
    await feed.platform.opened()
    wrong = {}
    for what, (change, code, application) in CHANGES.items():
        ack = await feed.send(change(oru(report())))
        if (ack.code, code, application) != ("AE", *(ack.errors or [("", "")])[0]):
            wrong[what] = str(ack)
    assert not wrong, "\n".join(f"{what}: {said}" for what, said in wrong.items())
    assert await documents(doctor) == {}
    traces = await feed.platform.portal.fetchval("select count(*) from audit_event where outcome = 'refused'")
    assert traces == len(CHANGES)
    await goes_on(feed)


async def test_every_issue_of_a_message_is_told(feed: Feed) -> None:
    await feed.platform.opened()
    message = oru(b"no document").replace(b"|VALI", b"|PROV").replace(b"MASQUE_PS", b"MASQUE_PSS")
    ack = await feed.send(message)
    assert set(ack.errors) == {("103", ""), ("207", "906")}
    assert [segment(2, 1) for segment in ack.segments] == ["PID", "OBX", "OBX"]


async def test_senders_beyond_the_room_for_large_messages_wait_and_are_then_served(platform: Platform) -> None:
    await platform.opened()
    async with (
        feeding(platform, limits=replace(LIMITS, small_bytes=4096, large_at_once=1)) as feed,
        connected("127.0.0.1", feed.port) as first, connected("127.0.0.1", feed.port) as second,
    ):
        large = framed(oru(report("x" * 50_000)))
        await first.send_raw(large[:-1000])
        await goes_on(feed)             # small ones never wait
        await second.send_raw(framed(oru(report("y" * 500_000))))
        for _ in range(3):
            await goes_on(feed)
        assert await platform.portal.fetchval("select count(*) from message") == 4      # the second waits
        await first.send_raw(large[-1000:])
        assert Ack(read_er7(await first.answer())).code == "AA"
        assert Ack(read_er7(await second.answer())).code == "AA"


async def test_connections_are_counted(platform: Platform) -> None:
    await platform.opened()
    async with (
        feeding(platform, limits=replace(LIMITS, connections_of_one=1)) as feed,
        connected("127.0.0.1", feed.port) as first,
    ):
        assert Ack(read_er7(await first.ask(oru(report())))).code == "AA"
        async with connected("127.0.0.1", feed.port) as second:
            with pytest.raises(ConnectionError):
                await second.ask(oru(report()))
        assert Ack(read_er7(await first.ask(oru(report())))).code == "AA"


async def test_when_the_inbox_cannot_be_written_the_sender_is_asked_to_send_again(
    feed: Feed, doctor: Client, caplog: pytest.LogCaptureFixture,
) -> None:
    await feed.platform.opened()
    message = oru(report())
    await feed.platform.portal.execute("alter table message rename to away")
    ack = await feed.send(message)
    assert (ack.code, ack.errors) == ("AR", [("207", "906")])
    assert "INVENTEE" not in caplog.text
    await feed.platform.portal.execute("alter table away rename to message")
    assert (await feed.send(message)).code == "AA"
    assert len(await documents(doctor)) == 1


async def test_an_answer_is_not_answered(feed: Feed) -> None:
    ack = written([msh("ACK^R01^ACK", "2.5", "ESSAI-ACK"), "MSA|AA|1"])
    assert await feed.says(framed(ack)) == b""


async def test_a_document_that_must_be_deleted_is_not_guessed(feed: Feed) -> None:
    await feed.platform.opened()
    ack = await feed.send(mdm(None, "T11"))
    assert (ack.code, ack.errors) == ("AE", [("101", "")])
