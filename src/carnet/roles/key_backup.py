"""`carnet keys backup | prune | restore-check`: backups of the key store, none of them older than a month.

May import: errors, journal; `audit_log`, `key_store` and `settings` of this room. Touches the world: files.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.progress import Progress

from carnet.errors import IntegrityError, Unavailable
from carnet.journal.key_backup.format import SUFFIX, BackedUpKey, Reader, Writer, head_of, is_too_old
from carnet.journal.key_backup.store import BackupStore
from carnet.journal.platform_key import PlatformKey
from carnet.journal.store import KeyStore
from carnet.roles.audit_log import audit_key
from carnet.roles.key_store import opened_key_store, trace
from carnet.roles.platform_key import process_name
from carnet.roles.settings import Settings


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of the backups in a folder."""

    deleted: tuple[Path, ...]
    kept: tuple[Path, ...]
    unread: tuple[Path, ...]


@dataclass(slots=True)
class Checked:
    """What a backup was found to hold."""

    taken_at: datetime
    keys: Counter[int] = field(default_factory=Counter)
    destroyed: int = 0
    faults: list[str] = field(default_factory=list)


async def backup(settings: Settings, folder: Path, *, by: str, console: Console) -> int:
    """Write a backup into this folder, for its owner alone, and delete those there that are too old; 1 if one stays."""
    signing = audit_key(settings)
    await trace(settings, "backup_keys", by=by)
    async with opened_key_store(settings, PlatformKey()) as (_, database):
        file, size = await _written(BackupStore(database), folder, signing, console)
    console.print(f"{file}: {size} keys, those that were destroyed among them as destroyed", soft_wrap=True)
    return await prune(settings, folder, console=console)


async def prune(settings: Settings, folder: Path, *, console: Console) -> int:
    """Delete the backups in this folder that are too old; 1 when a file there is none that can be dated."""
    async with opened_key_store(settings, PlatformKey()) as (_, database):
        now = await BackupStore(database).now()
    pruned = pruned_of(folder, now, days=settings.key_backup_days)
    console.print(
        f"{len(pruned.deleted)} backups older than {settings.key_backup_days} days deleted, {len(pruned.kept)} kept")
    for file in pruned.unread:
        console.print(f"{file} says no date that can be read: look at it, and delete it by hand", soft_wrap=True)
    return 1 if pruned.unread else 0


def pruned_of(folder: Path, now: datetime, *, days: int) -> Pruned:
    """Delete what is too old, by the date that each file says itself."""
    deleted, kept, unread = [], [], []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            with file.open("rb") as lines:
                taken_at = head_of(lines.readline()).taken_at
        except IntegrityError:
            unread.append(file)
            continue
        if is_too_old(taken_at, now, days=days):
            file.unlink()
            deleted.append(file)
        else:
            kept.append(file)
    return Pruned(tuple(deleted), tuple(kept), tuple(unread))


async def restore_check(settings: Settings, file: Path, *, console: Console) -> int:
    """Prove that a backup is whole and that every key in it opens here; 1 when it could not be restored."""
    process = process_name("restore-check")
    async with opened_key_store(settings) as (keys, database):
        now = await BackupStore(database).now()
        await check_versions(file, keys.platform_key)
        with Progress(console=console) as progress, file.open("rb") as lines:
            reader = Reader(lines, audit_key(settings).public_key())
            task = progress.add_task("opening keys", total=reader.head.keys)
            checked = await check_keys(reader, keys, lambda: progress.advance(task))
        await keys.versions.beat(process, (), *keys.unwraps.drain())
        await keys.versions.leave(process)
    if is_too_old(checked.taken_at, now, days=settings.key_backup_days):
        checked.faults.append(f"it is older than {settings.key_backup_days} days: it must be deleted")
    under = ", ".join(f"{count} under version {version}" for version, count in sorted(checked.keys.items()))
    console.print(f"taken {checked.taken_at:%Y-%m-%d %H:%M:%S} UTC: {under or 'no key'}; {checked.destroyed} destroyed")
    for fault in checked.faults:
        console.print(fault, soft_wrap=True)
    console.print("NOT sound" if checked.faults else "sound: whole, signed, and every key opens")
    return 1 if checked.faults else 0


async def check_versions(file: Path, platform_key: PlatformKey) -> None:
    """Raises IntegrityError when a key here is another one than a backup knows under the same number."""
    opened = await platform_key.look()
    with file.open("rb") as lines:
        for each in head_of(lines.readline()).versions:
            if each.number in opened:
                await platform_key.check(each.number, each.proof)


async def check_keys(reader: Reader, keys: KeyStore, told: Callable[[], None]) -> Checked:
    """Open every key of a backup. Raises IntegrityError when the file is not whole."""
    checked = Checked(reader.head.taken_at)
    closed: Counter[int] = Counter()
    for each in reader.rows():
        told()
        if each.wrapped is None:
            checked.destroyed += 1
            continue
        checked.keys[each.platform_key] += 1
        keys.unwraps.note()
        closed[each.platform_key] += not await _opens(each, keys.platform_key)
    checked.faults += [
        f"{count} keys under version {version} of the platform key do not open here"
        for version, count in closed.items() if count]
    return checked


async def _opens(each: BackedUpKey, platform_key: PlatformKey) -> bool:
    try:
        await platform_key.unwrap(each.platform_key, each.wrapped or b"")
    except (IntegrityError, Unavailable):
        return False
    return True


async def _written(
    store: BackupStore, folder: Path, key: Ed25519PrivateKey, console: Console
) -> tuple[Path, int]:
    writer = Writer()
    async with store.taken() as (head, keys):
        file = folder / f"keys-{head.taken_at:%Y%m%dT%H%M%S%fZ}{SUFFIX}"
        fresh = file.with_suffix(".new")
        with Progress(console=console) as progress, _private(fresh) as write:
            task = progress.add_task("backing up keys", total=head.keys)
            write(writer.line(head))
            async for each in keys:
                write(writer.line(each))
                progress.advance(task)
            write(writer.foot(key))
    fresh.rename(file)
    return file, head.keys


@contextmanager
def _private(file: Path) -> Iterator[Callable[[bytes], object]]:
    """A new file for its owner alone, forced to disk at the end."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        yield out.write
        out.flush()
        os.fsync(out.fileno())
