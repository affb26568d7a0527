"""The key store as commands use it: the platform key opened, the process counted, what a person does traced.

May import: errors, journal, audit, record; `platform_key`, `settings` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from carnet.audit.events import NO_RECORD, done
from carnet.journal.database import Database
from carnet.journal.platform_key import PlatformKey
from carnet.journal.store import KeyStore
from carnet.people.caller import OfficerCaller
from carnet.record.clock import Clock
from carnet.record.store import RecordStore
from carnet.rights.access import Asker
from carnet.roles.memory import close_to_others
from carnet.roles.platform_key import opened_platform_key
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool


@asynccontextmanager
async def opened_key_store(
    settings: Settings, platform_key: PlatformKey | None = None
) -> AsyncIterator[tuple[KeyStore, Database]]:
    """The key store and its database, with the platform key of settings or with this one (an empty one opens nothing).
    """
    settings.require("keys_database_url", "portal_database_url")
    close_to_others()
    async with open_pool(settings.keys_database_url, 3) as pool:
        database = Database(pool)
        if platform_key is not None:
            yield KeyStore(database, platform_key), database
            return
        async with opened_platform_key(settings, role="command") as key:
            yield KeyStore(database, key), database


@asynccontextmanager
async def portal_database(settings: Settings) -> AsyncIterator[Database]:
    """The portal's database. Raises InvalidSetting when settings name none."""
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 1) as pool:
        yield Database(pool)


async def trace(settings: Settings, act: str, *, by: str, **detail: Any) -> None:
    """An audit event of this act, durable when this returns: before what it is about, so that nothing goes untraced."""
    name = by or getpass.getuser()
    asker = Asker(OfficerCaller(name, name, ""), door="command")
    async with portal_database(settings) as database:
        records = RecordStore(database, Clock())
        await records.start()
        await records.trace((done(asker, act, NO_RECORD, **detail), None))
