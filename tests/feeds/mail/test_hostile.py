"""What senders may do that they should not: bounded memory and time, an answer, and the mailbox goes on."""

from __future__ import annotations

import asyncio
import struct
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile, ZipInfo

import aiosmtplib
import pytest

from carnet.errors import InvalidInput
from carnet.feeds.mail.archive import MOST_MEMBERS, read_archive
from carnet.feeds.mail.mime import read_mail
from carnet.feeds.mail.xdm_out import xdm_of
from carnet.record.inbox.message import MessageState
from tests.feeds.hl7.ground import documents
from tests.feeds.mail.ground import LIMITS, MAILBOX, PARTNER, SENDER, Post, posting, with_archive, written, zipped
from tests.fhir.client import Client
from tests.running import Platform, letter, lot

HELLO = f"EHLO essai\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode()
METADATA = "IHE_XDM/SUBSET01/METADATA.XML"
ZEROS = 10 * 1024 * 1024


def good() -> bytes:
    """An archive that nothing is wrong with."""
    return xdm_of(lot(letter()))


def members() -> dict[str, bytes]:
    """Its files."""
    with ZipFile(BytesIO(good())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def named(name: str) -> bytes:
    """The archive with one more file of this name."""
    return zipped({**members(), name: b"x"})


def link() -> bytes:
    """The archive with a symbolic link in it."""
    made = BytesIO(good())
    with ZipFile(made, "a") as archive:
        info = ZipInfo("IHE_XDM/SUBSET01/DOC00009.XML")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def twice() -> bytes:
    """The archive with two files of one name, but for the case."""
    return zipped({**members(), METADATA.lower(): b"<a/>"})


def zeros() -> bytes:
    """Ten times ten megabytes of zeros, one of which is the metadata."""
    return zipped({METADATA: bytes(ZEROS), **{f"IHE_XDM/SUBSET01/D{n}.XML": bytes(ZEROS) for n in range(9)}})


def nested() -> bytes:
    """A bomb inside of the archive, where the document should be."""
    return zipped({**members(), "IHE_XDM/SUBSET01/DOC00001.XML": zipped({"a": bytes(ZEROS)})})


def liar() -> bytes:
    """An archive that declares less than it holds."""
    content = bytearray(zipped({METADATA: bytes(ZEROS)}))
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(content)


def broken() -> bytes:
    """The archive with a letter of its metadata changed after the sum was made."""
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr(METADATA, members()[METADATA])
    return made.getvalue().replace(b"creationTime", b"creationTimf", 1)


def many() -> bytes:
    """More files than any letter has."""
    return zipped({f"IHE_XDM/{number}": b"" for number in range(MOST_MEMBERS + 1)})


def locked() -> bytes:
    """An archive that says it is encrypted."""
    content = bytearray(good())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


def doctype() -> bytes:
    """Metadata with entities that grow."""
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
    return zipped({**members(), METADATA: bomb})


ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "leaves its folder": (lambda: named("../../etc/passwd"), "security"),
    "an absolute name": (lambda: named("/etc/passwd"), "security"),
    "a drive": (lambda: named("C:/a.xml"), "security"),
    "backslashes": (lambda: named("..\\a.xml"), "security"),
    "a symbolic link": (link, "security"),
    "two of one name": (twice, "duplicate"),
    "zeros": (zeros, "too-costly"),
    "nested": (nested, "value"),
    "a false size": (liar, "structure"),
    "a wrong sum": (broken, "structure"),
    "too many": (many, "too-costly"),
    "encrypted": (locked, "not-supported"),
    "entities": (doctype, "security"),
    "cut": (lambda: good()[:-300], "structure"),
    "no zip": (lambda: b"bonjour", "structure"),
    "no metadata": (lambda: zipped({"INDEX.HTM": b"x"}), "structure"),
}


async def test_a_hostile_archive_is_refused_and_its_sender_told(post: Post) -> None:
    for name, (make, code) in ARCHIVES.items():
        answer = await post.send(with_archive(make()))
        assert answer.startswith("250 2.6.0 refused"), (name, answer)
        kept = await post.kept()
        assert kept.state is MessageState.REFUSED
        assert code in {each.code for each in kept.issues}, (name, kept.issues)
        [told] = await post.outgoing()
        assert (told.destination, told.what) == (SENDER, "receipt of a refusal")
    assert await post.count() == len(ARCHIVES)


def test_a_bomb_is_left_while_it_is_inflated() -> None:
    content = zeros()
    tracemalloc.start()
    try:
        archive = read_archive(content, limit_bytes=64 * 1024 * 1024)
        with pytest.raises(InvalidInput, match="inflated more than"):
            archive.read(METADATA)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 1024 * 1024, peak
    spent = read_archive(zipped({"A": bytes(600_000), "B": bytes(600_000)}), limit_bytes=1_000_000)
    assert spent.read("A") is not None
    with pytest.raises(InvalidInput, match="more than is taken"):
        spent.read("B")


