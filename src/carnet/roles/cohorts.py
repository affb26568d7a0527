"""Cohorts from the command line: put a file in force, say how full each is.

May import: hosting, audit, errors; `settings` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path

from carnet.audit.events import NO_RECORD, Event
from carnet.errors import TooLarge
from carnet.hosting.placing.cohorts import MOST_BYTES, read
from carnet.hosting.placing.store import PlacingStore
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool

LOADED = "load_cohorts"     # what the trace of a loading says was done


async def load(settings: Settings, file: Path, *, by: str) -> int:
    """Put the cohorts of a file in force. Raises InvalidInput with every issue: nothing is then changed."""
    settings.require("portal_database_url", "hosts")
    content = _bytes(file)
    lines = read(content, [host.id for host in settings.hosts if host.role == "home"])
    detail = {"sha256": hashlib.sha256(content).hexdigest(), "cohorts": [line.id for line in lines]}
    event = Event(NO_RECORD, LOADED, "done", "command", "", Actor("officer", by or getpass.getuser(), ""), detail)
    async with open_pool(settings.portal_database_url, 1) as pool:
        ended = await PlacingStore(Database(pool)).load_cohorts(lines, event.columns())
    print(f"in force: {', '.join(line.id for line in lines) or 'no cohort'}")
    if ended:
        print(f"ended: {', '.join(ended)}")
    return 0


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    return file.read_bytes()


async def list_all(settings: Settings) -> int:
    """Every cohort, a line each."""
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 1) as pool:
        store = PlacingStore(Database(pool))
        loads = {each.id: each for each in (await store.loads())[1]}
        for cohort in await store.cohorts():
            load = loads[cohort.id]
            print(
                f"{cohort.id}: {cohort.consortium}, {', '.join(cohort.hosts)}; départements"
                f" {', '.join(sorted(cohort.departements))}; {cohort.starts_on} to {cohort.ends_on};"
                f" {load.counted} of {load.most} records")
    return 0
