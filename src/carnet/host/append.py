"""Append: entries go one after the other, each after the head its sender saw.

It compares and sets: equal heads, stored; already stored, the same answer; anything else is a conflict, answered with
this host's own place and head. What comes again and was lost or altered here is stored again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec

from carnet.host.chains import Entry, Position, Result, checked, is_chain
from carnet.host.settle import absent, settle, settle_with_care
from carnet.host.store import Store
from carnet.host.tokens import Order
from carnet.host.wire import AppendEntry, AppendItem


async def append(
    store: Store, order: Order[AppendItem], asked: Sequence[AppendEntry], *, most_header_bytes: int
) -> list[Result]:
    """One result per entry, in order; what was appended is durable. Raises InvalidInput if a header is not one."""
    chains: dict[UUID, list[Entry]] = {}
    entries = []
    for rank, (entry, item) in enumerate(zip(asked, order.items, strict=True)):
        position = Position(entry.record, item.version, entry.place, entry.previous)
        entries.append(checked(
            position, entry.header, entry.sealed, most_header_bytes=most_header_bytes, where=f"entries[{rank}]"))
        chains.setdefault(entry.record, []).append(entries[-1])
    moved = await settle(store, order.epoch, {record: each for record, each in chains.items() if is_chain(each)}, {})
    results: dict[UUID, Iterator[Result]] = {
        record: iter([Result("appended", entry.place, entry.head) for entry in chains[record]]) for record in moved
    }
    for record in chains.keys() - moved:
        results[record] = iter(await settle_with_care(store, order.epoch, chains[record], (), only_whole=False))
    return await _with_lacking(store, order.epoch, [(entry, next(results[entry.record])) for entry in entries])


async def _with_lacking(store: Store, epoch: int, results: Sequence[tuple[Entry, Result]]) -> list[Result]:
    """The same, with the bodies that entries name and that are not held."""
    lacking = await absent(
        store, epoch, [(entry.record, name) for entry, result in results if result.is_here for name in entry.names])
    return [
        msgspec.structs.replace(result, lacking=tuple(name for name in entry.names if (entry.record, name) in lacking))
        if result.is_here
        else result
        for entry, result in results
    ]
