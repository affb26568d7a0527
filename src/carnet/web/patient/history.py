"""Who came to my record."""

from __future__ import annotations

from starlette.responses import Response

from carnet.documents.entry import DocumentEntry
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.status import record_status
from carnet.rights.facts import RecordState
from carnet.web.presenters.history import HistoryPresenter, Wanted
from carnet.web.presenters.home import titles_of
from carnet.web.site import Visit

_LINES = 200


async def who_came(visit: Visit) -> Response:
    """Every access, refused ones too, newest first, a page of lines at a time."""
    query = visit.request.query_params
    wanted = Wanted(query.get("who", ""), query.get("what", ""))
    status = await record_status(visit.asker, visit.own_ins, visit.stores)
    lines = await history(visit.asker, visit.own_ins, visit.stores, limit=_LINES)
    entries: tuple[DocumentEntry, ...] = ()
    if status.state is RecordState.ACTIVE:
        entries = (await find(visit.asker, visit.own_ins, Criteria(), visit.stores)).entries
    presenter = HistoryPresenter(visit.words, visit.calendar, titles_of(entries))
    return visit.page("patient/history.html", view=presenter.view(lines, wanted))
