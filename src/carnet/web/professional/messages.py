"""What this professional was told: as médecin traitant, of emergency accesses to their patients' records."""

from __future__ import annotations

from starlette.responses import Response

from carnet.record.notifications import mark_read, my_notifications
from carnet.web.presenters.messages import present_messages
from carnet.web.site import Visit

_MOST = 200


async def mine(visit: Visit) -> Response:
    """The messages, newest first; having been shown them is having read them."""
    found = await my_notifications(visit.asker, visit.stores, limit=_MOST)
    await mark_read(visit.asker, [each.notification_id for each in found if each.read_at is None], visit.stores)
    lines = present_messages(found, visit.words, visit.calendar)
    return visit.page("professional/messages.html", lines=lines)
