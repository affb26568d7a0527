"""Erasure: what a host was ordered to erase is gone, stays gone, and is signed for."""

from __future__ import annotations

from uuid import UUID

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import Body, Entry, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.wire import AppendAnswer, BodiesRead, HeadAnswer, JournalPage, ReceiptAnswer
from carnet.journal.chain import genesis

CHECKS = Subject("erase")


@CHECKS.proves("TOMB")
async def an_erasure_is_signed_for(host: HostUnderTest) -> None:
    """The receipt of an erasure says the record, the version, and how many entries and bodies went; again, the same."""
    record, _, _ = await _kept(host)
    for time in ("an erasure", "the same order again"):
        answer = await host.do(orders.erase(record, 1))
        must(answer.status == 200, f"{time} was answered {answer.told}")
        signed = host.receipt(answer.of(ReceiptAnswer).receipt, "erase")
        must([list(item) for item in signed.items] == [[str(record), 1, 2, 2]],
             f"the receipt of {time} does not say 2 entries and 2 bodies of this record and version")


@CHECKS.proves("TOMB")
async def what_was_erased_refuses_every_order(host: HostUnderTest) -> None:
    """After an erasure every order of that version or an older one is refused, and brings nothing back."""
    record, entries, bodies = await _kept(host, version=2)
    await host.ask(orders.erase(record, 2), ReceiptAnswer)
    for version in (2, 1):
        for order in (
            orders.put(bodies[0], version=version), orders.read(bodies[0], version=version),
            orders.head(record, version=version), orders.journal(record, version=version),
            orders.collect(record, genesis(record), 1, version=version),
        ):
            answer = await host.do(order)
            must(answer.status == 410, f"{answer.name} of an erased record was answered {answer.told}, not 410")
        answer = await host.do(orders.append(entries[0], version=version))
        result = the_one(answer.of(AppendAnswer).results, "results for one entry")
        must(result.status == "erased", f"an append to an erased record was answered {result.status}")
        must(not host.receipt(answer.of(AppendAnswer).receipt, "append").items, "it signed for an entry it refused")
    await _is_gone(host, record, bodies, version=3)


@CHECKS.proves("TOMB")
async def what_was_erased_is_gone(host: HostUnderTest) -> None:
    """Placed again under a later version, an erased record starts empty: none of its entries and bodies is left."""
    record, _, bodies = await _kept(host)
    await host.ask(orders.erase(record, 1), ReceiptAnswer)
    await _is_gone(host, record, bodies, version=2)
    entry = entry_after(record, *bodies)
    answer = await host.ask(orders.append(entry, version=2), AppendAnswer)
    must(sorted(answer.results[0].lacking) == sorted(each.id for each in bodies),
         "it says it holds a body of a record that it signed the erasure of")
    await _is_gone(host, record, bodies, version=2, place=1)


@CHECKS.proves("TOMB")
async def an_old_order_leaves_later_data_alone(host: HostUnderTest) -> None:
    """An order to erase that comes again, or late, does nothing to what was placed under a later version."""
    record, _, _ = await _kept(host)
    await host.ask(orders.erase(record, 1), ReceiptAnswer)
    entry, body = entry_after(record), new_body(record)
    await host.ask(orders.put(body, version=3), ReceiptAnswer)
    await host.do(orders.append(entry, version=3))
    answer = await host.do(orders.erase(record, 1))
    must(answer.status == 200, f"an order of erasure that was obeyed was answered {answer.told} when it came again")
    answer = await host.do(orders.erase(record, 2))
    must(answer.status == 409, f"an order to erase an older version than is here now was answered {answer.told}")
    head = await host.ask(orders.head(record, version=3), HeadAnswer)
    must((head.place, head.head, head.bodies) == (1, entry.head.hex(), 1), "an old order touched later data")


@CHECKS.proves("TOMB")
async def an_older_order_than_the_erasure_is_refused(host: HostUnderTest) -> None:
    """Once a later version was erased, an order to erase an earlier one is refused as erased."""
    record = host.new_record()
    await host.ask(orders.erase(record, 5), ReceiptAnswer)
    answer = await host.do(orders.erase(record, 4))
    must(answer.status == 410, f"an order to erase an earlier version than was erased was answered {answer.told}")


@CHECKS.proves("TOMB")
async def the_inventory_has_the_tombstone(host: HostUnderTest) -> None:
    """An erased record is in the inventory as a tombstone with its version, and no more as a record."""
    record, _, _ = await _kept(host)
    await host.ask(orders.erase(record, 1), ReceiptAnswer)
    page = await host.ask(orders.inventory(after=UUID(int=record.int - 1), limit=1), dict)
    must(not page["records"], "its inventory has a record that it signed the erasure of")
    must(page["tombstones"] == [{"record": str(record), "version": 1}], "its inventory does not have the tombstone")


async def _kept(host: HostUnderTest, *, version: int = 1) -> tuple[UUID, list[Entry], list[Body]]:
    """A record with two entries and two bodies."""
    record = host.new_record()
    bodies = [new_body(record), new_body(record)]
    [first] = chain(record, 1)
    entries = [first, entry_after(first, bodies[0])]
    await host.ask(orders.put(*bodies, version=version), ReceiptAnswer)
    await host.ask(orders.append(*entries, version=version), AppendAnswer)
    return record, entries, bodies


async def _is_gone(host: HostUnderTest, record: UUID, bodies: list[Body], *, version: int, place: int = 0) -> None:
    given = await host.ask(orders.read(*bodies, version=version), BodiesRead)
    must(given.bodies == (None, None), "it still gives a body of a record that it signed the erasure of")
    page = await host.ask(orders.journal(record, version=version), JournalPage)
    must(len(page.entries) == place, "it still gives entries of a record that it signed the erasure of")
    head = await host.ask(orders.head(record, version=version), HeadAnswer)
    must(head.place == place and (place > 0 or head.head == genesis(record).hex()),
         "a record it erased does not start again at head(0)")
    must(head.bodies == 0, "it counts bodies of a record that it signed the erasure of")
