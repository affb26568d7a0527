"""Documents held to the national rules by the worker, until it is stopped, and what officers ask of it.

May import: record, errors; `settings`, `intake`, `wiring` of this room.
"""

from __future__ import annotations

import asyncio
import logging

from carnet.errors import Unavailable
from carnet.record.conformity.check import check_due
from carnet.record.conformity.client import Checker
from carnet.record.stores import Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
CANNOT_SECONDS = 300.0
IDLE_LOOKS = 60         # then the process that runs the rules gives its memory back


async def check_documents(stores: Stores, checker: Checker, stop: asyncio.Event) -> None:
    """Check what is due until `stop` is set. Where rules cannot be run, it is said in the log and tried again later."""
    idle, said = 0, ""
    try:
        while not stop.is_set():
            seconds = 0.0
            try:
                if await stores.records.checks.is_any_due():
                    idle = 0
                    await check_due(stores, checker)
                else:
                    seconds, idle = LOOK_SECONDS, idle + 1
            except Unavailable as error:
                if str(error) != said:
                    said = str(error)
                    log.warning("%s", said)
                seconds = CANNOT_SECONDS
            if idle >= IDLE_LOOKS:
                await checker.close()
            await _pause(stop, seconds)
    finally:
        await checker.close()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
