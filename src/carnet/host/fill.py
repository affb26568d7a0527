"""Fill: many records at once, each with its entries and their bodies, of each record all or nothing.

What is new is compared and set as an append is. In the usual case, where this host knows none of the records or holds
just what comes before, one statement takes the whole call.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from carnet.errors import InvalidInput, Issue
from carnet.host.bulk_wire import FillCopy, FillItem
from carnet.host.chains import Entry, Position, Result, checked, is_chain
from carnet.host.settle import Bodies, Body, Chains, absent, settle, settle_with_care
from carnet.host.store import Store
from carnet.host.tokens import Order
from carnet.journal.chain import body_id


class Filled(msgspec.Struct, frozen=True):
    """What became of a copy, and how many of its entries were new here."""

    result: Result
    appended: int


async def fill(
    store: Store, order: Order[FillItem], asked: Sequence[FillCopy], *, most_header_bytes: int
) -> list[Filled]:
    """One result per record, in order; what is new, or already here, is durable with all its bodies.

    Raises InvalidInput if a body is not what it is named, a header is not one of this record, or a record comes twice.
    Raises BodyStoreAway.
    """
    chains: dict[UUID, list[Entry]] = {}
    bodies: dict[UUID, list[Body]] = {}
    for rank, (copy, item) in enumerate(zip(asked, order.items, strict=True)):
        if copy.record in chains:
            raise InvalidInput(Issue("value", "a record is there twice", f"copies[{rank}]"))
        chains[copy.record] = _chain(copy, item, most_header_bytes=most_header_bytes, where=f"copies[{rank}]")
        bodies[copy.record] = _bodies(copy, item, where=f"copies[{rank}]")
    come = [(record, body.id, body.sealed) for record, each in bodies.items() for body in each if body.sealed]
    async with store.outside.written(come) as objects:
        if objects:
            bodies = {record: [_elsewhere(body, objects.get((record, body.id))) for body in each]
                      for record, each in bodies.items()}
        return await _filled(store, order.epoch, asked, chains, bodies)


async def _filled(
    store: Store, epoch: int, asked: Sequence[FillCopy], chains: Chains, bodies: Bodies
) -> list[Filled]:
    moved = await settle(
        store, epoch, {record: each for record, each in chains.items() if is_chain(each)}, bodies)
    filled = {
        record: Filled(Result("appended", chains[record][-1].place, chains[record][-1].head), len(chains[record]))
        for record in moved
    }
    for record in chains.keys() - moved:
        results = await settle_with_care(store, epoch, chains[record], bodies[record], only_whole=True)
        filled[record] = _as_one(results)
    due = {
        record: _names_elsewhere(chains[record], bodies[record])
        for record, each in filled.items() if each.result.is_here
    }
    lacking = await absent(store, epoch, [name for names in due.values() for name in names])
    return [
        _lacking(filled[copy.record], [name for name in due.get(copy.record, ()) if name in lacking]) for copy in asked
    ]


def _chain(copy: FillCopy, item: FillItem, *, most_header_bytes: int, where: str) -> list[Entry]:
    entries: list[Entry] = []
    place, previous = copy.place, copy.previous
    for rank, each in enumerate(copy.entries):
        entry = checked(
            Position(copy.record, item.version, place, previous), each.header, each.sealed,
            most_header_bytes=most_header_bytes, where=f"{where}.entries[{rank}]")
        entries.append(entry)
        place, previous = place + 1, entry.head
    return entries


def _bodies(copy: FillCopy, item: FillItem, *, where: str) -> list[Body]:
    once = {body.id: Body(body.id, body.sealed, item.ticket_end) for body in copy.bodies}
    for rank, body in enumerate(copy.bodies):
        if body_id(body.sealed) != body.id:
            raise InvalidInput(Issue("value", "the sealed bytes do not hash to the id", f"{where}.bodies[{rank}]"))
    return list(once.values())


def _elsewhere(body: Body, kept_as: UUID | None) -> Body:
    return body if kept_as is None else msgspec.structs.replace(body, sealed=None, object=kept_as)


def _as_one(results: Sequence[Result]) -> Filled:
    """What is to be said of a record whose entries were judged one by one: all are here, or none was taken."""
    appended = sum(result.status == "appended" for result in results)
    last = results[-1]
    return Filled(msgspec.structs.replace(last, status="appended" if appended else last.status), appended)


def _names_elsewhere(chain: Sequence[Entry], came: Sequence[Body]) -> list[tuple[UUID, bytes]]:
    """Bodies these entries name that did not come with them."""
    ids = {body.id for body in came}
    return [(entry.record, name) for entry in chain for name in entry.names if name not in ids]


def _lacking(filled: Filled, names: Sequence[tuple[UUID, bytes]]) -> Filled:
    if not names:
        return filled
    return Filled(msgspec.structs.replace(filled.result, lacking=tuple(name for _, name in names)), filled.appended)
