"""My record, in one look."""

from __future__ import annotations

from starlette.responses import Response

from carnet.record.find import find
from carnet.record.history import history
from carnet.record.status import RecordStatus, record_status
from carnet.rights.held import RecordState
from carnet.web.documents import CURRENT
from carnet.web.presenters.home import present_home
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit

_LINES = 100


async def home(visit: Visit) -> Response:
    """The first page after logging in."""
    status = await record_status(visit.asker, visit.own_ins, visit.stores)
    entries = (await find(visit.asker, visit.own_ins, CURRENT, visit.stores)).entries if _is_open(status) else ()
    lines = await history(visit.asker, visit.own_ins, visit.stores, limit=_LINES)
    notice = Tag(visit.words("opening.done"), "good") if "ouvert" in visit.request.query_params else None
    view = present_home(status, entries, lines, words=visit.words, calendar=visit.calendar, notice=notice)
    return visit.page("patient/home.html", view=view)


def _is_open(status: RecordStatus) -> bool:
    return status.state is RecordState.ACTIVE
