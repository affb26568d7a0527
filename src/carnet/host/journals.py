"""Journals: how far this host's copy of a record goes, and its entries, as they came.

Who reads verifies: the head of the copy, and the head before any place, are all that is needed.
"""

from __future__ import annotations

from typing import Any

from carnet.errors import NotFound
from carnet.host.errors import Erased
from carnet.host.store import Store
from carnet.host.tokens import Order
from carnet.host.wire import JournalQuery, TokenItem
from carnet.journal.chain import genesis

_HEAD = """
SELECT place, head, version, erased_version,
    (SELECT count(*) FROM body WHERE body.record_id = $2 AND damaged_at IS NULL) AS bodies,
    ARRAY(SELECT body_id FROM lacking WHERE lacking.record_id = $2 ORDER BY body_id) AS lacking
FROM portal LEFT JOIN record ON record_id = $2
WHERE epoch = $1
"""

_JOURNAL = """
SELECT ours.place AS own_place, erased_version, page.place, header, sealed,
    (SELECT head FROM entry WHERE entry.record_id = $2 AND entry.place = $3) AS head_before
FROM portal
LEFT JOIN record AS ours ON ours.record_id = $2
LEFT JOIN (
    SELECT place, header, sealed, sum(octet_length(header) + octet_length(sealed)) OVER (ORDER BY place) AS total
    FROM entry WHERE record_id = $2 AND place > $3 AND place <= $3 + $4
) AS page ON total <= $5 OR page.place = $3 + 1
WHERE epoch = $1
ORDER BY page.place
"""


async def head(store: Store, order: Order[TokenItem]) -> dict[str, Any]:
    """Where this host's copy of the record's chain ends, and which of the bodies it names are not held."""
    [item] = order.items
    [row] = await store.fetch(order.epoch, _HEAD, item.record)
    if row["place"] is None:
        return {"place": 0, "head": genesis(item.record).hex(), "version": 0, "bodies": 0, "lacking": []}
    if row["erased_version"] >= item.version:
        raise Erased([item.record])
    return {
        "place": row["place"],
        "head": row["head"].hex(),
        "version": row["version"],
        "bodies": row["bodies"],
        "lacking": [name.hex() for name in row["lacking"]],
    }


async def journal(store: Store, order: Order[TokenItem], query: JournalQuery, *, most_bytes: int) -> dict[str, Any]:
    """Entries after a place, as many as asked or as fit, and the head before the first: a suffix verifies alone.

    `place` is where this host's copy ends. Raises NotFound when that is before what is asked.
    """
    [item] = order.items
    rows = await store.fetch(order.epoch, _JOURNAL, item.record, query.after, query.limit, most_bytes)
    own_place, erased_version, head_before = rows[0]["own_place"], rows[0]["erased_version"], rows[0]["head_before"]
    if own_place is not None and erased_version >= item.version:
        raise Erased([item.record])
    if query.after > (own_place or 0):
        raise NotFound(f"this host's copy ends at place {own_place or 0}")
    page = [
        {"place": row["place"], "header": row["header"], "sealed": row["sealed"]}
        for row in rows
        if row["place"] is not None
    ]
    return {"place": own_place or 0, "head": head_before or genesis(item.record), "entries": page}
