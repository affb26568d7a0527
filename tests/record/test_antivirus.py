"""What an antivirus says, by clamd and by ICAP: found, clean, or nothing clear, which is never taken for clean."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carnet.errors import InvalidSetting, Unavailable
from carnet.record.antivirus.asked import Antivirus
from carnet.record.antivirus.clamd.client import Clamd
from carnet.record.antivirus.icap.client import Icap
from carnet.roles.intake import antivirus_at
from tests.listening import held_port
from tests.record.scanners import EICAR, Talk, clamd, icap, instream, respmod, speaking

CLEAN = b"Toux depuis trois jours. " * 40_000      # several chunks


def at_clamd(port: int) -> Antivirus:
    return Clamd("127.0.0.1", port, seconds=20)


def at_icap(port: int) -> Antivirus:
    return Icap("127.0.0.1", port, "avscan", seconds=20)


BOTH = pytest.mark.parametrize(("there", "at"), [(clamd, at_clamd), (icap, at_icap)])


@BOTH
async def test_what_is_found_is_named_and_the_rest_is_clean(there: Talk, at: Callable[[int], Antivirus]) -> None:
    async with speaking(there) as port:
        assert await at(port).scan(CLEAN + EICAR + CLEAN) == "Eicar-Test-Signature"
        assert await at(port).scan(CLEAN) is None
        assert await at(port).scan(b"") is None


@BOTH
async def test_many_ask_at_once_and_each_gets_its_own_answer(there: Talk, at: Callable[[int], Antivirus]) -> None:
    async with speaking(there) as port:
        antivirus = at(port)
        answers = await asyncio.gather(*(antivirus.scan(EICAR if turn % 2 else CLEAN) for turn in range(24)))
    assert answers == [None, "Eicar-Test-Signature"] * 12


@pytest.mark.parametrize("at", [at_clamd, at_icap])
async def test_nobody_there_is_not_clean(at: Callable[[int], Antivirus]) -> None:
    with held_port() as port, pytest.raises(Unavailable) as refusal:
        await at(port).scan(CLEAN)
    assert refusal.value.retry_after_seconds == 30


@pytest.mark.parametrize("answer", [
    b"", b"stream: OK", b"INSTREAM size limit exceeded. ERROR\0", b"UNKNOWN COMMAND\0", b"\0", b"stream: OK?\0",
    b"x" * 100_000,
])
async def test_any_other_word_of_clamd_is_not_clean(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await instream(reader)
        writer.write(answer)
        await writer.drain()

    async with speaking(talk) as port:
        with pytest.raises(Unavailable):
            await at_clamd(port).scan(CLEAN)


async def test_a_scanner_that_hangs_up_in_the_middle_is_not_clean() -> None:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(20)

    async with speaking(talk) as port:
        for at in (at_clamd, at_icap):
            with pytest.raises(Unavailable):
                await at(port).scan(CLEAN)


async def test_a_scanner_that_says_nothing_is_not_waited_for_for_ever() -> None:
    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()         # until who asks hangs up

    async with speaking(talk) as port:
        for antivirus in (Clamd("127.0.0.1", port, seconds=0.05), Icap("127.0.0.1", port, "avscan", seconds=0.05)):
            with pytest.raises(Unavailable):
                await antivirus.scan(b"x")


async def test_a_name_of_the_scanner_brings_nothing_into_logs_or_pages() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await instream(reader)
        writer.write(b"stream: Win<script>\nalert(1) FOUND\0")
        await writer.drain()

    async with speaking(talk) as port:
        assert await at_clamd(port).scan(b"x") == "Win_script_alert_1_"


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
PAGE = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n"


def _answer(http: bytes, body: bytes) -> bytes:
    head = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=%d\r\n\r\n" % len(http)
    half = len(body) // 2
    return head + http + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:])) + (
        b"0\r\n\r\n")


@pytest.mark.parametrize(("answer", "found"), [
    (_answer(HTTP, b"the very bytes"), None),
    (_answer(HTTP, b"the very byteS"), "changed_by_the_antivirus"),
    (_answer(HTTP, b"the very bytes and more"), "changed_by_the_antivirus"),
    (_answer(HTTP, b"the very"), "changed_by_the_antivirus"),
    (_answer(PAGE, b"the very bytes"), "changed_by_the_antivirus"),
    (b"ICAP/1.0 200 OK\r\nX-Virus-ID: Eicar\r\n\r\n", "Eicar"),
    (b"ICAP/1.0 200 OK\r\nEncapsulated: null-body=0\r\n\r\n", "changed_by_the_antivirus"),
])
async def test_icap_gives_the_very_bytes_back_or_found_something(answer: bytes, found: str | None) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await respmod(reader) == b"the very bytes"
        writer.write(answer)
        await writer.drain()

    async with speaking(talk) as port:
        assert await at_icap(port).scan(b"the very bytes") == found


@pytest.mark.parametrize("answer", [
    b"", b"HTTP/1.1 200 OK\r\n\r\n", b"ICAP/1.0 404 Service not found\r\n\r\n", b"ICAP/1.0 500 Error\r\n\r\n",
    b"ICAP/1.0 100 Continue\r\n\r\n", b"x" * 200_000,
    b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=%d\r\n\r\n%szz\r\n" % (len(HTTP), HTTP),
])
async def test_any_other_word_of_icap_is_not_clean(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await respmod(reader)
        writer.write(answer)
        await writer.drain()

    async with speaking(talk) as port:
        with pytest.raises(Unavailable):
            await at_icap(port).scan(b"the very bytes")


def test_the_setting_names_one_of_the_two() -> None:
    assert antivirus_at("") is None
    clam, web = antivirus_at("clamd://scan.example"), antivirus_at("icap://scan.example:1345/avscan")
    assert isinstance(clam, Clamd)
    assert (clam.host, clam.port) == ("scan.example", 3310)
    assert isinstance(web, Icap)
    assert (web.host, web.port, web.service) == ("scan.example", 1345, "avscan")
    for wrong in ("clamd://", "icap://scan.example", "clamd://h:99999", "clamd://h:1/x", "http://h/x"):
        with pytest.raises(InvalidSetting):
            antivirus_at(wrong)


@pytest.fixture
def real_clamd(tmp_path: Path) -> Iterator[int]:
    """A real clamd that knows one signature, of our own writing: that of EICAR. It needs no download."""
    program = shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("clamd (Debian: clamav-daemon) is not installed")
    signatures = tmp_path / "signatures"
    signatures.mkdir()
    (signatures / "ours.ndb").write_text(f"Carnet.Test.Eicar:0:*:{EICAR.hex()}\n", encoding="ascii")
    with held_port() as port:
        configuration = tmp_path / "clamd.conf"
        configuration.write_text(
            f"Foreground yes\nTCPAddr 127.0.0.1\nTCPSocket {port}\nDatabaseDirectory {signatures}\n"
            f"TemporaryDirectory {tmp_path}\nStreamMaxLength 2M\nLogFile {tmp_path / 'clamd.log'}\n", encoding="utf-8")
        process = subprocess.Popen(
            [program, "--config-file", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            asyncio.run(_answering(port, process))
            yield port
        finally:
            process.terminate()
            process.wait()


async def _answering(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    pytest.fail("clamd ended as it started")


def test_a_real_clamd_finds_eicar_and_what_is_too_large_for_it_is_not_clean(real_clamd: int) -> None:
    async def asked() -> None:
        assert await at_clamd(real_clamd).scan(CLEAN) is None
        found = await at_clamd(real_clamd).scan(EICAR)
        assert found is not None
        assert found.startswith("Carnet.Test.Eicar")
        with pytest.raises(Unavailable):
            await at_clamd(real_clamd).scan(bytes(8 * 1024 * 1024))

    asyncio.run(asked())
