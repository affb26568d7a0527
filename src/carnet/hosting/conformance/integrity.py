"""Integrity: what a host gives is what it got, what it signs is what it did, and it can show that it holds it."""

from __future__ import annotations

from carnet.errors import IntegrityError
from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import ENDED, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import Answer, HostUnderTest
from carnet.hosting.conformance.must import must
from carnet.hosting.tokens import verify_receipt
from carnet.hosting.wire import AppendAnswer, BodiesRead, CollectAnswer, JournalPage, ReceiptAnswer
from carnet.journal.chain import body_id, genesis

CHECKS = Subject("integrity")


@CHECKS.proves("Entry and head")
async def bodies_hash_to_their_names(host: HostUnderTest) -> None:
    """Twenty bodies, read twice over, hash to their names each time: nothing was altered."""
    record = host.new_record()
    bodies = [new_body(record, size=1 + 977 * number) for number in range(20)]
    await host.ask(orders.put(*bodies), ReceiptAnswer)
    await host.ask(orders.put(*bodies), ReceiptAnswer)
    for _ in range(2):
        given = (await host.ask(orders.read(*bodies), BodiesRead)).bodies
        lost = [each for each in given if each is None]
        must(not lost, f"of 20 bodies that it signed to have put away, it does not give {len(lost)}")
        altered = [each for each, body in zip(given, bodies, strict=True) if body_id(each or b"") != body.id]
        must(not altered, f"of 20 bodies it gives {len(altered)} that do not hash to their names: they were altered")


@CHECKS.proves("Entry and head")
async def entries_come_back_byte_for_byte(host: HostUnderTest) -> None:
    """Headers and sealed parts, small and large, are given exactly as they were sent."""
    record = host.new_record()
    bodies = [new_body(record) for _ in range(50)]
    first = entry_after(record, *bodies, size=1)
    entries = [first, entry_after(first, size=2**20)]
    await host.ask(orders.append(*entries), AppendAnswer)
    page = await host.ask(orders.journal(record), JournalPage)
    must([(each.header, each.sealed) for each in page.entries] == [(each.header, each.sealed) for each in entries],
         "it gives an entry whose header or sealed part is not what was sent")


@CHECKS.proves("Orders and receipts")
async def receipts_say_what_was_done(host: HostUnderTest) -> None:
    """A receipt of put, append and collect names what was done, in the order asked, and is signed by the host."""
    record = host.new_record()
    named, ended = new_body(record, ticket_end=ENDED), new_body(record, ticket_end=ENDED)
    first = entry_after(record, named)
    second = entry_after(first)
    answer = await host.ask(orders.put(ended, named), ReceiptAnswer)
    _says(host, answer.receipt, "put", [[str(record), ended.id.hex()], [str(record), named.id.hex()]])
    appended = await host.ask(orders.append(first, second), AppendAnswer)
    _says(host, appended.receipt, "append",
          [[str(record), 1, first.head.hex()], [str(record), 2, second.head.hex()]])
    collected = await host.ask(orders.collect(record, second.head, ENDED), CollectAnswer)
    _says(host, collected.receipt, "collect", [[str(record), ended.id.hex()]])


@CHECKS.proves("Orders and receipts")
async def nothing_is_signed_that_was_not_done(host: HostUnderTest) -> None:
    """A receipt does not name an entry in conflict, or a body that was not collected; a refusal has no receipt."""
    record = host.new_record()
    body = new_body(record)
    first, _, third = chain(record, 3)
    await host.ask(orders.put(body), ReceiptAnswer)
    for order in (orders.append(first, third), orders.append(third)):
        answer = await host.do(order)
        signed = host.receipt(answer.read_as(AppendAnswer).receipt, "append")
        must([item[2] for item in signed.items if item[1] != 1] == [],
             "it signed for an entry that was in conflict and is not there")
    must(len(host.receipt(answer.read_as(AppendAnswer).receipt, "append").items) == 0,
         "it signed for an append that it did not do")
    page = await host.ask(orders.journal(record), JournalPage)
    must(len(page.entries) == 1, "an entry that was in conflict is in its journal")
    collected = await host.ask(orders.collect(record, first.head, ENDED), CollectAnswer)
    must(not host.receipt(collected.receipt, "collect").items, "it signed for the collection of a body that it kept")
    refused = await host.send(orders.put(new_body(record)), "no token")
    must(not _has_receipt(refused), "it signed for a put that it refused")


@CHECKS.proves("Orders and receipts")
async def receipts_are_signed_with_its_key(host: HostUnderTest) -> None:
    """A receipt verifies with the host's receipt key, and is spoilt by any change."""
    body = new_body(host.new_record())
    receipt = (await host.ask(orders.put(body), ReceiptAnswer)).receipt
    host.receipt(receipt, "put")
    place = receipt.index(".") + 12
    altered = receipt[:place] + ("A" if receipt[place] != "A" else "B") + receipt[place + 1:]
    try:
        verify_receipt(altered, host.target.host_id, host.target.receipt_key)
    except IntegrityError:
        return
    must(False, "a receipt that was altered still verifies: the key that was told verifies anything")


@CHECKS.proves("Entry and head")
async def a_put_again_changes_nothing(host: HostUnderTest) -> None:
    """A body and an entry that are there, sent again, are there once and unaltered, and count once."""
    record = host.new_record()
    body = new_body(record)
    entry = entry_after(record, body)
    for _ in range(2):
        await host.ask(orders.put(body, body), ReceiptAnswer)
        await host.ask(orders.append(entry), AppendAnswer)
    head = await host.ask(orders.head(record), dict)
    must((head["place"], head["bodies"], head["lacking"]) == (1, 1, []), "what was sent twice is there more than once")
    given = (await host.ask(orders.read(body), BodiesRead)).bodies
    must(given == (body.sealed,), "a body that was put twice is not what it was")
    must((await host.ask(orders.journal(record), JournalPage)).head == genesis(record), "its journal does not start")


@CHECKS.proves("BODIES")
async def it_verifies_itself(host: HostUnderTest) -> None:
    """Asked to read again all it has of a sound record, it finds no damage, and says the same head."""
    record = host.new_record()
    body = new_body(record)
    first = entry_after(record, body)
    entries = [first, entry_after(first)]
    await host.ask(orders.put(body), ReceiptAnswer)
    await host.ask(orders.append(*entries), AppendAnswer)
    head = await host.ask(orders.head(record, query="?verify=true"), dict)
    must((head["place"], head["head"], head["lacking"]) == (2, entries[1].head.hex(), []),
         "after reading a sound record again it says another head, or that a body lacks")
    must(head.get("damaged") == [], f"after reading a sound record again it says damaged: {head.get('damaged')!r}")


def _says(host: HostUnderTest, receipt: str, method: str, items: list[list[object]]) -> None:
    said = [list(item)[:len(items[0])] for item in host.receipt(receipt, method).items]
    must(said == items, f"its receipt of {method} does not name what was done, in the order asked")


def _has_receipt(answer: Answer) -> bool:
    return b"receipt" in answer.raw
