"""A sender of MLLP: one message, and the answer to it. What sends business acknowledgements, and what tests send with.

May import: this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ssl import SSLContext

from carnet.feeds.hl7.framing import Frames, framed

_READ_BYTES = 64 * 1024
_ANSWER_BYTES = 1024 * 1024


class MllpClient:
    """A connection to who takes messages. One question at a time; `send` alone does not wait for the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
        self._reader = reader
        self._writer = writer
        self._seconds = seconds
        self._frames = Frames(_ANSWER_BYTES)
        self._answers: list[bytes] = []

    async def send(self, message: bytes) -> None:
        """Send a message. Raises ConnectionError, TimeoutError."""
        await self.send_raw(framed(message))

    async def send_raw(self, data: bytes) -> None:
        """Send these bytes as they are."""
        self._writer.write(data)
        async with asyncio.timeout(self._seconds):
            await self._writer.drain()

    async def answer(self) -> bytes:
        """The next answer. Raises ConnectionError when there comes none, TimeoutError, BrokenFrameError."""
        async with asyncio.timeout(self._seconds):
            while not self._answers:
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    raise ConnectionResetError("the connection was closed")
                self._answers += self._frames.feed(data)
        return self._answers.pop(0)

    async def ask(self, message: bytes) -> bytes:
        """Send a message and wait for its answer."""
        await self.send(message)
        return await self.answer()

    def close(self) -> None:
        """Leave."""
        self._writer.close()


@asynccontextmanager
async def connected(
    host: str, port: int, *, tls: SSLContext | None = None, seconds: float = 30.0,
) -> AsyncIterator[MllpClient]:
    """A connection, until the block ends. Raises OSError, TimeoutError."""
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls, limit=_READ_BYTES)
    client = MllpClient(reader, writer, seconds)
    try:
        yield client
    finally:
        client.close()
