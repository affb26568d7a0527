"""Export: what this host holds of many records, entries and bodies together, to be brought elsewhere.

Two statements for the whole call: the entries, whose headers say which bodies and how large, then the bodies that fit.
A body that cannot be given is said to be lacking: the other copy of the record has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import asyncpg
import msgspec

from carnet.host.bodies import Held, brought, mark_altered
from carnet.host.bulk_wire import ExportItem, FillBody
from carnet.host.errors import Erased
from carnet.host.store import Store
from carnet.host.tokens import Order
from carnet.journal.chain import body_id, genesis

# $2-4: records, versions, after which places; $5: the bytes of all entries that are read. A record whose entries alone
# are more is passed over; entries come as long as all of a record's fit.
_ENTRIES = """
WITH sized AS (
    SELECT rank, asked.record_id, after, place AS own_place, head AS own_head,
        erased_version >= asked.version AS is_erased, size <= $5 AS may_fit,
        sum(size) FILTER (WHERE size <= $5) OVER (ORDER BY rank) AS total
    FROM portal
    CROSS JOIN unnest($2::uuid[], $3::bigint[], $4::bigint[]) WITH ORDINALITY AS asked (record_id, version, after, rank)
    LEFT JOIN record ON record.record_id = asked.record_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(octet_length(header) + octet_length(sealed)), 0) AS size
        FROM entry WHERE entry.record_id = asked.record_id AND entry.place > asked.after
    ) AS entries
    WHERE epoch = $1
)
SELECT rank, own_place, own_head, is_erased, may_fit, may_fit AND total <= $5 AS fits, earlier.head AS head_before,
    entry.place, entry.header, entry.sealed
FROM sized
LEFT JOIN entry AS earlier ON earlier.record_id = sized.record_id AND earlier.place = sized.after
LEFT JOIN entry
    ON entry.record_id = sized.record_id AND entry.place > sized.after AND sized.may_fit AND sized.total <= $5
ORDER BY rank, entry.place
"""

_BODIES = """
SELECT rank, sealed, object FROM portal
CROSS JOIN unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS asked (record_id, body_id, rank)
LEFT JOIN body ON body.record_id = asked.record_id AND body.body_id = asked.body_id AND damaged_at IS NULL
WHERE epoch = $1
"""


class KeptEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry and its place."""

    place: int
    header: bytes
    sealed: bytes


class RecordCopy(msgspec.Struct, frozen=True):
    """What is held of one record after a place; `before` is the head there, `place` and `head` are this host's own."""

    record: UUID
    place: int
    head: bytes
    before: bytes
    entries: Sequence[KeptEntry] = ()
    bodies: Sequence[FillBody] = ()
    lacking: Sequence[bytes] = ()
    is_whole: bool = True


class _Named(msgspec.Struct):
    """Of a header, the bodies it names and their sizes. It was checked when it came."""

    bodies: tuple[tuple[str, int], ...] = ()


_names_in = msgspec.json.Decoder(_Named).decode


async def export(store: Store, order: Order[ExportItem], *, most_bytes: int) -> list[RecordCopy]:
    """Copies of the first of the records, as many as fit; one that could never fit alone comes without its contents.

    Raises Erased if one of the records was erased.
    """
    try:
        return await _export(store, order.epoch, order.items, most_bytes=most_bytes)
    except asyncpg.DataCorruptedError:      # PostgreSQL finds a page damaged: give what comes before that record.
        items = order.items
        if len(items) > 1:
            return await export(store, Order(order.epoch, items[: len(items) // 2]), most_bytes=most_bytes)
        return await _export(store, order.epoch, items, most_bytes=-1)


async def _export(store: Store, epoch: int, items: Sequence[ExportItem], *, most_bytes: int) -> list[RecordCopy]:
    rows = await store.fetch(
        epoch, _ENTRIES, [item.record for item in items], [item.version for item in items],
        [item.after for item in items], most_bytes)
    if any(row["is_erased"] for row in rows):
        raise Erased([items[rank - 1].record for rank in sorted({row["rank"] for row in rows if row["is_erased"]})])
    copies: list[RecordCopy] = []
    wanted: list[tuple[int, UUID, bytes]] = []      # the copy, its record, and a body that it names
    bytes_left = most_bytes
    for rank, group in groupby(rows, key=itemgetter("rank")):
        entries = list(group)
        copy, names, size = _described(items[rank - 1], entries)
        if not entries[0]["may_fit"] or size > most_bytes:
            copies.append(msgspec.structs.replace(copy, entries=(), is_whole=False))
        elif not entries[0]["fits"] or size > bytes_left:
            break
        else:
            bytes_left -= size
            wanted += [(len(copies), copy.record, name) for name in names]
            copies.append(copy)
    return await _with_bodies(store, epoch, copies, wanted)


def _described(item: ExportItem, rows: Sequence[asyncpg.Record]) -> tuple[RecordCopy, list[bytes], int]:
    """The copy without its bodies, the bodies it names, once each and in order, and what all that weighs."""
    first = rows[0]
    entries = [KeptEntry(row["place"], row["header"], row["sealed"]) for row in rows if row["place"] is not None]
    sizes: dict[bytes, int] = {}
    for entry in entries:
        sizes |= _bodies_named(entry.header)
    own_head = first["own_head"] or genesis(item.record)
    before = first["head_before"] or (genesis(item.record) if item.after == 0 else own_head)
    copy = RecordCopy(item.record, first["own_place"] or 0, own_head, before, entries)
    size = sum(len(entry.header) + len(entry.sealed) for entry in entries) + sum(sizes.values())
    return copy, list(sizes), size


def _bodies_named(header: bytes) -> dict[bytes, int]:
    try:
        return {bytes.fromhex(name): size for name, size in _names_in(header).bodies}
    except (msgspec.MsgspecError, ValueError):
        return {}       # Altered here: whoever gets the copy sees that it does not lead to its head.


async def _with_bodies(
    store: Store, epoch: int, copies: list[RecordCopy], wanted: Sequence[tuple[int, UUID, bytes]]
) -> list[RecordCopy]:
    if not wanted:
        return copies
    held = [Held(record, name, None, None) for _, record, name in wanted]
    for row in await store.fetch(epoch, _BODIES, [record for _, record, _ in wanted], [name for *_, name in wanted]):
        held[row["rank"] - 1] = held[row["rank"] - 1]._replace(sealed=row["sealed"], object=row["object"])
    found = await brought(store, held)
    altered = []
    bodies: list[list[FillBody]] = [[] for _ in copies]
    lacking: list[list[bytes]] = [[] for _ in copies]
    for (number, record, name), sealed in zip(wanted, found, strict=True):
        if sealed is not None and body_id(sealed) == name:
            bodies[number].append(FillBody(name, sealed))
            continue
        lacking[number].append(name)
        if sealed is not None:
            altered.append((record, name))
    await mark_altered(store, epoch, altered)
    return [
        msgspec.structs.replace(copy, bodies=each, lacking=missing)
        for copy, each, missing in zip(copies, bodies, lacking, strict=True)
    ]
