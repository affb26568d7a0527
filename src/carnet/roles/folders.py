"""Watched folders in a process: each partner's, a look every second.

May import: every room.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from carnet.errors import InvalidSetting, Issue
from carnet.feeds.folder.place import prepare
from carnet.feeds.folder.watch import FolderWatch
from carnet.hosting.repeating import repeating
from carnet.record.stores import Stores
from carnet.roles.inbox import inbox_of, partner_of
from carnet.roles.settings import Settings

LOOK_SECONDS, FOLLOW_SECONDS = 1.0, 15.0


@asynccontextmanager
async def watched_folders(settings: Settings, stores: Stores, _database: asyncpg.Pool) -> AsyncIterator[int]:
    """Watch every partner's folder until the block ends; how many there are. Raises InvalidSetting."""
    inbox = inbox_of(stores, settings)
    folders = folders_of(settings)
    async with AsyncExitStack() as stack:
        for partner_id, folder in folders.items():
            partner = next(partner_of(each) for each in settings.partners if each.id == partner_id)
            watch = FolderWatch(folder, partner, inbox, limit=settings.max_document_bytes)
            # One after the other: each holds the folder while it works.
            await stack.enter_async_context(repeating(_all_of(watch.look), LOOK_SECONDS, what="a watched folder"))
            await stack.enter_async_context(
                repeating(_all_of(watch.follow), FOLLOW_SECONDS, what="files that wait in a folder"))
        yield len(folders)


def folders_of(settings: Settings) -> dict[str, Path]:
    """The folder of each partner that has one, with its parts made. Raises InvalidSetting."""
    folders = {each.id: settings.path(each.folder) for each in settings.partners if each.folder}
    if not folders:
        raise InvalidSetting(Issue("required", "no partner has a folder; accepted: a path in its `folder`", "partners"))
    if len({folder.resolve() for folder in folders.values()}) < len(folders):
        raise InvalidSetting(Issue("value", "two partners have the same folder: who sent a file would be a guess",
                                   "partners"))
    for folder in folders.values():
        prepare(folder)
    return folders


def _all_of(step: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[None]]:
    async def all_of() -> None:
        await step()

    return all_of
