"""Verify: all that is held of a record is read again, and what was lost or altered is told.

A body that is damaged is marked, and is lacking from then on. A damaged entry is told by its place: an append of the
right one mends it. Bodies that entries name and that were forgotten to be named are named again.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from carnet.errors import InvalidInput
from carnet.host.bodies import mark_altered, mark_unreadable
from carnet.host.damage import readable
from carnet.host.outside import Kept
from carnet.host.store import LOCK, Store
from carnet.journal.chain import Header, genesis

_AT_ONCE = 200
_PLACE = "SELECT place FROM portal LEFT JOIN record ON record_id = $2 WHERE epoch = $1"

# An entry is whole when it leads from the head kept before it to its own, and the last one to the copy's head. One
# whose predecessor is lost is told too: nothing says that it is right.
_ENTRIES = """
SELECT coalesce(sha256(coalesce(earlier.head, CASE asked.place WHEN 1 THEN $4::bytea END) || here.header || here.sealed)
    = here.head AND (ours.place <> asked.place OR ours.head = here.head), false) AS is_whole, here.header
FROM portal CROSS JOIN unnest($3::bigint[]) WITH ORDINALITY AS asked (place, rank)
LEFT JOIN record AS ours ON ours.record_id = $2
LEFT JOIN entry AS here ON here.record_id = $2 AND here.place = asked.place
LEFT JOIN entry AS earlier ON earlier.record_id = $2 AND earlier.place = asked.place - 1
WHERE epoch = $1
ORDER BY rank
"""
_NAME = """
WITH named AS (
    INSERT INTO named_body (record_id, body_id) SELECT $2, body_id FROM unnest($3::bytea[]) AS names (body_id)
    ON CONFLICT DO NOTHING
)
SELECT FROM portal WHERE epoch = $1
"""
_HELD = """
SELECT body_id FROM portal LEFT JOIN body ON record_id = $2 AND damaged_at IS NULL WHERE epoch = $1 ORDER BY body_id
"""
_BODIES = """
SELECT octet_length(sealed) AS size, sha256(sealed) = body.body_id AS is_whole, object
FROM portal CROSS JOIN unnest($3::bytea[]) WITH ORDINALITY AS asked (body_id, rank)
LEFT JOIN body ON record_id = $2 AND body.body_id = asked.body_id
WHERE epoch = $1
ORDER BY rank
"""


class Verified(msgspec.Struct, frozen=True):
    """The places whose entry is lost or not right, and how many bodies, of how many bytes, were hashed."""

    damaged: tuple[int, ...]
    bodies: int
    size: int


async def verify(store: Store, epoch: int, record: UUID) -> Verified:
    """Read all entries and bodies of this record, and mark the bodies that are not what they are named."""
    damaged, names = await _entries(store, epoch, record)
    async with store.transaction(epoch) as connection:
        ours = await connection.fetchrow(LOCK, record)
        if ours and ours["place"]:      # not erased meanwhile
            await connection.execute(_NAME, epoch, record, list(names))
    sizes = await _bodies(store, epoch, record)
    return Verified(tuple(damaged), len(sizes), sum(sizes))


async def _entries(store: Store, epoch: int, record: UUID) -> tuple[list[int], set[bytes]]:
    """The damaged places, and the bodies that whole entries name."""
    [own] = await store.fetch(epoch, _PLACE, record)

    async def read(places: Sequence[int]) -> list[asyncpg.Record]:
        return await store.fetch(epoch, _ENTRIES, record, list(places), genesis(record))

    damaged: list[int] = []
    names: set[bytes] = set()
    last = own["place"] or 0
    for first in range(1, last + 1, _AT_ONCE):
        places = range(first, min(first + _AT_ONCE, last + 1))
        for place, row in zip(places, await readable(places, read), strict=True):
            if row is None or not row["is_whole"]:
                damaged.append(place)
            else:
                names |= _names(row["header"])
    return damaged, names


async def _bodies(store: Store, epoch: int, record: UUID) -> list[int]:
    """The sizes of the bodies that were hashed."""
    held = [row["body_id"] for row in await store.fetch(epoch, _HELD, record) if row["body_id"] is not None]

    async def read(names: Sequence[bytes]) -> list[asyncpg.Record]:
        return await store.fetch(epoch, _BODIES, record, list(names))

    sizes: list[int] = []
    for start in range(0, len(held), _AT_ONCE):
        part = held[start:start + _AT_ONCE]
        far = []
        for name, row in zip(part, await readable(part, read), strict=True):
            if row is not None and row["object"] is not None:
                far.append(Kept(record, name, row["object"]))
                continue
            if row is None:
                await mark_unreadable(store, epoch, record, name)
            elif row["is_whole"] is False:
                await mark_altered(store, epoch, [(record, name)])
            sizes.append(row["size"] or 0 if row is not None else 0)
        sizes += [size or 0 for size in await store.outside.read(far, len)]
    return sizes


def _names(header: bytes) -> set[bytes]:
    try:
        return {body.id for body in Header.parse(header).bodies}
    except InvalidInput:
        return set()
