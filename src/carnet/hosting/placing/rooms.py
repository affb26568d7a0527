"""Room for new records, never promised twice: a process takes it in blocks, and fills only what it took.

The database grants a block under the row's lock; the statement that opens a record refuses one whose block ended. So no
number of processes goes beyond what a host or a cohort may have, and no two openings wait for the same row.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from carnet.hosting.placing.store import BLOCK_SECONDS, GRACE_SECONDS, Kind, PlacingStore

BLOCK = 64
Name = tuple[Kind, str]


@dataclass(slots=True)
class _Held:
    """A block of this process: what is left of it, when it ends here, and when an opening in it must be committed."""

    left: int
    ends: float
    commit_before: datetime


class Rooms:
    """What this process may still open, at each host and in each cohort."""

    def __init__(self, store: PlacingStore, *, block: int = BLOCK) -> None:
        self._store = store
        self._block = block
        self._held: dict[Name, _Held] = {}
        self._asking: defaultdict[Name, asyncio.Lock] = defaultdict(asyncio.Lock)

    def left(self, name: Name) -> int:
        """How many this process may open there without asking."""
        held = self._held.get(name)
        return held.left if held is not None and monotonic() < held.ends else 0

    async def take(self, *names: Name) -> datetime | Name:
        """Room for one record at each of these, until that moment of the database's clock; or which one has none."""
        before = []
        for place, name in enumerate(names):
            held = await self._one(name)
            if held is None:
                for given in names[:place]:
                    self._held[given].left += 1
                return name
            before.append(held.commit_before)
        return min(before)

    async def _one(self, name: Name) -> _Held | None:
        async with self._asking[name]:      # one asks, all others wait for the same block
            if not self.left(name):
                began = monotonic()         # before the answer: it ends here no later than there
                block = await self._store.take(*name, self._block)
                if block is None:
                    return None
                grace = timedelta(seconds=GRACE_SECONDS / 2)
                self._held[name] = _Held(block.size, began + BLOCK_SECONDS, block.ends_at + grace)
            held = self._held[name]
            held.left -= 1
            return held
