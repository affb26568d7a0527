"""A platform with an inbox, a record, and a laboratory that feeds it by files."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from carnet.feeds.folder.form import FolderForm
from carnet.record.inbox.message import Channel, Kept, Partner, Taken
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.take import Arrived, Inbox, take
from tests.running import LABORATORY, Platform

PARTNER = Partner("labo-essai", LABORATORY.struct_id, LABORATORY.name, LABORATORY.software)


@dataclass
class Ground:
    """What the tests of the inbox work with."""

    platform: Platform
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.platform.stores, {Channel.FOLDER: FolderForm()})

    async def send(self, raw: bytes) -> Taken:
        """Send these bytes as a file."""
        return await take(Arrived(raw, Channel.FOLDER, PARTNER), self.inbox)

    async def kept(self, message_id: UUID) -> Kept:
        """How the inbox lists this message."""
        [found] = await self.inbox.stores.messages.of(Wanted(text=str(message_id)))
        return found
