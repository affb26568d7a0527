"""Speed: how many bodies and entries of 30 KB a host takes and gives a second, from several clients at once.

Measured from where the check runs, line included. It loads the host: on one that serves a portal, people wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Literal
from uuid import UUID

from carnet.hosting.client import PUT_SECONDS, READ_SECONDS
from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Body, Entry, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import RuleBrokenError, must, the_one
from carnet.hosting.conformance.report import Speed
from carnet.hosting.wire import AppendAnswer, BodiesRead, ReceiptAnswer

CHECKS = Subject("speed", needs="time")
CLIENTS = 8
BODY_BYTES = 30_000
Work = Callable[[], Awaitable[None]]


@CHECKS.proves("TWO")
async def bodies_are_taken_in_time(host: HostUnderTest) -> None:
    """Put after put is kept, and 99 of 100 within the time that the portal waits for a put."""
    put: list[Body] = host.remembered.setdefault("put", [])

    def client(record: UUID) -> Work:
        async def work() -> None:
            body = new_body(record, size=BODY_BYTES)
            host.receipt((await host.ask(orders.put(body), ReceiptAnswer)).receipt, "put")
            put.append(body)

        return work

    await _measured(host, "puts", client, most_seconds=PUT_SECONDS)


@CHECKS.proves("CAS")
async def entries_are_taken_in_time(host: HostUnderTest) -> None:
    """Entry after entry is appended, and 99 of 100 within the time that the portal waits for a put."""
    last: dict[UUID, Entry] = {}

    def client(record: UUID) -> Work:
        async def work() -> None:
            entry = entry_after(last.get(record, record), size=BODY_BYTES)
            result = the_one((await host.ask(orders.append(entry), AppendAnswer)).results, "results for one entry")
            must((result.status, result.head) == ("appended", entry.head), f"an entry was answered {result.status}")
            last[record] = entry

        return work

    await _measured(host, "appends", client, most_seconds=PUT_SECONDS)


@CHECKS.proves("HEAD")
async def bodies_are_given_in_time(host: HostUnderTest) -> None:
    """Body after body comes back whole, and 99 of 100 within the time that the portal waits for a read."""
    put: list[Body] = host.remembered.get("put", [])
    if not put:
        raise RuleBrokenError("no body was kept that could be read")
    turn = iter(range(2**62))

    def client(_record: UUID) -> Work:
        async def work() -> None:
            body = put[next(turn) * 7919 % len(put)]
            given = (await host.ask(orders.read(body), BodiesRead)).bodies
            must(given == (body.sealed,), "a body that it acknowledged is not given, or altered")

        return work

    await _measured(host, "reads", client, most_seconds=READ_SECONDS)


async def _measured(
    host: HostUnderTest, what: Literal["puts", "appends", "reads"], client: Callable[[UUID], Work], *,
    most_seconds: float,
) -> None:
    """Have clients work for a while, one call after the other each, and note how long each call took."""
    seconds: float = host.remembered.get("speed_seconds", 5.0)
    took: list[float] = []
    begun = perf_counter()

    async def go_on(work: Work) -> None:
        now = perf_counter()
        while now - begun < seconds:
            await work()
            before, now = now, perf_counter()
            took.append(now - before)

    await asyncio.gather(*(go_on(client(host.new_record())) for _ in range(CLIENTS)))
    whole = perf_counter() - begun
    took.sort()
    p99 = took[len(took) * 99 // 100]
    host.remembered.setdefault("speeds", []).append(Speed(
        what, len(took), CLIENTS, BODY_BYTES, round(len(took) / whole, 1), round(took[len(took) // 2] * 1000, 1),
        round(p99 * 1000, 1)))
    must(p99 <= most_seconds, f"one of a hundred {what} took {p99:.1f} s; the portal waits {most_seconds} s")
