"""What I was told: the notifications of the person, or of the professional, who asks; nobody reads another's.

They are shown on the pages and by no other way yet: sending them by e-mail comes with a later issue.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from carnet.audit.events import NO_RECORD, done
from carnet.people.caller import Caller, PatientCaller, ProfessionalCaller
from carnet.record.effects import to_person, to_professional
from carnet.record.notification_store import Notification
from carnet.record.stores import Stores
from carnet.rights.access import Asker

SEEN = "see_notifications"
MOST = 500


async def my_notifications(asker: Asker, stores: Stores, *, limit: int = 50) -> list[Notification]:
    """What I was told, the newest first, at most 500; nothing for who is told of nothing (software, officers)."""
    recipient = _recipient(asker.caller)
    if recipient is None:
        return []
    await stores.records.trace((done(asker, SEEN, NO_RECORD), None))
    return await stores.notifications.of(
        recipient, limit=min(max(limit, 1), MOST), only_about=_only_about(asker.caller))


async def unread(asker: Asker, stores: Stores) -> int:
    """How many I have not read: a number for every page, that leaves no trace."""
    recipient = _recipient(asker.caller)
    if recipient is None:
        return 0
    return await stores.notifications.unread(recipient, only_about=_only_about(asker.caller))


async def mark_read(asker: Asker, notification_ids: Sequence[UUID], stores: Stores) -> None:
    """I have read these. Those that are not mine, or are not there, are left alone without a word."""
    recipient = _recipient(asker.caller)
    if recipient is not None and notification_ids:
        await stores.notifications.read(recipient, notification_ids)


def _recipient(caller: Caller) -> str | None:
    match caller:
        case PatientCaller(ins=ins):
            return to_person(ins)
        case ProfessionalCaller(ps_id=ps_id):
            return to_professional(ps_id)
        case _:
            return None


def _only_about(caller: Caller) -> str | None:
    """An application acts for the holder alone: what its user was told of other people is not for it."""
    return to_person(caller.ins) if isinstance(caller, PatientCaller) and caller.application else None
