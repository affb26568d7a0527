"""Records: what this host has of each, and their erasure.

What was erased leaves a tombstone: no order given under its placement version, or an older one, is obeyed any more.
"""

from __future__ import annotations

from typing import Any

from carnet.host.errors import Erased, PlacedSince
from carnet.host.store import LOCK, Store
from carnet.host.wire import InventoryQuery, TokenItem
from carnet.journal.chain import genesis

_INVENTORY = """
SELECT record_id, version, place, head, erased_version, bodies, lacking, unnamed
FROM portal LEFT JOIN (
    SELECT *,
        (SELECT count(*) FROM body WHERE body.record_id = ours.record_id AND damaged_at IS NULL) AS bodies,
        (SELECT count(*) FROM lacking WHERE lacking.record_id = ours.record_id) AS lacking,
        (SELECT count(*) FROM unnamed WHERE unnamed.record_id = ours.record_id) AS unnamed
    FROM (SELECT * FROM record WHERE record_id > $2 ORDER BY record_id LIMIT $3) AS ours
) AS page ON true
WHERE epoch = $1
ORDER BY record_id
"""

_ERASE_BODIES = """
WITH names AS (DELETE FROM named_body WHERE record_id = $1), tickets AS (DELETE FROM ticket WHERE record_id = $1),
bodies AS (DELETE FROM body WHERE record_id = $1 RETURNING 1)
SELECT count(*) FROM bodies
"""
_ERASE_ENTRIES = "WITH entries AS (DELETE FROM entry WHERE record_id = $1 RETURNING 1) SELECT count(*) FROM entries"
_ENSURE = "INSERT INTO record (record_id, version, head) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_TOMBSTONE = """
UPDATE record SET place = 0, head = $3, erased_version = $2, erased_entries = $4, erased_bodies = $5
WHERE record_id = $1
"""
_TOMB = "SELECT erased_entries, erased_bodies FROM record WHERE record_id = $1"


async def inventory(store: Store, epoch: int, query: InventoryQuery) -> dict[str, Any]:
    """A page of what is held, by record id, and of the tombstones. What came back after erasure is in both."""
    rows = await store.fetch(epoch, _INVENTORY, query.after, query.limit)
    rows = [row for row in rows if row["record_id"] is not None]
    return {
        "records": [
            {
                "record": row["record_id"],
                "version": row["version"],
                "place": row["place"],
                "head": row["head"].hex(),
                "bodies": row["bodies"],
                "lacking": row["lacking"],
                "unnamed": row["unnamed"],
            }
            for row in rows
            if row["version"] > row["erased_version"]
        ],
        "tombstones": [
            {"record": row["record_id"], "version": row["erased_version"]} for row in rows if row["erased_version"] >= 0
        ],
        "next": rows[-1]["record_id"] if len(rows) == query.limit else None,
    }


async def erase(store: Store, epoch: int, item: TokenItem) -> tuple[int, int]:
    """Delete all there is of the record, leave a tombstone, and say how many entries and bodies went.

    Done again it deletes nothing and says the same. Raises Erased if a later version was erased already, and
    PlacedSince if the record was placed here again: an order that comes late has no effect on later data.
    """
    record, version = item.record, item.version
    async with store.transaction(epoch) as connection:
        await connection.execute(_ENSURE, record, version, genesis(record))
        ours = await connection.fetchrow(LOCK, record)
        if ours["erased_version"] > version:
            raise Erased([record])
        if ours["erased_version"] < version < ours["version"]:
            raise PlacedSince(ours["version"])
        if ours["erased_version"] < version:
            entries = await connection.fetchval(_ERASE_ENTRIES, record)
            bodies = await connection.fetchval(_ERASE_BODIES, record)
            await connection.execute(_TOMBSTONE, record, version, genesis(record), entries, bodies)
        return tuple(await connection.fetchrow(_TOMB, record))
