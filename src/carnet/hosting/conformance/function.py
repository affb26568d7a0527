"""Function: what the portal needs every day, asked by the portal's own client where it is the one to believe."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

from carnet.hosting.conformance import orders
from carnet.hosting.conformance.chains import ENDED, Entry, chain, entry_after, new_body
from carnet.hosting.conformance.check import Subject
from carnet.hosting.conformance.client import HostUnderTest, status_of
from carnet.hosting.conformance.must import must, the_one
from carnet.hosting.wire import (
    BodiesRead,
    BodyAt,
    BodyToPut,
    EntryToAppend,
    HeadAnswer,
    InventoryLine,
    InventoryPage,
    ReceiptAnswer,
    UnnamedAnswer,
)
from carnet.journal.chain import SealedEntry, genesis, verify_suffix

CHECKS = Subject("function")
_CLOCK_SECONDS = 5
_PATHS = {
    "/v1/bodies", "/v1/bodies/read", "/v1/entries", "/v1/records/{record}/head", "/v1/records/{record}/entries",
    "/v1/records/{record}/collect", "/v1/records/{record}/erase", "/v1/inventory", "/v1/unnamed", "/v1/status",
    "/v1/export", "/v1/fill", "/v1/erase", "/v1/challenge", "/v1/counts/{day}", "/v1/witness",
}


@CHECKS.proves("Orders and receipts")
async def status_says_who_it_is(host: HostUnderTest) -> None:
    """The host says its id, its receipt key and its state to anybody, as it was told."""
    status = await status_of(host)
    must(status.host == host.target.host_id, f"it says it is {status.host!r}, and is to be {host.target.host_id!r}")
    key = urlsafe_b64encode(host.target.receipt_key).rstrip(b"=").decode()
    must(status.receipt_key == key, "the receipt key it shows is not the one that was told")
    must(status.state in ("active", "read_only", "full"), f"its state is {status.state!r}, which is none")
    must(bool(status.boot), "its boot id is empty")


@CHECKS.proves("Orders and receipts")
async def describes_all_its_calls(host: HostUnderTest) -> None:
    """The host serves its own OpenAPI document, with every call of the host API in it."""
    document: dict[str, Any] = (await host.call("GET", "/openapi.json")).of(dict)
    lacking = sorted(_PATHS - set(document.get("paths", {})))
    must(not lacking, f"its OpenAPI document does not have {', '.join(lacking)}")


@CHECKS.proves("TWO")
async def active_means_that_it_writes(host: HostUnderTest) -> None:
    """A host that says it is active takes bodies and entries."""
    status, record = await status_of(host), host.new_record()
    must(status.state == "active", f"its state is {status.state}: a host is checked, and accredited, while active")
    for order in (orders.put(new_body(record)), orders.append(entry_after(record))):
        answer = await host.do(order)
        must(answer.status == 200, f"it says it is active, and {answer.name} was answered {answer.told}")


@CHECKS.proves("Orders and receipts")
async def its_clock_is_right(host: HostUnderTest) -> None:
    """A receipt says when it was given, within five seconds of the clock of this check."""
    before = host.signer.now()
    answer = await host.ask(orders.put(new_body(host.new_record())), ReceiptAnswer)
    at, after = host.receipt(answer.receipt, "put").at, host.signer.now()
    early, late = before - _CLOCK_SECONDS - at, at - after - _CLOCK_SECONDS
    must(early <= 0 and late <= 0, f"its clock is {max(early, late) + _CLOCK_SECONDS:.0f} s from that of this check")


@CHECKS.proves("Orders and receipts")
async def every_answer_names_the_start(host: HostUnderTest) -> None:
    """Each answer, refusals too, carries the boot id of this start of the host."""
    boot = (await status_of(host)).boot
    record = host.new_record()
    answers = [
        await host.do(orders.head(record)), await host.do(orders.put(new_body(record))),
        await host.send(orders.head(record), ""), await host.call("GET", "/v1/nothing-of-this-name")]
    for answer in answers:
        named = answer.headers.get("carnet-boot")
        must(named == boot, f"{answer.name} was answered {answer.status} with Carnet-Boot {named!r}, not {boot!r}")


@CHECKS.proves("TWO")
async def a_body_comes_back_as_it_was_put(host: HostUnderTest) -> None:
    """Bodies of one byte, 30 KB and 900 KB are kept and come back byte for byte, in the order asked."""
    record, other = host.new_record(), host.new_record()
    bodies = [new_body(record, size=size) for size in (1, 30_000, 900_000)] + [new_body(other)]
    async with host.portal_client() as client:
        for each in bodies:
            await client.put(BodyToPut(each.record, 1, each.id, each.sealed, each.ticket_end))
        for each in reversed(bodies):
            sealed = await client.read(BodyAt(each.record, 1, each.id))
            must(sealed == each.sealed, f"a body of {len(each.sealed)} bytes that it put away did not come back")
    absent = new_body(record)
    given = await host.ask(orders.read(bodies[1], absent, bodies[0], bodies[3]), BodiesRead)
    wanted = (bodies[1].sealed, None, bodies[0].sealed, bodies[3].sealed)
    must(given.bodies == wanted, "bodies asked together did not come in the order asked, with nil for one never put")


@CHECKS.proves("BODIES")
async def a_body_is_of_its_record_alone(host: HostUnderTest) -> None:
    """A body put for one record is not given for another."""
    body = new_body(host.new_record())
    await host.ask(orders.put(body), ReceiptAnswer)
    asked = orders.read(type(body)(host.new_record(), body.sealed))
    must((await host.ask(asked, BodiesRead)).bodies == (None,), "it gave a body under a record it was not put for")


@CHECKS.proves("CAS")
async def entries_lead_to_the_head(host: HostUnderTest) -> None:
    """What was appended is read again, in pieces too, and leads from head(0) to the head that the host says."""
    record = host.new_record()
    entries = chain(record, 7)
    async with host.portal_client() as client:
        await client.append_all([_to_append(each) for each in entries])
        head = await client.head(record, 1)
        must((head.place, head.head) == (7, entries[-1].head.hex()),
             f"after 7 entries its head is at place {head.place}, or is not the hash of what was appended")
        for after, limit in ((0, 500), (0, 3), (3, 2), (5, 500), (7, 10)):
            page = await client.journal(record, 1, after=after, limit=limit)
            wanted = entries[after:after + limit]
            before = entries[after - 1].head if after else genesis(record)
            last = wanted[-1].head if wanted else before
            must(page.head == before, f"the head it gives before place {after + 1} is not the one there")
            given = [SealedEntry(each.header, each.sealed) for each in page.entries]
            must(len(given) == len(wanted) and page.place == 7,
                 f"it gave {len(given)} entries after place {after} with a limit of {limit}, not {len(wanted)}")
            verify_suffix(record, before, given, head=last)


@CHECKS.proves("HEAD")
async def the_head_is_the_last_one(host: HostUnderTest) -> None:
    """After each append the host's head is the new one, at once, in every call that tells it."""
    record, last = host.new_record(), None
    for _ in range(3):
        last = entry_after(last or record)
        await host.do(orders.append(last))
        head = await host.ask(orders.head(record), HeadAnswer)
        before = f"it answers the head of place {head.place} after the entry at place {last.place} was appended"
        must((head.place, head.head) == (last.place, last.head.hex()), before)
        line = await _line(host, record)
        must((line.place, line.head) == (last.place, last.head.hex()), "its inventory has an older head than its own")


