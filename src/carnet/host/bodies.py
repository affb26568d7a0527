"""Bodies: kept under the hash of their sealed bytes, served only when they still hash to it, collected on order.

A body that no entry names has a ticket. The portal commits no entry that names it after the ticket's end, and orders
its collection only then; a host never collects by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg

from carnet.errors import InvalidInput, Issue, TooLarge
from carnet.host.errors import Erased, WrongHead
from carnet.host.outside import Kept
from carnet.host.store import LOCK, Store
from carnet.host.tokens import Order
from carnet.host.wire import CollectItem, PutBody, PutItem, ReadItem, UnnamedQuery
from carnet.journal.chain import body_id, genesis

# $2-4: each record once; $5-9: each body once. Nothing is kept of any of them when one record was erased. A body has
# its bytes or its object. One whose object was given up meanwhile has neither: body_is_somewhere refuses the whole.
_PUT = """
WITH ordered AS (SELECT FROM portal WHERE epoch = $1 FOR SHARE),
asked AS (SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bytea[]) AS asked (record_id, version, head)),
erased AS (SELECT record_id FROM asked JOIN record USING (record_id) WHERE erased_version >= asked.version),
locked AS (
    INSERT INTO record AS ours (record_id, version, head)
    SELECT record_id, version, head FROM asked, ordered WHERE NOT EXISTS (SELECT FROM erased) ORDER BY record_id
    ON CONFLICT (record_id) DO UPDATE SET version = greatest(ours.version, excluded.version)
    WHERE ours.erased_version < excluded.version
    RETURNING record_id
),
open AS (SELECT record_id FROM locked WHERE (SELECT count(*) FROM locked) = cardinality($2)),
meant AS (
    SELECT object, bytes
    FROM unnest($5::uuid[], $9::uuid[]) AS put (record_id, object) JOIN loose_object AS loose USING (record_id, object)
    WHERE (record_id IN (SELECT record_id FROM open)) IS TRUE AND NOT is_doomed FOR UPDATE OF loose
),
kept AS (
    INSERT INTO body (record_id, body_id, sealed, object, object_bytes)
    SELECT record_id, body_id, sealed, meant.object, meant.bytes
    FROM unnest($5::uuid[], $6::bytea[], $7::bytea[], $9::uuid[]) AS put (record_id, body_id, sealed, object)
    JOIN open USING (record_id) LEFT JOIN meant USING (object)
    ON CONFLICT (record_id, body_id) DO UPDATE
    SET sealed = excluded.sealed, object = excluded.object, object_bytes = excluded.object_bytes, damaged_at = NULL
    WHERE body.damaged_at IS NOT NULL
    RETURNING record_id, object
),
no_more_loose AS (
    DELETE FROM loose_object USING kept
    WHERE loose_object.record_id = kept.record_id AND loose_object.object = kept.object
),
ticketed AS (
    INSERT INTO ticket (record_id, body_id, ends)
    SELECT record_id, body_id, ends
    FROM unnest($5::uuid[], $6::bytea[], $8::bigint[]) AS put (record_id, body_id, ends) JOIN open USING (record_id)
    WHERE NOT EXISTS (
        SELECT FROM named_body AS named WHERE named.record_id = put.record_id AND named.body_id = put.body_id)
    ON CONFLICT (record_id, body_id) DO UPDATE SET ends = excluded.ends WHERE ticket.ends < excluded.ends
)
SELECT ARRAY(SELECT record_id FROM erased) AS erased,
    ARRAY(SELECT record_id FROM asked EXCEPT SELECT record_id FROM open) AS refused
FROM ordered
"""

# The bytes are read only if all that is asked fits into one answer.
_READ = """
SELECT asked.record_id, erased_version >= asked.version AS is_erased,
    sum(coalesce(object_bytes, octet_length(sealed))) OVER () AS total,
    CASE WHEN sum(coalesce(object_bytes, octet_length(sealed))) OVER () <= $2 THEN sealed END AS sealed, object
