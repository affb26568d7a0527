"""Records: what this host has of each, record by record."""

from __future__ import annotations

from typing import Any

from carnet.host.store import Store
from carnet.host.wire import InventoryQuery

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