def nested_parts(depth: int) -> bytes:
    """A message of messages."""
    head = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(depth))
    return f"From: {SENDER}\r\n".encode() + head + b"Content-Type: text/plain\r\n\r\nx\r\n"


def thousand_parts() -> bytes:
    """A message with a thousand attachments."""
    part = b"--b\r\nContent-Type: application/zip; name=IHE_XDM.zip\r\n\r\nUEsDBBQ=\r\n"
    return f"From: {SENDER}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n".encode() + part * 1000 + b"--b--\r\n"


MESSAGES: dict[str, Callable[[], bytes]] = {
    "a thousand attachments": thousand_parts,
    "a thousand without a type": lambda: thousand_parts().replace(b"Content-Type: application", b"X: application"),
    "nested": lambda: nested_parts(400),
    "many headers": lambda: b"X-A: b\r\n" * 20_000 + b"\r\nx\r\n",
    "one long header": lambda: b"Subject: " + b"a\r\n " * 190 + b"b" * 900 + b"\r\n" + b"X: " + b"c" * 990 + b"\r\n"
    + b"".join(b"Y%d: %s\r\n" % (n, b"d" * 900) for n in range(40)) + b"\r\nx\r\n",
    "headers in a part": lambda: f"From: {SENDER}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".encode()
    + b"Content-Type: text/plain\r\n" + b"X: y\r\n" * 6000 + b"\r\nx\r\n--b--\r\n",
}


async def test_a_hostile_message_is_refused_with_the_reason(post: Post) -> None:
    for name, make in MESSAGES.items():
        answer = await post.send(make())
        assert answer.startswith("554 5.6.0"), (name, answer)
    assert (set(await post.refusals()), await post.count()) == ({"unreadable"}, 0)


def test_what_is_parsed_is_bounded() -> None:
    for name, make in MESSAGES.items():
        content = make()
        tracemalloc.start()
        try:
            with pytest.raises(InvalidInput):
                read_mail(content)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1024 * 1024, (name, peak)


async def test_a_base64_text_that_was_cut_is_refused_and_not_half_read(post: Post) -> None:
    lines = written(lot(letter())).split(b"\r\n")
    start = next(place for place, line in enumerate(lines) if line.startswith(b"UEsD"))
    cut = b"\r\n".join(line[:-1] if place == start + 3 else line for place, line in enumerate(lines))
    assert (await post.send(cut)).startswith("250 2.6.0 refused")
    assert [each.message for each in (await post.kept()).issues] == [
        "the base64 text of the archive is cut or broken"]


async def test_a_gigabyte_is_refused_before_it_is_sent(post: Post) -> None:
    said = await post.says(f"EHLO a\r\nMAIL FROM:<{SENDER}> SIZE=1073741824\r\nQUIT\r\n".encode())
    assert b"250-SIZE 2097152\r\n" in said
    assert b"\r\n552 " in said


