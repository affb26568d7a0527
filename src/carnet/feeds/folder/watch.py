"""The watch of one partner's folder: each look takes what is whole, and tells what became of what waited.

A file is whole when two looks saw it alike and nobody has it open for writing. It is moved to where it stays after its
message is written: killed at any point, the next look finds it in `in` or in `taking`, and takes it (again, which the
inbox knows to be the same message). One process at a time looks at a folder; the others do nothing meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from carnet.errors import CarnetError
from carnet.feeds.folder.note import message_of, note
from carnet.feeds.folder.place import FileInUseError, Look, Part, Place, UnfitFileError, held
from carnet.record.audit_door import refused_at_the_door
from carnet.record.inbox.message import Channel, Kept, MessageState, Partner
from carnet.record.inbox.take import Arrived, Inbox, take

log = logging.getLogger(__name__)

_PARTS = {
    MessageState.RECEIVED: Part.WAITING, MessageState.WAITING: Part.WAITING, MessageState.REFUSED: Part.REFUSED,
    MessageState.DEPOSITED: Part.DONE, MessageState.REPLACED: Part.DONE, MessageState.DELETED: Part.DONE,
}
_ASKED_AT_ONCE = 500


class FolderWatch:
    """Watches one folder for one partner. Files of more than `limit` bytes are refused unread."""

    def __init__(self, folder: Path, partner: Partner, inbox: Inbox, *, limit: int) -> None:
        self._folder = folder
        self._partner = partner
        self._inbox = inbox
        self._limit = limit
        self._seen: dict[str, Look] = {}

    async def look(self) -> int:
        """Take what is whole now; how many files went to where they stay.

        What cannot be taken now, for the platform is not there, stays for the next look.
        """
        try:
            with held(self._folder) as place:
                return 0 if place is None else await self._take_all(place)
        except OSError as error:
            log.warning("the folder of %s cannot be looked at: %s", self._partner.partner_id, error.strerror)
        except CarnetError as error:
            log.info("the folder of %s is taken later: %s", self._partner.partner_id, error)
        return 0

    async def follow(self) -> int:
        """Move what waited and waits no more; how many files went. Raises Unavailable."""
        try:
            with held(self._folder) as place:
                return 0 if place is None else await self._follow_all(place)
        except OSError as error:
            log.warning("the folder of %s cannot be looked at: %s", self._partner.partner_id, error.strerror)
        return 0

    async def _take_all(self, place: Place) -> int:
        now = {name: seen for name in place.names(Part.IN) if (seen := place.look(name)) is not None}
        for name, seen in now.items():
            if self._seen.get(name) == seen:
                place.begin(name)
        self._seen = now
        return sum([await self._take_one(name, place) for name in place.names(Part.TAKING)])

    async def _take_one(self, name: str, place: Place) -> bool:
        try:
            raw = await asyncio.to_thread(place.read, name, self._limit)
        except FileInUseError:
            return False
        except UnfitFileError as unfit:
            await refused_at_the_door(
                self._inbox.stores, door=Channel.FOLDER, act="feed", reason=unfit.issue.code,
                caller=self._partner.caller)
            place.settle(name, Part.REFUSED, note(MessageState.REFUSED, None, issues=(unfit.issue,)))
            return True
        taken = await take(Arrived(raw, Channel.FOLDER, self._partner), self._inbox)
        written = note(taken.state, taken.message_id, reasons=taken.reasons, issues=taken.issues)
        place.settle(name, _PARTS[taken.state], written)
        return True

    async def _follow_all(self, place: Place) -> int:
        noted = {name: message_of(place.note_of(name)) for name in place.names(Part.WAITING)}
        waiting = [(name, message_id) for name, message_id in noted.items() if message_id is not None]
        moved = 0
        for start in range(0, len(waiting), _ASKED_AT_ONCE):
            some = waiting[start:start + _ASKED_AT_ONCE]
            kept = await self._inbox.stores.messages.named([message_id for _, message_id in some])
            # The sender may write to its notes: they name no message of anybody else.
            ours = {each.message_id: each for each in kept if each.partner.partner_id == self._partner.partner_id}
            moved += sum(self._move(name, ours[message_id], place) for name, message_id in some if message_id in ours)
        return moved

    def _move(self, name: str, kept: Kept, place: Place) -> bool:
        part = _PARTS[kept.state]
        if part is Part.WAITING:
            return False
        written = note(kept.state, kept.message_id, reasons=kept.reasons, issues=kept.issues)
        place.settle(name, part, written, source=Part.WAITING)
        return True
