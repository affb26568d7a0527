"""`carnet keys rotate`: another version of the platform key takes over while the platform runs; old ones are destroyed.

May import: errors, journal; `key_store`, `platform_key` and `settings` of this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress

from carnet.errors import Unavailable
from carnet.journal.key_backup.format import is_too_old
from carnet.journal.key_backup.store import BackupStore
from carnet.journal.key_versions.rotation import Rotation
from carnet.roles.key_store import opened_key_store, trace
from carnet.roles.platform_key import process_name
from carnet.roles.settings import Settings

PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.5


async def rotate(settings: Settings, *, by: str, console: Console) -> int:
    """Make a version, or go on with the last one; 1 when keys are left that could not be wrapped again."""
    async with opened_key_store(settings) as (keys, _):
        rotation = Rotation(keys)
        await trace(settings, "rotate_platform_key", by=by, step="begun")
        version = await rotation.made()
        place = keys.platform_key.holder_of(version)
        console.print(f"version {version} of the platform key is made ({place})")
        async with keys.beating(process_name("rotate")):
            await _every_process_has_it(rotation, version, console.print)
            await rotation.put_in_force(version)
            console.print(f"version {version} is in force: it wraps every new key")
            wrapped = await _wrap_again(rotation, version, console)
            retired = await rotation.retired(version)
        await trace(
            settings, "rotate_platform_key", by=by, step="done", version=version, wrapped=wrapped,
            damaged=len(rotation.damaged), retired=list(retired))
    console.print(f"{wrapped} keys wrapped again; retired: {', '.join(map(str, retired)) or 'none'}")
    for record in rotation.damaged:
        console.print(f"the key of record {record} does not open with the version that wrapped it: left as it is")
    return 1 if rotation.damaged else 0


async def destroy_retired(settings: Settings, *, by: str, console: Console) -> int:
    """Destroy the versions that were retired before the oldest backup that may be kept: none of them needs it."""
    async with opened_key_store(settings) as (keys, database):
        here = await keys.platform_key.look()
        now = await BackupStore(database).now()
        old = [
            each.number for each in await keys.versions.all()
            if each.number in here and each.retired_at is not None
            and is_too_old(each.retired_at, now, days=settings.key_backup_days)]
        for version in old:
            await trace(settings, "destroy_platform_key", by=by, version=version)
            await keys.platform_key.destroy(version)
    told = f"destroyed here: version {', '.join(map(str, old))}" if old else "no version was retired that long ago"
    console.print(f"{told}; copies of key files elsewhere are yours to destroy" if old else told)
    return 0


async def _every_process_has_it(rotation: Rotation, version: int, told: Callable[[str], None]) -> None:
    """Raises Unavailable when one of them does not learn of it: on another machine, the file is to be brought there."""
    waiting: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while lacking := await rotation.lacking(version):
                if lacking != waiting:
                    told(f"waiting for {len(lacking)} processes to open it: {', '.join(lacking)}")
                waiting = lacking
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError as error:
        raise Unavailable(
            f"version {version} is made and NOT in force: {', '.join(waiting)} cannot open it. Bring its key file, or"
            " the settings of the HSM, to that machine, then run this command again") from error


async def _wrap_again(rotation: Rotation, version: int, console: Console) -> int:
    with Progress(console=console) as progress:
        task = progress.add_task("wrapping keys again", total=await rotation.waiting(version))
        return await rotation.wrap_again(version, lambda rows: progress.advance(task, rows))