async def test_a_letter_that_never_ends_is_left_at_its_limit(post: Post, doctor: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", post.port)
    writer.write(HELLO)
    sent, line = 0, b"A" * 76 + b"\r\n"
    with suppress(ConnectionError):
        while sent < 100 * LIMITS.of_a_session.message_bytes:
            writer.write(line * 1000)
            sent += 78_000
            await writer.drain()
            await asyncio.sleep(0)      # the gate of this same process has its turn
    assert sent < 100 * LIMITS.of_a_session.message_bytes
    with suppress(ConnectionError):
        await reader.read()
    assert await post.refusals() == ["too_large"]
    await _goes_on(post, doctor)


async def test_a_large_letter_is_told_its_limit(post: Post) -> None:
    said = await post.says(HELLO + (b"A" * 76 + b"\r\n") * 27_000 + b".\r\n")
    assert b"\r\n552 5.3.4" in said


async def test_a_line_without_an_end_is_refused(post: Post) -> None:
    said = await post.says(HELLO + b"A" * 3000)
    assert b"\r\n554 5.6.0 a line" in said
    assert await post.refusals() == ["long_line"]


async def test_a_second_letter_is_not_hidden_in_the_first(post: Post) -> None:
    """A lone LF ends no line (SMTP smuggling)."""
    hidden = b"From: x\r\n\r\nun\n.\nMAIL FROM:<labo@labo.mssante.example>\r\n.\r\nQUIT\r\n"
    said = await post.says(HELLO + hidden)
    assert said.count(b"\r\n250 2.1.0") == 1
    assert b"\r\n221 " in said


async def test_a_slow_sender_is_told_and_left(post: Post, doctor: Client) -> None:
    hurried = replace(LIMITS, of_a_session=replace(LIMITS.of_a_session, data_seconds=0.2, idle_seconds=0.5))
    async with posting(post.platform, limits=hurried) as strict:
        assert b"\r\n451 4.4.2 too slow" in await strict.says(HELLO + b"From: a\r\n")
        assert (await strict.says(b"EHLO a\r\n")).endswith(b"HELP\r\n")      # says nothing more, and is left
        assert await strict.refusals() == ["too_slow"]
        await _goes_on(strict, doctor)


@pytest.mark.parametrize(("in_all", "of_one"), [(4, 60), (60, 4)])
async def test_a_crowd_of_slow_senders_keeps_nobody_out(
    platform: Platform, doctor: Client, in_all: int, of_one: int,
) -> None:
    await platform.opened()
    other = "autre@labo.mssante.example"
    limited = replace(
        LIMITS, sessions=in_all, sessions_of_one=of_one, patience_seconds=0.1,
        of_a_session=replace(LIMITS.of_a_session, piece_seconds=600, data_seconds=600, room_seconds=600))
    senders = {SENDER: PARTNER, other: replace(PARTNER, partner_id="labo-autre")}
    begun = HELLO + b"From: a\r\n" * 10_000       # a large letter, that stops there
    async with posting(platform, limits=limited, senders=senders) as strict:
        slow = [await asyncio.open_connection("127.0.0.1", strict.port) for _ in range(40)]
        for _, writer in slow:
            writer.write(begun)
        sent = await _insisting(strict, other)
        for _, writer in slow:
            writer.transport.abort()
    assert set(await documents(doctor)) == {sent}


async def test_one_partner_holds_one_large_letter_at_once(platform: Platform) -> None:
    limited = replace(LIMITS, of_a_session=replace(LIMITS.of_a_session, room_seconds=0.05))
    async with posting(platform, limits=limited) as strict, strict.gate.room_for_a_large_one(SENDER):
        said = await strict.says(HELLO + b"From: a\r\n" * 10_000)
        assert b"\r\n451 4.3.2 too many large letters" in said
        async with strict.gate.room_for_a_large_one("autre@labo.mssante.example"):
            pass


async def test_a_letter_that_stops_coming_is_not_waited_for(platform: Platform) -> None:
    limited = replace(LIMITS, of_a_session=replace(LIMITS.of_a_session, piece_seconds=0.05))
    async with posting(platform, limits=limited) as strict:
        assert b"\r\n451 4.4.2 too slow" in await strict.says(HELLO + b"From: a\r\n" * 10_000)


async def test_sessions_commands_and_recipients_are_counted(post: Post) -> None:
    open_ones = [await asyncio.open_connection("127.0.0.1", post.port) for _ in range(LIMITS.sessions)]
    for reader, _ in open_ones:
        await reader.readuntil(b"\n")
    assert (await post.says(b"")).startswith(b"421 4.3.2")
    for _, writer in open_ones:
        writer.close()
    for reader, _ in open_ones:
        await reader.read()
    said = await post.says(b"EHLO a\r\n" + b"NOOP\r\n" * 100)
    assert b"\r\n421 4.7.0" in said
    recipients = f"RCPT TO:<{MAILBOX}>\r\n".encode() * 5
    said = await post.says(f"EHLO a\r\nMAIL FROM:<{SENDER}>\r\n".encode() + recipients + b"QUIT\r\n")
    assert (said.count(b"\r\n250 2.1.5"), said.count(b"\r\n452 4.5.3")) == (3, 2)


async def test_while_nothing_can_be_written_a_letter_is_sent_again(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    await post.platform.portal.execute("alter table message rename to elsewhere")
    raw = written(lot(letter()))
    assert (await post.send(raw)).startswith("451 4.3.0")
    await post.platform.portal.execute("alter table elsewhere rename to message")
    assert (await post.send(raw)).startswith("250 2.6.0 deposited")
    assert len(await documents(doctor)) == 1


async def _insisting(post: Post, sender: str) -> str:
    """Send a large letter again until there is a place, as a mail server does; its document."""
    document = letter(size_bytes=100_000)
    raw = written(lot(document), sender=sender)
    async with asyncio.timeout(60):
        while True:
            with suppress(aiosmtplib.SMTPException, ConnectionError):
                answer = await post.send(raw, sender=sender)
                if not answer.startswith("4"):
                    assert answer.startswith("250 2.6.0 deposited"), answer
                    return document.entry.unique_id
            await asyncio.sleep(0.02)


async def _goes_on(post: Post, doctor: Client) -> None:
    await post.platform.opened()
    document = letter()
    assert (await post.send(written(lot(document)))).startswith("250 2.6.0 deposited")
    assert document.entry.unique_id in await documents(doctor)
