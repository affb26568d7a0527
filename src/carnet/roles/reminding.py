"""Once a day a worker says in its log what ends soon: decisions and certificates of hosts.

May import: hosting, errors; `hosts_told` of this room.
"""

from __future__ import annotations

import asyncio
import logging

from carnet.errors import Unavailable
from carnet.hosting.accreditation.reminders import reminders_of
from carnet.hosting.accreditation.store import AccreditationStore
from carnet.roles.hosts_told import reminded

log = logging.getLogger(__name__)

LOOK_SECONDS = 600.0


async def remind_daily(store: AccreditationStore, stop: asyncio.Event) -> None:
    """Say it on each new day, by one worker of all, until `stop` is set; a database that is away delays it."""
    while not stop.is_set():
        try:
            if await store.take_reminding():
                for reminder in reminders_of(await store.dossiers()):
                    log.warning("accreditation: %s", reminded(reminder))
        except Unavailable as error:
            log.info("what ends soon is told later: %s", error)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue
