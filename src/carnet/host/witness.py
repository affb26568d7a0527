"""Witness: this host keeps the daily roots it is shown, for ever: what the portal says of a day cannot change later."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

from carnet.errors import InvalidInput, Issue
from carnet.host.counts import today
from carnet.host.errors import OtherRoot
from carnet.host.store import Store

_LAST = "SELECT day, root, size FROM witnessed ORDER BY day DESC LIMIT 1"
_OF_DAY = "SELECT day, root, size FROM witnessed WHERE day = $1"
_KEEP = "INSERT INTO witnessed (day, root, size, at) VALUES ($1, $2, $3, $4)"
_AFTER = """
SELECT day, root, size, at FROM portal LEFT JOIN witnessed ON day > $2 WHERE epoch = $1 ORDER BY day
"""
# One at a time: two roots of different days that come together must not both be the last.
_ONE_AT_A_TIME = "LOCK TABLE witnessed IN SHARE ROW EXCLUSIVE MODE"


async def witness(store: Store, epoch: int, day: date, *, root: bytes, size: int) -> None:
    """Keep this root of this day. Shown again, nothing changes.

    Raises OtherRoot when another was kept of this day, or one of a later day, and InvalidInput for a day to come.
    """
    if day > today() + timedelta(days=1):       # clocks differ, and days end
        raise InvalidInput(Issue("value", "this day is to come", "day"))
    async with store.transaction(epoch) as connection:
        await connection.execute(_ONE_AT_A_TIME)
        same = await connection.fetchrow(_OF_DAY, day)
        if same is not None:
            if (same["root"], same["size"]) != (root, size):
                raise OtherRoot("another root of this day is kept here", day.isoformat(), same["root"])
            return
        last = await connection.fetchrow(_LAST)
        if last is not None and last["day"] > day:
            raise OtherRoot("a root of a later day is kept here", last["day"].isoformat(), last["root"])
        await connection.execute(_KEEP, day, root, size, int(time.time()))


async def witnessed(store: Store, epoch: int, after: date) -> list[dict[str, Any]]:
    """The roots of the days after this one, the oldest first."""
    rows = await store.fetch(epoch, _AFTER, after)
    return [
        {"day": row["day"].isoformat(), "root": row["root"].hex(), "size": row["size"], "at": row["at"]}
        for row in rows if row["day"] is not None
    ]
