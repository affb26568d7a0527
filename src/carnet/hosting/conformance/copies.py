"""Copies: whole records leave a host and come to another, which is what moving and leaving are made of."""

from __future__ import annotations

from uuid import UUID

from carnet.hosting.bulk_wire import ErasedAnswer, ExportAnswer, FillAnswer, RecordCopy
from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Body, Entry, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.wire import AppendAnswer, BodiesRead, HeadAnswer, JournalPage, ReceiptAnswer
from carnet.journal.chain import genesis

CHECKS = Subject("copies")


@CHECKS.proves("SWITCH")
async def an_export_is_whole(host: HostUnderTest) -> None:
    """Records are exported in one answer, with their entries from the place asked on and the bodies they name."""
    left, right = host.new_record(), host.new_record()
    entries, bodies = await _kept(host, left)
    absent = new_body(right)
    other = entry_after(right, absent)
    await host.ask(orders.append(other), AppendAnswer)
    copies = (await host.ask(orders.export((left, 1, 0), (right, 1, 0)), ExportAnswer)).copies
    must([copy.record for copy in copies] == [left, right], "it exports other records than those asked")
    _is_copy(copies[0], entries, bodies, before=genesis(left))
    _is_copy(copies[1], [other], [], before=genesis(right))
    must(copies[1].lacking == (absent.id,), "an export does not say which body it lacks")
    rest = the_one((await host.ask(orders.export((left, 1, 2)), ExportAnswer)).copies, "copies of one record")
    _is_copy(rest, entries[2:], [], before=entries[1].head)


@CHECKS.proves("SWITCH")
async def an_export_fits(host: HostUnderTest) -> None:
    """No more is exported than was asked for; a record that does not fit alone comes without its contents, and says so.
    """
    records = [host.new_record() for _ in range(3)]
    for record in records:
        body = new_body(record, size=40_000)
        await host.ask(orders.put(body), ReceiptAnswer)
        await host.ask(orders.append(entry_after(record, body)), AppendAnswer)
    asked = [(record, 1, 0) for record in records]
    copies = (await host.ask(orders.export(*asked, most_bytes=100_000), ExportAnswer)).copies
    must(1 <= len(copies) <= 2 and all(copy.is_whole for copy in copies),
         f"of three records of 40 KB, asked for 100 KB at most, it exported {len(copies)}")
    copies = (await host.ask(orders.export(*asked, most_bytes=10_000), ExportAnswer)).copies
    must(len(copies) >= 1 and not copies[0].is_whole and not copies[0].bodies and not copies[0].entries,
         "a record that is larger than what was asked for at most does not come without contents")


@CHECKS.proves("SWITCH")
async def a_fill_is_all_or_nothing(host: HostUnderTest) -> None:
    """Filled with what it exported, under a later version, a host that erased a record has the same copy again."""
    record = host.new_record()
    entries, bodies = await _kept(host, record)
    await host.ask(orders.erase(record, 1), ReceiptAnswer)
    answer = await host.ask(orders.fill(entries, bodies, version=2), FillAnswer)
    result = the_one(answer.results, "results for one entry")
    must((result.status, result.place, result.head) == ("appended", 3, entries[-1].head),
         f"a fill that follows its head was answered {result.status} at place {result.place}")
    must(result.lacking == (), "it says that a body lacks which came with the entries")
    items = [list(item) for item in host.receipt(answer.receipt, "fill").items]
    must(items == [[str(record), 3, entries[-1].head.hex(), 0]], "the receipt of a fill does not say what it holds")
    given = await host.ask(orders.read(*bodies, version=2), BodiesRead)
    must(given.bodies == tuple(each.sealed for each in bodies), "a body that came with a fill is not given")
    page = await host.ask(orders.journal(record, version=2), JournalPage)
    must([(each.header, each.sealed) for each in page.entries] == [(each.header, each.sealed) for each in entries],
         "the journal after a fill is not what came with it")


