"""The other end of an antivirus's socket, speaking clamd or ICAP as far as a test needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

# In two pieces: this file is not what scanners of source code look for.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(talk: Talk) -> AsyncIterator[int]:
    """The port where this is spoken."""
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass            # who asked hung up
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


async def instream(reader: asyncio.StreamReader) -> bytes:
    """The bytes that INSTREAM brings."""
    assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        content += await reader.readexactly(size)
    return content


async def clamd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As clamd answers."""
    content = await instream(reader)
    writer.write(b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0")
    await writer.drain()


async def respmod(reader: asyncio.StreamReader) -> bytes:
    """The bytes that RESPMOD brings, once its offsets were found to be right."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert head.startswith("RESPMOD icap://127.0.0.1:")
    offsets = re.search(r"req-hdr=0, res-hdr=(\d+), res-body=(\d+)", head)
    assert offsets is not None
    request = await reader.readexactly(int(offsets[1]))
    answer = await reader.readexactly(int(offsets[2]) - int(offsets[1]))
    assert (request[:4], answer[:8], request[-4:], answer[-4:]) == (b"GET ", b"HTTP/1.1", b"\r\n\r\n", b"\r\n\r\n")
    content = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        content += await reader.readexactly(size)
        await reader.readexactly(2)
    return content


async def icap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """As an ICAP server with an antivirus answers."""
    if EICAR in await respmod(reader):
        writer.write(
            b"ICAP/1.0 200 OK\r\nX-Infection-Found: Type=0; Resolution=2; Threat=Eicar-Test-Signature;\r\n"
            b"Encapsulated: null-body=0\r\n\r\n")
    else:
        writer.write(b"ICAP/1.0 204 No Content\r\nEncapsulated: null-body=0\r\n\r\n")
    await writer.drain()