@CHECKS.proves("BODIES")
async def what_it_lacks_is_told(host: HostUnderTest) -> None:
    """A body that an entry names and the host has not is told by append, head and inventory, until it is put."""
    record = host.new_record()
    held, absent = new_body(record), new_body(record)
    entry = entry_after(record, held, absent)
    await host.ask(orders.put(held), ReceiptAnswer)
    async with host.portal_client() as client:
        result = (await client.append_all([_to_append(entry)]))[0]
        must(result.lacking == (absent.id,), "its answer to an append does not name the body it lacks, and only that")
        head = await client.head(record, 1)
        must(head.lacking == (absent.id.hex(),), "its head does not say which body it lacks")
    line = await _line(host, record)
    must((line.bodies, line.lacking) == (1, 1), "its inventory does not count one body held and one lacking")
    await host.ask(orders.put(absent), ReceiptAnswer)
    head = await host.ask(orders.head(record), HeadAnswer)
    must(head.lacking == () and head.bodies == 2, "it says that a body lacks which was put since")


@CHECKS.proves("ALLHOSTS")
async def the_inventory_is_whole_and_in_order(host: HostUnderTest) -> None:
    """Page by page, every record is in the inventory once, by record id, with its version, head and bodies."""
    records = host.new_records(7)
    last: dict[Any, Entry] = {}
    for record in records:
        last[record] = entry_after(record)
        await host.do(orders.append(last[record], version=3))
    for limit in (1, 3, 1000):
        lines: list[InventoryLine] = []
        after = records[0].int - 1
        while after < records[-1].int and len(lines) <= len(records):
            page = await _inventory_after(host, after, limit)
            must(len(page.records) <= limit, f"a page of {limit} has {len(page.records)} records")
            lines += [each for each in page.records if each.record in last]
            if page.next is None:
                break
            must(page.next.int > after, "the `next` of a page does not go on")
            after = page.next.int
        missing = [record for record in records if record not in {each.record for each in lines}]
        must(not missing, f"its inventory, in pages of {limit}, leaves out {len(missing)} of 7 records that it holds")
        must([each.record for each in lines] == records, f"its inventory, in pages of {limit}, is not in order")
        for line in lines:
            must((line.version, line.place, line.head) == (3, 1, last[line.record].head.hex()),
                 "its inventory does not say the version and the head of a record as they are")


@CHECKS.proves("FENCE")
async def unnamed_bodies_are_told(host: HostUnderTest) -> None:
    """Records with a body that no entry names are told once the ticket ended, and no others."""
    forgotten, waiting, named = host.new_records(3)
    kept = new_body(named, ticket_end=ENDED)
    await host.ask(orders.put(new_body(forgotten, ticket_end=ENDED), new_body(waiting), kept), ReceiptAnswer)
    await host.do(orders.append(entry_after(named, kept)))
    told = (await host.ask(orders.unnamed(ENDED + 1), UnnamedAnswer)).records
    must(forgotten in told, "it does not tell of a record with a body that no entry names and whose ticket ended")
    must(waiting not in told, "it tells of a body whose ticket did not end yet")
    must(named not in told, "it tells of a body that an entry names")
    told = (await host.ask(orders.unnamed(ENDED), UnnamedAnswer)).records
    must(forgotten not in told, "asked for tickets that ended before a time, it tells of one that ended at that time")


async def _line(host: HostUnderTest, record: UUID) -> InventoryLine:
    """What the inventory says of one record, asked for by the place it must be at."""
    page = await _inventory_after(host, record.int - 1, 1)
    return the_one([each for each in page.records if each.record == record], "lines for a record in its inventory")


async def _inventory_after(host: HostUnderTest, after: int, limit: int) -> InventoryPage:
    return await host.ask(orders.inventory(after=UUID(int=after), limit=limit), InventoryPage)


def _to_append(entry: Entry) -> EntryToAppend:
    return EntryToAppend(entry.record, 1, entry.place, entry.previous, entry.header, entry.sealed)
