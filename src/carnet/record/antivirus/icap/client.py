"""Ask an ICAP server about bytes: RESPMOD of an answer that holds them (RFC 3507, 4.9).

204 is clean. 200 is clean only if it gives the very bytes back; any change means that something was found.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from carnet.record.antivirus.asked import ANSWER_SECONDS, AT_ONCE, away, name_of

_LONGEST_HEAD = 64 * 1024
_CLEAN, _CHANGED = 204, 200
_STATUS = re.compile(r"ICAP/1\.\d (\d{3})\b")
_OK_HEAD = re.compile(rb"HTTP/1\.\d 200\b")
_BODY_AT = re.compile(r"\bres-body=(\d+)")
_THREAT = re.compile(r"Threat=([^;]+)")
_FOUND_HEADERS = ("x-infection-found", "x-virus-id", "x-virus-name", "x-violations-found")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an ICAP answer; names of headers in lower case."""

    status: int
    headers: dict[str, str]

    @property
    def found(self) -> str | None:
        """The name of what was found, as the vendors' headers give it."""
        said = next((self.headers[name] for name in _FOUND_HEADERS if name in self.headers), None)
        if said is None:
            return None
        threat = _THREAT.search(said)
        return name_of(threat[1] if threat else said)


@dataclass(frozen=True, slots=True)
class Icap:
    """A service of an ICAP server."""

    host: str
    port: int
    service: str
    seconds: float = ANSWER_SECONDS
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def scan(self, content: bytes) -> str | None:
        """The name of what the server found in these bytes, or None. Raises Unavailable without a clear answer."""
        async with self.turns:
            try:
                async with asyncio.timeout(self.seconds):
                    return await self._ask(content)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
                raise away("does not answer as ICAP says") from error

    async def _ask(self, content: bytes) -> str | None:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=_LONGEST_HEAD)
        try:
            sending = asyncio.ensure_future(_send(writer, self._request(content)))
            try:
                head = read_head((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
                if head.found is not None:
                    return head.found
                if head.status == _CLEAN:
                    return None
                if head.status != _CHANGED:
                    raise away(f"answered {head.status}")
                return None if await _gives_back(reader, head, content) else "changed_by_the_antivirus"
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        finally:
            writer.transport.abort()        # what it did not take yet, it need not take

    def _request(self, content: bytes) -> list[bytes]:
        asked = b"GET /document HTTP/1.1\r\nHost: carnet\r\n\r\n"
        answered = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % len(content))
        head = (
            f"RESPMOD icap://{self.host}:{self.port}/{self.service} ICAP/1.0\r\nHost: {self.host}:{self.port}\r\n"
            "Allow: 204\r\nConnection: close\r\n"
            f"Encapsulated: req-hdr=0, res-hdr={len(asked)}, res-body={len(asked) + len(answered)}\r\n\r\n")
        return [head.encode("ascii") + asked + answered + b"%x\r\n" % len(content), content, b"\r\n0\r\n\r\n"]


async def _send(writer: asyncio.StreamWriter, pieces: list[bytes]) -> None:
    """Send it all; a server that answers early hangs up early, and its answer is what counts."""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        return


def read_head(text: str) -> Head:
    """The status line and the headers. Raises ValueError for anything else."""
    first, *lines = text.rstrip("\r\n").split("\r\n")
    status = _STATUS.match(first)
    if status is None:
        raise ValueError("no ICAP answer")
    pairs = (line.partition(":") for line in lines)
    return Head(int(status[1]), {name.strip().lower(): value.strip() for name, _, value in pairs})


async def _gives_back(reader: asyncio.StreamReader, head: Head, content: bytes) -> bool:
    """Is the answer inside this answer a 200 with the very bytes?"""
    body_at = _BODY_AT.search(head.headers.get("encapsulated", ""))
    if body_at is None or int(body_at[1]) > _LONGEST_HEAD:
        return False
    if _OK_HEAD.search(await reader.readexactly(int(body_at[1]))) is None:
        return False
    compared = 0
    while (size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)) > 0:
        if compared + size > len(content) or await reader.readexactly(size) != content[compared : compared + size]:
            return False
        await reader.readexactly(2)
        compared += size
    return compared == len(content)
