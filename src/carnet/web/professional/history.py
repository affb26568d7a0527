"""What I did in this record, refusals too; the médecin traitant sees what everybody did."""

from __future__ import annotations

from starlette.responses import Response

from carnet.record.history import history
from carnet.web.presenters.own_history import present_own_history
from carnet.web.professional.standing import page, professional_of, status_of
from carnet.web.site import Visit

_LINES = 500


async def mine(visit: Visit) -> Response:
    """By day, newest first."""
    lines = await history(visit.asker, visit.patient, visit.stores, limit=_LINES)
    status = await status_of(visit)
    days = present_own_history(lines, professional_of(visit).ps_id, words=visit.words, calendar=visit.calendar)
    return page(visit, status, "history", days=days, sees_all=status.is_medecin_traitant)
