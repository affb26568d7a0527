"""A network that breaks as it is told: a TCP proxy between the portal and one host.

Delay, black hole (nothing passes, nobody is told; what was sent arrives later, as TCP does), cut, cut in the middle of
an answer, slow bytes, altered bytes.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto

_CHUNK = 65536
_SLOW_BYTES, _SLOW_SECONDS = 400, 0.05
_HEAD_END = b"\r\n\r\n"


class Way(Enum):
    """What the network does."""

    PASS = auto()
    DELAY = auto()
    HOLE = auto()
    CUT = auto()
    CUT_ANSWERS = auto()
    SLOW = auto()
    ALTER = auto()


@dataclass
class Proxy:
    """The only way to one host. `url` is what the portal is told."""

    target_port: int
    port: int = 0
    way: Way = Way.PASS
    delay_seconds: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _lines: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen, on any free port."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        self._abort_all()
        if self._lines:
            await asyncio.wait(self._lines)

    def becomes(self, way: Way, *, delay_seconds: float = 0.0) -> None:
        """From now on the network does this, to connections that are open too."""
        self.way, self.delay_seconds = way, delay_seconds
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if way is Way.CUT:
            self._abort_all()

    def _abort_all(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.ensure_future(self._connected(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.way is Way.CUT:
            writer.transport.abort()
            return
        await self._while_hole()
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, back}
        for each in ends:
            each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open |= ends
        try:
            await asyncio.gather(self._pump(reader, back, is_answer=False), self._pump(there, writer, is_answer=True))
        finally:
            self._open -= ends
            for each in ends:
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._while_hole()
                if self.way is Way.DELAY:
                    await asyncio.sleep(self.delay_seconds)
                if is_answer and self.way is Way.CUT_ANSWERS:
                    writer.write(data[:len(data) // 2])
                    await writer.drain()
                    break
                await self._write(writer, _altered(data) if is_answer and self.way is Way.ALTER else data)
        writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while data and self.way is Way.SLOW:
            writer.write(data[:_SLOW_BYTES])
            data = data[_SLOW_BYTES:]
            await asyncio.sleep(_SLOW_SECONDS)
        writer.write(data)
        await writer.drain()

    async def _while_hole(self) -> None:
        while self.way is Way.HOLE:
            await self._changed.wait()


def _altered(data: bytes) -> bytes:
    """The last byte of an answer's content is another one; heads stay as they are."""
    begins = data.find(_HEAD_END) + len(_HEAD_END) if data.startswith(b"HTTP/") else 0
    return data[:-1] + bytes([data[-1] ^ 1]) if len(data) > begins else data


@asynccontextmanager
async def proxies(ports: dict[str, int]) -> AsyncIterator[dict[str, Proxy]]:
    """One in front of each of these hosts, while the block lasts."""
    made = {host: Proxy(port) for host, port in ports.items()}
    for each in made.values():
        await each.start()
    try:
        yield made
    finally:
        for each in made.values():
            each.becomes(Way.CUT)
            await each.stop()
