"""Ask clamd about bytes: the command INSTREAM, in its null-terminated form (clamd(8)).

One connection a question. What it keeps of the bytes, and for how long, is its own configuration.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from carnet.record.antivirus.asked import ANSWER_SECONDS, AT_ONCE, away, name_of

_CHUNK = 256 * 1024
_LONGEST_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at an address."""

    host: str
    port: int
    seconds: float = ANSWER_SECONDS
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def scan(self, content: bytes) -> str | None:
        """The name of what clamd found in these bytes, or None. Raises Unavailable for any other answer."""
        async with self.turns:
            try:
                async with asyncio.timeout(self.seconds):
                    answer = await self._ask(content)
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:    # a timeout too
                raise away("does not answer") from error
        return read_answer(answer)

    async def _ask(self, content: bytes) -> str:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=_LONGEST_ANSWER)
        try:
            with suppress(ConnectionError):     # it answers, then hangs up, before the end of what is too large for it
                writer.write(b"zINSTREAM\0")
                for start in range(0, len(content), _CHUNK):
                    chunk = content[start : start + _CHUNK]
                    writer.write(len(chunk).to_bytes(4, "big") + chunk)
                    await writer.drain()
                writer.write(bytes(4))
                await writer.drain()
            return (await reader.readuntil(b"\0")).decode("utf-8", "replace")
        finally:
            writer.transport.abort()        # what it did not take yet, it need not take


def read_answer(answer: str) -> str | None:
    """What clamd said. Raises Unavailable unless it is `stream: OK` or `stream: … FOUND`."""
    said = answer.rstrip("\0\r\n ").removeprefix("stream: ")
    if said == "OK":
        return None
    if said.endswith(" FOUND"):
        return name_of(said.removesuffix(" FOUND"))
    if "size limit exceeded" in said:
        raise away("takes no document of this size: raise StreamMaxLength in clamd.conf")
    raise away("could not look at the document")
