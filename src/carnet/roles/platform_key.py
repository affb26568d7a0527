"""Open the platform key that settings choose: its files, and the HSM if there is one.

While it is locked, a portal or a worker waits for two people (`unlocking.py`); a command asks them at its terminal.
May import: errors, journal, audit, record; `asking`, `lock_file`, `platform_files`, `unlocking` and `settings` of this
room.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from carnet.audit.events import NO_RECORD, done, refused
from carnet.errors import InvalidInput, Issue, Unavailable
from carnet.journal.platform_key import KeyHolder, PlatformKey
from carnet.people.caller import SystemCaller
from carnet.record.store import RecordStore
from carnet.rights.access import Asker
from carnet.roles.asking import hidden
from carnet.roles.lock_file import is_locked, read_lock, read_secret
from carnet.roles.platform_files import KeyFiles, named, read_platform_key, versions_beside
from carnet.roles.settings import Settings
from carnet.roles.unlocking import Unlocking, socket_of, wait_for_two

CEILING_ACT = "unwrap_ceiling"
PIN = "HSM PIN"
_started = count(1)


@asynccontextmanager
async def opened_platform_key(settings: Settings, *, role: str) -> AsyncIterator[PlatformKey]:
    """The platform key, open until the block ends. Raises InvalidSetting for a file or a device that is wrong."""
    key = PlatformKey(*await _holders(settings, await _lock_key(settings, role)))
    try:
        yield key
    finally:
        await key.close()


async def trace_unlocking(settings: Settings, role: str, records: RecordStore) -> None:
    """Trace that two people unlocked the platform key for this process, if it was locked."""
    if not await asyncio.to_thread(_is_any_locked, settings):
        return
    event = done(
        Asker(SystemCaller(), door="keys"), "unlock_platform_key", NO_RECORD, role=role,
        machine=socket.gethostname(), pid=os.getpid())
    await records.trace((event, None))


def process_name(role: str) -> str:
    """What the key store calls this process. Never what another is called: every container may have a process 1."""
    return f"{role} {socket.gethostname()} {os.getpid()}.{next(_started)} {secrets.token_hex(3)}"


def alarm_in(records: RecordStore) -> Callable[[int], Awaitable[None]]:
    """What traces, in the audit log, that a process reached its ceiling of unwrapped keys."""

    async def alarm(a_minute: int) -> None:
        event = refused(
            Asker(SystemCaller(), door="keys"), CEILING_ACT, NO_RECORD, reasons=["ceiling"], a_minute=a_minute,
            machine=socket.gethostname(), pid=os.getpid())
        await records.trace((event, None))

    return alarm


async def _holders(settings: Settings, lock_key: bytes | None) -> list[KeyHolder]:
    """The files, and the HSM after them, so that new versions are made in it. Without an HSM there must be a file."""
    first = settings.path(settings.platform_key_file)
    files = KeyFiles(first, demonstration=settings.demonstration, lock_key=lock_key)
    if not settings.hsm_module:
        if not await files.look():
            read_platform_key(first, 1, demonstration=settings.demonstration, lock_key=lock_key)
        return [files]
    from carnet.journal.hsm.client import Hsm, HsmAddress

    pin = read_secret(settings.path(settings.hsm_pin_file), what=PIN, setting="hsm_pin_file", lock_key=lock_key)
    return [files, Hsm(HsmAddress(settings.hsm_module, settings.hsm_label, settings.hsm_key_label), pin)]


def secrets_of(settings: Settings) -> dict[str, Path]:
    """The files that a lock is for, by what they are: versions of the platform key, the PIN of the HSM."""
    files = versions_beside(settings.path(settings.platform_key_file))
    found = {named(version): file for version, file in files.items()}
    if settings.hsm_module:
        found[PIN] = settings.path(settings.hsm_pin_file)
    return found


async def _lock_key(settings: Settings, role: str) -> bytes | None:
    """What opens the locked files; None when none is locked. Waits for the two people who have the passphrases."""
    if not _is_any_locked(settings):
        return None
    unlocking = Unlocking(read_lock(settings.path(settings.key_lock_file)))
    if role != "command":
        return await wait_for_two(unlocking, socket_of(settings.path("."), role))
    return ask_two(unlocking)


def ask_two(unlocking: Unlocking) -> bytes:
    """The key that two people open at this terminal. Raises InvalidInput for a passphrase of neither."""
    for whose in ("Passphrase of one of the two", "Passphrase of the other"):
        told = unlocking.offer(hidden(whose))
        if told.state not in ("one more", "open"):
            raise InvalidInput(Issue("value", f"{told.state}: nothing was unlocked", whose))
    if unlocking.key is None:
        raise Unavailable("the platform key is locked")
    return unlocking.key


def _is_any_locked(settings: Settings) -> bool:
    return any(is_locked(file) for file in secrets_of(settings).values())
