"""The clock: the portal database's, the only one there is, carried forward between two answers of the database.

It never goes back, and is never before the last audit event that was seen: a right that ended stays ended.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic

from carnet.errors import ClockBehind

TOLERANCE = timedelta(seconds=5)
NOT_FOUND_STEP_SECONDS = 0.05


class Clock:
    """The database's time, as last seen. `latest_event` is the greatest time of an audit event that was seen."""

    def __init__(self) -> None:
        self._seen: datetime | None = None
        self._at = 0.0
        self._not_before = datetime(1970, 1, 1, tzinfo=UTC)
        self.latest_event = datetime(1970, 1, 1, tzinfo=UTC)

    def saw(self, now: datetime) -> None:
        """The database said it is `now`. Raises ClockBehind when that is before the last audit event by 5 seconds."""
        if now < self.latest_event - TOLERANCE:
            raise ClockBehind("the database's clock is behind the last audit event", retry_after_seconds=30)
        # Set back by less than the tolerance, the database's clock is waited for: until it is there again, time stands.
        self._not_before = max(self.latest_event, now if self._seen is None else self.now())
        self._seen, self._at = now, monotonic()
        self.latest_event = max(self.latest_event, now)

    def now(self) -> datetime:
        """The database's time now, as far as known. Raises ClockBehind before the database was first asked."""
        if self._seen is None:
            raise ClockBehind("the database's time is not known yet", retry_after_seconds=1)
        return max(self._not_before, self._seen + timedelta(seconds=monotonic() - self._at))

    def unix(self) -> float:
        """The same in Unix seconds."""
        return self.now().timestamp()


async def not_before_the_next_step() -> None:
    """Wait until the next multiple of 50 ms: "not found" takes the same time whether there is something or not."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(NOT_FOUND_STEP_SECONDS - now % NOT_FOUND_STEP_SECONDS)
