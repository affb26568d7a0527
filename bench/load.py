"""A load generator: so many clients, each sending its next request as soon as the last was answered.

Its own keep-alive HTTP/1.1, because what drives the load shares the machine with what is measured: a general client
costs more than the server it asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Figures:
    """One run: how many a second, latencies in milliseconds, and answers that were not a success."""

    per_second: float
    p50_ms: float
    p99_ms: float
    worst_ms: float
    errors: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded."""
        return {
            "per_second": round(self.per_second, 1), "p50_ms": round(self.p50_ms, 2), "p99_ms": round(self.p99_ms, 2),
            "worst_ms": round(self.worst_ms, 2), "errors": self.errors,
        }


def request(method: str, host: str, path: str, token: str, body: bytes = b"", accept: str = "*/*") -> bytes:
    """The bytes of one request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nAccept: {accept}\r\n"
    if body:
        head += f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def run(port: int, requests: Iterator[bytes], *, clients: int, seconds: float) -> Figures:
    """Send requests for so long, then give the figures. Ends early when there are no more requests."""
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(_Connection, "127.0.0.1", port))[1] for _ in range(clients)
    ]
    latencies: list[float] = []
    errors = 0
    ends_at = perf_counter() + seconds

    async def client(connection: _Connection) -> None:
        nonlocal errors
        for sent in requests:
            began = perf_counter()
            if began >= ends_at:
                return
            errors += not 200 <= await connection.ask(sent) < 300
            latencies.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(client(connection) for connection in connections))
    took = perf_counter() - began
    for connection in connections:
        connection.close()
    return figures_of(sorted(latencies), took, errors)


def figures_of(latencies: Sequence[float], took: float, errors: int) -> Figures:
    """The figures of these latencies, in order, of a run that took so long."""
    def at(part: float) -> float:
        return latencies[min(int(len(latencies) * part), len(latencies) - 1)] * 1000 if latencies else 0.0

    return Figures(len(latencies) / took, at(0.5), at(0.99), at(1.0), errors)


class _Connection(asyncio.Protocol):
    """One connection, one request at a time. Answers must have a Content-Length."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[int] | None = None
        self._head = b""
        self._status = 0
        self._lacking = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport      # type: ignore[assignment]

    def ask(self, sent: bytes) -> asyncio.Future[int]:
        """The status of the answer to this request."""
        self._answered = asyncio.get_running_loop().create_future()
        self._head, self._lacking = b"", -1
        self._transport.write(sent)
        return self._answered

    def data_received(self, data: bytes) -> None:
        if self._lacking < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._head[:end].lower()
            self._status = int(head[9:12])
            start = head.find(b"content-length:")
            length = int(head[start + 15:].split(b"\r\n", 1)[0]) if start >= 0 else 0
            self._lacking = length - (len(self._head) - end - 4)
        else:
            self._lacking -= len(data)
        if self._lacking <= 0 and self._answered is not None:
            answered, self._answered = self._answered, None
            answered.set_result(self._status)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._answered is not None:
            answered, self._answered = self._answered, None
            answered.set_exception(ConnectionError("the server closed the connection"))

    def close(self) -> None:
        """End it."""
        self._transport.close()
