"""Collection: a host removes bodies on order only, at the head it was ordered at, and only what no entry can name."""

from __future__ import annotations

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import ENDED, Body, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.wire import BodiesRead, CollectAnswer, ReceiptAnswer
from carnet.journal.chain import genesis

CHECKS = Subject("collection")


@CHECKS.proves("FENCE")
async def what_ended_is_collected(host: HostUnderTest) -> None:
    """Ordered at its head, the host removes what no entry names and whose ticket ended, says which, and signs it."""
    record = host.new_record()
    named, ended, other = (new_body(record, ticket_end=ENDED) for _ in range(3))
    await host.ask(orders.put(named, ended, other), ReceiptAnswer)
    entry = entry_after(record, named)
    await host.do(orders.append(entry))
    answer = await host.ask(orders.collect(record, entry.head, ENDED), CollectAnswer)
    must(sorted(answer.collected) == sorted((ended.id, other.id)),
         f"it collected {len(answer.collected)} bodies of the 2 that no entry names and whose ticket ended")
    signed = host.receipt(answer.receipt, "collect")
    must([item[1] for item in signed.items] == [each.hex() for each in answer.collected], "its receipt says others")
    await _has(host, named, True, "a body that an entry names is gone after a collection")
    await _has(host, ended, False, "a body that it says it collected is still given")


@CHECKS.proves("FENCE")
async def nothing_goes_before_its_ticket_ends(host: HostUnderTest) -> None:
    """A body whose ticket ends after the time of the order stays; the greatest end that was given counts."""
    record = host.new_record()
    body, longer = new_body(record, ticket_end=ENDED + 10), new_body(record, ticket_end=ENDED)
    await host.ask(orders.put(body, longer), ReceiptAnswer)
    await host.ask(orders.put(Body(record, longer.sealed, ENDED + 10)), ReceiptAnswer)
    await host.ask(orders.put(longer), ReceiptAnswer)
    answer = await host.ask(orders.collect(record, genesis(record), ENDED + 9), CollectAnswer)
    must(not answer.collected, "it says it collected a body before the end of its ticket")
    await _has(host, body, True, "it removed a body before the end of its ticket")
    await _has(host, longer, True, "it removed a body before the greatest end that was given for it")
    answer = await host.ask(orders.collect(record, genesis(record), ENDED + 10), CollectAnswer)
    must(len(answer.collected) == 2, "at the end of their tickets it did not collect two bodies that no entry names")


@CHECKS.proves("FENCE")
async def at_another_head_nothing_goes(host: HostUnderTest) -> None:
    """An order for another head than the host's is a conflict, says the host's place and head, and removes nothing."""
    record = host.new_record()
    body, entry = new_body(record, ticket_end=ENDED), entry_after(record)
    await host.ask(orders.put(body), ReceiptAnswer)
    await host.do(orders.append(entry))
    for head in (genesis(record), entry_after(entry).head):
        answer = await host.do(orders.collect(record, head, ENDED))
        must(answer.status == 409, f"ordered to collect at another head than its own it answered {answer.told}")
        said = answer.read_as(dict)
        must((said.get("place"), said.get("head")) == (1, entry.head.hex()), "the conflict does not say its own head")
    await _has(host, body, True, "it removed a body at another head than it was ordered at")


@CHECKS.proves("FENCE")
async def what_an_entry_names_is_never_collected(host: HostUnderTest) -> None:
    """A body that came after the entry that names it, with a ticket that ended, is not collected."""
    record = host.new_record()
    body = new_body(record, ticket_end=ENDED)
    entry = entry_after(record, body)
    await host.do(orders.append(entry))
    await host.ask(orders.put(body), ReceiptAnswer)
    answer = await host.ask(orders.collect(record, entry.head, ENDED + 1_000_000), CollectAnswer)
    must(not answer.collected, "it collected a body that an entry names")
    await _has(host, body, True, "it removed a body that an entry names")


async def _has(host: HostUnderTest, body: Body, wanted: bool, otherwise: str) -> None:
    given = the_one((await host.ask(orders.read(body), BodiesRead)).bodies, "bodies for one")
    must((given == body.sealed) == wanted, otherwise)
