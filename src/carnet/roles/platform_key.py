"""Open the platform key that settings choose: its files, and the HSM if there is one.

While it is locked, a portal or a worker waits for two people (`unlocking.py`); a command asks them at its terminal.
May import: errors, journal, audit, record; `key_files`, `lock_file`, `unlocking` and `settings` of this room.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from carnet.audit.events import NO_RECORD, refused
from carnet.journal.platform_key import HeldKeys, KeyHolder, PlatformKey
from carnet.people.caller import SystemCaller
from carnet.record.store import RecordStore
from carnet.rights.access import Asker
from carnet.roles.key_files import read_key
from carnet.roles.settings import Settings

CEILING_ACT = "unwrap_ceiling"
_started = count(1)


@asynccontextmanager
async def opened_platform_key(settings: Settings, *, role: str) -> AsyncIterator[PlatformKey]:
    """The platform key, open until the block ends. Raises InvalidSetting for a file or a device that is wrong."""
    key = PlatformKey(*_holders(settings))
    try:
        yield key
    finally:
        await key.close()


def process_name(role: str) -> str:
    """What the key store calls this process."""
    return f"{role} {socket.gethostname()} {os.getpid()}.{next(_started)}"


def alarm_in(records: RecordStore) -> Callable[[int], Awaitable[None]]:
    """What traces, in the audit log, that a process reached its ceiling of unwrapped keys."""

    async def alarm(a_minute: int) -> None:
        event = refused(
            Asker(SystemCaller(), door="keys"), CEILING_ACT, NO_RECORD, reasons=["ceiling"], a_minute=a_minute,
            machine=socket.gethostname(), pid=os.getpid())
        await records.trace((event, None))

    return alarm


def _holders(settings: Settings) -> list[KeyHolder]:
    file = settings.path(settings.platform_key_file)
    return [HeldKeys({1: read_key(file, setting="platform_key_file", demonstration=settings.demonstration)})]
