"""Counts records by host and cohort, minute by minute. Any number of workers may run: one of them counts."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from carnet.errors import Unavailable
from carnet.hosting.placing.store import COUNT_SECONDS, PlacingStore

log = logging.getLogger(__name__)

_LOOK_SECONDS = 15.0
_SHARE = 20     # a count that takes s seconds is followed by a pause of 20 s: never much of the database's work


async def count_again(store: PlacingStore, stop: asyncio.Event) -> None:
    """Count whenever it is time, until `stop` is set; a database that is away delays it."""
    pause = 0.0
    while not stop.is_set():
        try:
            if await store.take_counting():
                began = monotonic()
                await store.count()
                pause = max(COUNT_SECONDS / 4, _SHARE * (monotonic() - began))
        except Unavailable as error:
            log.info("records are counted later: %s", error)
        try:
            async with asyncio.timeout(max(pause, _LOOK_SECONDS)):
                await stop.wait()
        except TimeoutError:
            continue