FROM portal
CROSS JOIN unnest($3::uuid[], $4::bigint[], $5::bytea[]) WITH ORDINALITY AS asked (record_id, version, body_id, rank)
LEFT JOIN record ON record.record_id = asked.record_id
LEFT JOIN body ON body.record_id = asked.record_id AND body.body_id = asked.body_id AND damaged_at IS NULL
WHERE epoch = $1
ORDER BY rank
"""

_MARK_ALTERED = """
UPDATE body SET damaged_at = now() FROM unnest($1::uuid[], $2::bytea[]) AS bad (record_id, body_id)
WHERE body.record_id = bad.record_id AND body.body_id = bad.body_id AND sha256(sealed) <> body.body_id
"""
_MARK_UNREADABLE = "UPDATE body SET damaged_at = now() WHERE record_id = $1 AND body_id = $2 AND object IS NULL"

_UNNAMED = """
SELECT record_id FROM portal LEFT JOIN (
    SELECT record_id FROM unnamed WHERE ends < $2 GROUP BY record_id ORDER BY min(ends) LIMIT $3
) AS found ON true
WHERE epoch = $1
"""

_COLLECT = """
WITH ended AS (
    DELETE FROM ticket
    WHERE record_id = $1 AND ends <= $2 AND body_id IN (SELECT body_id FROM unnamed WHERE record_id = $1)
    RETURNING body_id
),
collected AS (
    DELETE FROM body USING ended WHERE body.record_id = $1 AND body.body_id = ended.body_id
    RETURNING body.body_id, object, object_bytes
),
doomed AS (
    INSERT INTO loose_object (record_id, object, body_id, bytes, is_doomed)
    SELECT $1, object, body_id, object_bytes, true FROM collected WHERE object IS NOT NULL
)
SELECT body_id FROM collected
"""


async def put(store: Store, order: Order[PutItem], bodies: Sequence[PutBody]) -> None:
    """Keep all of them, or none. Raises InvalidInput if one is not what it is named, Erased if a record was erased.

    A body that is there already stays; its ticket's end becomes the greatest that was given. Raises BodyStoreAway.
    """
    for rank, body in enumerate(bodies):
        if body_id(body.sealed) != body.id:
            raise InvalidInput(Issue("value", "the sealed bytes do not hash to the id", f"bodies[{rank}]"))
    versions: dict[UUID, int] = {}
    for item in order.items:
        versions[item.record] = min(item.version, versions.get(item.record, item.version))
    once: dict[tuple[UUID, bytes], tuple[bytes, int]] = {}
    for body, item in sorted(zip(bodies, order.items, strict=True), key=lambda pair: pair[1].ticket_end):
        once[body.record, body.id] = (body.sealed, item.ticket_end)     # The greatest end stays.
    async with store.outside.written([(*at, sealed) for at, (sealed, _) in once.items()]) as objects:
        [row] = await store.fetch(
            order.epoch, _PUT,
            list(versions), list(versions.values()), [genesis(record) for record in versions],
            [record for record, _ in once], [name for _, name in once],
            [None if at in objects else sealed for at, (sealed, _) in once.items()],
            [end for _, end in once.values()], [objects.get(at) for at in once],
        )
        if row["refused"]:
            raise Erased(row["erased"] or row["refused"])


async def read(store: Store, order: Order[ReadItem], *, most_bytes: int) -> list[bytes | None]:
    """The sealed bytes of each, None for what is not held or is no longer what it is named.

    Raises Erased if one of the records was erased, TooLarge if they do not fit into one answer.
    """
    try:
        return await _read(store, order, most_bytes)
    except asyncpg.DataCorruptedError:      # PostgreSQL itself finds a page damaged: find out whose it is.
        if len(order.items) > 1:
            return [(await read(store, Order(order.epoch, (item,)), most_bytes=most_bytes))[0] for item in order.items]
        [item] = order.items
        await mark_unreadable(store, order.epoch, item.record, bytes.fromhex(item.body))
        return [None]


async def _read(store: Store, order: Order[ReadItem], most_bytes: int) -> list[bytes | None]:
    records, names = [item.record for item in order.items], [bytes.fromhex(item.body) for item in order.items]
    versions = [item.version for item in order.items]
    rows = await store.fetch(order.epoch, _READ, most_bytes, records, versions, names)
    if erased := [row["record_id"] for row in rows if row["is_erased"]]:
        raise Erased(erased)
    if (rows[0]["total"] or 0) > most_bytes:
        raise TooLarge(most_bytes)
    found = await brought(store, [
        Held(record, name, row["sealed"], row["object"])
        for record, name, row in zip(records, names, rows, strict=True)])
    bad = [n for n, sealed in enumerate(found) if sealed is not None and body_id(sealed) != names[n]]
    await mark_altered(store, order.epoch, [(records[n], names[n]) for n in bad])
    return [None if n in bad else sealed for n, sealed in enumerate(found)]


async def mark_altered(store: Store, epoch: int, bodies: Sequence[tuple[UUID, bytes]]) -> None:
    """Remember that the bytes of these no longer hash to their id: they count as lacking until they are put again."""
    if bodies:
        async with store.transaction(epoch) as connection:
            await connection.execute(_MARK_ALTERED, [record for record, _ in bodies], [name for _, name in bodies])


async def mark_unreadable(store: Store, epoch: int, record: UUID, name: bytes) -> None:
    """The same, for one whose bytes PostgreSQL itself cannot read."""
    async with store.transaction(epoch) as connection:
        await connection.execute(_MARK_UNREADABLE, record, name)


class Held(NamedTuple):
    """A body as its row says: its sealed bytes, or the object that holds them outside, or neither."""

    record: UUID
    body: bytes
    sealed: bytes | None
    object: UUID | None


async def brought(store: Store, bodies: Sequence[Held]) -> list[bytes | None]:
    """The sealed bytes of these, those from outside verified. Raises BodyStoreAway."""
    far = [Kept(each.record, each.body, each.object) for each in bodies if each.object is not None]
    found = iter(await store.outside.read(far, bytes) if far else [])
    return [each.sealed if each.object is None else next(found) for each in bodies]


async def unnamed(store: Store, epoch: int, query: UnnamedQuery) -> list[UUID]:
    """Records that hold bodies no entry names and whose ticket ended before that time, the oldest first."""
    rows = await store.fetch(epoch, _UNNAMED, query.before, query.limit)
    return [row["record_id"] for row in rows if row["record_id"] is not None]


async def collect(store: Store, epoch: int, item: CollectItem) -> list[bytes]:
    """Remove the bodies that no entry names and whose ticket ended, and return their ids.

    Raises WrongHead unless this host's head is the one the portal had seen after the tickets ended: only then is it
    certain that no entry on its way names one of them.
    """
    async with store.transaction(epoch) as connection:
        ours = await connection.fetchrow(LOCK, item.record)
        place, head = (ours["place"], ours["head"]) if ours else (0, genesis(item.record))
        if ours and ours["erased_version"] >= item.version:
            raise Erased([item.record])
        if head.hex() != item.head:
            raise WrongHead(place, head)
        rows = await connection.fetch(_COLLECT, item.record, item.until)
    await store.outside.try_clear([item.record])
    return sorted(row["body_id"] for row in rows)
