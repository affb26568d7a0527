"""Durability: what a host answered is there after it was started again, whatever it was doing when it ended.

The first check of this file leaves things at the host, has writers go on writing, and has the host started again in
the midst of it. The others look for what was acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from carnet.errors import CarnetError
from carnet.hosting.bulk_wire import DailyCounts, WitnessedAnswer
from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import ENDED, Body, Entry, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import Answer, HostUnderTest, back_again, status_of
from carnet.hosting.conformance.must import NotRunError, must
from carnet.hosting.conformance.oversight import WITNESSED, signed_counts
from carnet.hosting.wire import AppendAnswer, BodiesRead, HeadAnswer, JournalPage, ReceiptAnswer

CHECKS = Subject("durability", needs="restart")
Restart = Callable[[], Awaitable[None]]
WRITERS = 4
BACK_SECONDS = 120.0


@dataclass
class _Left:
    """What was acknowledged before the host was started again."""

    bodies: list[Body]
    entries: list[Entry]
    forgotten: Body
    erased: Entry
    counted: DailyCounts | None = None      # before, and first thing after
    counted_after: DailyCounts | None = None
    written: list[tuple[Body, Entry]] = field(default_factory=list)
    first_answer: Answer | None = None


async def _leave(host: HostUnderTest) -> _Left:
    record, gone = host.new_record(), host.new_record()
    bodies = [new_body(record, size=10_000) for _ in range(8)]
    first = entry_after(record, *bodies)
    left = _Left(
        bodies, [first, entry_after(first)], new_body(host.new_record(), ticket_end=ENDED), chain(gone, 1)[0])
    await host.ask(orders.put(*bodies, left.forgotten), ReceiptAnswer)
    await host.ask(orders.append(*left.entries, left.erased), AppendAnswer)
    await host.ask(orders.erase(gone, 1), ReceiptAnswer)
    _, left.counted = await signed_counts(host)
    return left


async def _write_on(host: HostUnderTest, left: _Left, has_begun: asyncio.Event) -> None:
    """Put and append until the host does not answer. What it acknowledged is kept, and nothing else."""
    try:
        await _writing(host, left, has_begun)
    finally:
        has_begun.set()


async def _writing(host: HostUnderTest, left: _Left, has_begun: asyncio.Event) -> None:
    last: Entry | None = None
    record = host.new_record()
    while True:
        body = new_body(record, size=5000)
        entry = entry_after(last or record, body)
        try:
            if (await host.do(orders.put(body))).status != 200:
                return
            answer = await host.do(orders.append(entry))
        except CarnetError:
            return
        if answer.status != 200:
            return
        left.written.append((body, entry))
        has_begun.set()
        last = entry


@CHECKS.proves("TWO")
async def it_starts_again(host: HostUnderTest) -> None:
    """Ended while it writes and started again, the host answers again, and says another boot id."""
    restart: Restart = host.remembered["restart"]
    before = await status_of(host)
    left = await _leave(host)
    begun = [asyncio.Event() for _ in range(WRITERS)]
    writers = [asyncio.create_task(_write_on(host, left, each)) for each in begun]
    try:
        for each in begun:
            await each.wait()
        await restart()
    finally:
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
    await back_again(host, seconds=BACK_SECONDS)
    after = await status_of(host)
    left.first_answer = await _of_an_older_epoch(host)      # before any order of this epoch could teach it again
    if left.counted is not None:
        _, left.counted_after = await signed_counts(host, left.counted.day)
    host.remembered["left"] = left
    must(after.boot != before.boot, "its boot id is the same after it was started again, or it was not started again")
    must(after.host == before.host and after.receipt_key == before.receipt_key, "it is another host after its start")


@CHECKS.proves("TWO")
async def every_acknowledged_body_is_there(host: HostUnderTest) -> None:
    """Every body that was acknowledged before the end, up to the last, is given after it."""
    left = _left(host)
    bodies = left.bodies + [body for body, _ in left.written]
    lost = 0
    for start in range(0, len(bodies), 60):
        some = bodies[start:start + 60]
        given = (await host.ask(orders.read(*some), BodiesRead)).bodies
        lost += sum(sealed != body.sealed for sealed, body in zip(given, some, strict=True))
    must(not lost, f"of {len(bodies)} bodies that it acknowledged before it was started again, {lost} are lost")


@CHECKS.proves("CAS")
async def every_acknowledged_entry_is_there(host: HostUnderTest) -> None:
    """Every entry that was acknowledged before the end is in its journal after it, in its place, and nothing lacks."""
    left = _left(host)
    lost = 0
    of_record: dict[object, list[Entry]] = {}
    for entry in left.entries + [entry for _, entry in left.written]:
        of_record.setdefault(entry.record, []).append(entry)
    for entries in of_record.values():
        kept: list[tuple[bytes, bytes]] = []
        for after in range(0, len(entries), 500):
            answer = await host.do(orders.journal(entries[0].record, after=after))
            kept += [(each.header, each.sealed) for each in answer.of(JournalPage).entries] \
                if answer.status == 200 else []
        lost += sum(pair not in kept for pair in ((each.header, each.sealed) for each in entries))
        head = await host.ask(orders.head(entries[0].record), HeadAnswer)
        must(head.place >= len(entries) or lost > 0, "its head is at an older place than it acknowledged")
    total = sum(map(len, of_record.values()))
    must(not lost, f"of {total} entries that it acknowledged before it was started again, {lost} are lost")


@CHECKS.proves("TOMB")
async def what_was_erased_stays_erased(host: HostUnderTest) -> None:
    """A tombstone outlives the start: orders of the erased version are still refused."""
    left = _left(host)
    answer = await host.do(orders.put(new_body(left.erased.record)))
    must(answer.status == 410, f"a put to a record that it erased before its start was answered {answer.told}")
    head = await host.ask(orders.head(left.erased.record, version=2), HeadAnswer)
    must(head.place == 0, "a record that it erased before its start has an entry again")


@CHECKS.proves("EPOCH")
async def the_epoch_outlives_the_start(host: HostUnderTest) -> None:
    """A former life of the portal stays refused: the epoch is remembered by more than the process."""
    left = _left(host)
    for answer in (left.first_answer, await _of_an_older_epoch(host)):
        told = answer.told if answer else "nothing"
        must(answer is not None and answer.status == 401,
             f"after its start an order of an older epoch was answered {told}, not 401")


@CHECKS.proves("FENCE")
async def nothing_was_collected_unasked(host: HostUnderTest) -> None:
    """A body that no entry names and whose ticket ended long ago is there after the start: nobody ordered it away."""
    left = _left(host)
    given = (await host.ask(orders.read(left.forgotten), BodiesRead)).bodies
    must(given == (left.forgotten.sealed,), "it removed a body without an order, since its ticket had ended")


@CHECKS.proves("Oversight")
async def daily_roots_outlive_the_start(host: HostUnderTest) -> None:
    """The daily roots that it signed for are there after the start."""
    _left(host)
    roots = {each.day: each.root for each in (await host.ask(orders.witnessed(), WitnessedAnswer)).roots}
    signed: list[str] = host.remembered.get("witnessed", [])
    lost = [day for day in signed if roots.get(day) != WITNESSED[day].hex()]
    must(not lost, f"after its start it does not give the root that it signed for {', '.join(lost)}")


@CHECKS.proves("Oversight")
async def counts_outlive_the_start(host: HostUnderTest) -> None:
    """What the host signed to have counted before its end is still counted after it."""
    left = _left(host)
    lost = [name for name in ("bodies_put", "entries_appended", "bodies_read")
            if getattr(left.counted_after, name, 0) < getattr(left.counted, name, 0)]
    must(not lost, f"after its start its counts of the day are less than it signed before: {', '.join(lost)}")


async def _of_an_older_epoch(host: HostUnderTest) -> Answer:
    order = orders.head(host.new_record())
    claims = host.signer.claims(order, epoch=host.signer.epoch - 1)
    return await host.send(order, host.signer.signed(claims, order))


def _left(host: HostUnderTest) -> _Left:
    left = host.remembered.get("left")
    if left is None:
        raise NotRunError("the host was not started again")
    return left     # type: ignore[no-any-return]