@CHECKS.proves("CAS")
async def a_fill_is_compared_and_set(host: HostUnderTest) -> None:
    """A fill again is `already`; one that does not follow the host's head is a conflict, and brings no entry."""
    record = host.new_record()
    entries = chain(record, 4)
    for wanted in ("appended", "already"):
        result = the_one((await host.ask(orders.fill(entries[:2], []), FillAnswer)).results, "results for one entry")
        must(result.status == wanted, f"a fill was answered {result.status}, not {wanted}")
    rival = entry_after(entries[0])
    for first in (entries[3], rival):
        answer = await host.ask(orders.fill([first], []), FillAnswer)
        must(answer.results[0].status == "conflict", f"a fill out of its turn was answered {answer.results[0].status}")
        must(not host.receipt(answer.receipt, "fill").items, "it signed for a fill in conflict")
    head = await host.ask(orders.head(record), HeadAnswer)
    must((head.place, head.head) == (2, entries[1].head.hex()), "a fill in conflict changed its head")


@CHECKS.proves("TOMB")
async def what_was_erased_is_not_filled(host: HostUnderTest) -> None:
    """A fill under the version that was erased brings nothing back."""
    record = host.new_record()
    entries, bodies = await _kept(host, record)
    await host.ask(orders.erase(record, 1), ReceiptAnswer)
    answer = await host.do(orders.fill(entries, bodies))
    if answer.status != 410:
        said = answer.of(FillAnswer).results[0].status
        must(said == "erased", f"a fill of an erased record was answered {said}")
    given = await host.ask(orders.read(*bodies, version=2), BodiesRead)
    must(not any(given.bodies), "a fill that comes after the erasure brings a body back")


@CHECKS.proves("RELEASE")
async def many_are_erased_in_one_order(host: HostUnderTest) -> None:
    """One order erases several records, says of each how much went, leaves alone what was placed again, and signs."""
    one, two, later = host.new_record(), host.new_record(), host.new_record()
    await _kept(host, one)
    await host.ask(orders.append(entry_after(later), version=5), AppendAnswer)
    answer = await host.ask(orders.erase_all([(one, 1), (two, 1), (later, 2)]), ErasedAnswer)
    said = [(each.record, each.version, each.entries, each.bodies) for each in answer.items]
    must(said == [(one, 1, 3, 2), (two, 1, 0, 0)], "it does not say of each record how many entries and bodies went")
    must([(each.record, each.why) for each in answer.refused] == [(later, "placed_since")],
         "it does not say that it left a record alone that was placed there again since")
    items = [tuple(item) for item in host.receipt(answer.receipt, "erase").items]
    must(items == [(str(one), 1, 3, 2), (str(two), 1, 0, 0)], "its receipt does not say the same as its answer")
    for record in (one, two):
        status = (await host.do(orders.head(record))).status
        must(status == 410, f"the head of a record that it signed the erasure of was answered {status}")
    head = await host.ask(orders.head(later, version=5), HeadAnswer)
    must(head.place == 1, "an order for an older version erased what was placed there since")


async def _kept(host: HostUnderTest, record: UUID) -> tuple[list[Entry], list[Body]]:
    """Three entries, of which two name a body each."""
    bodies = [new_body(record), new_body(record)]
    first = entry_after(record, bodies[0])
    second = entry_after(first, bodies[1])
    entries = [first, second, entry_after(second)]
    await host.ask(orders.put(*bodies), ReceiptAnswer)
    await host.ask(orders.append(*entries), AppendAnswer)
    return entries, bodies


def _is_copy(copy: RecordCopy, entries: list[Entry], bodies: list[Body], *, before: bytes) -> None:
    must(copy.is_whole and (copy.place, copy.head) == (entries[-1].place, entries[-1].head),
         "an export does not say the host's own place and head, or says that a small record is not whole")
    must(copy.before == before, "an export does not say the head before its first entry")
    given = [(each.place, each.header, each.sealed) for each in copy.entries]
    must(given == [(each.place, each.header, each.sealed) for each in entries],
         "an export does not have the entries that follow the place asked, in order")
    must([each.sealed for each in copy.bodies] == [each.sealed for each in bodies],
         "an export does not have the bodies that its entries name, in order and unaltered")
