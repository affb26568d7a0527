"""`carnet keys rotate`: another version of the platform key takes over while the platform runs.

May import: errors, journal; `key_store`, `platform_key` and `settings` of this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rich.console import Console
from rich.progress import Progress

from carnet.errors import Unavailable
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
            f"version {version} is made and NOT in force: {', '.join(waiting)} cannot open it. Bring its key file to"
            " that machine, then run this command again") from error


async def _wrap_again(rotation: Rotation, version: int, console: Console) -> int:
    with Progress(console=console) as progress:
        task = progress.add_task("wrapping keys again", total=await rotation.waiting(version))
        return await rotation.wrap_again(version, lambda rows: progress.advance(task, rows))
