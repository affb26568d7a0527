"""Who came to my record."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from carnet.audit.events import actor_of
from carnet.documents.entry import DocumentEntry
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.status import record_status
from carnet.rights.held import RecordState
from carnet.web.presenters.history import HistoryPresenter, Wanted
from carnet.web.presenters.home import titles_of
from carnet.web.site import Visit

_LINES = 200
_MOST = 5000


async def who_came(visit: Visit) -> Response:
    """Every access, refused ones too, newest first; older ones are added below when asked for."""
    query = visit.request.query_params
    wanted = Wanted(query.get("who", ""), query.get("what", ""))
    status = await record_status(visit.asker, visit.own_ins, visit.stores)
    asked = _lines(query.get("lignes", ""))
    lines = await history(visit.asker, visit.own_ins, visit.stores, limit=asked + 1)
    entries: tuple[DocumentEntry, ...] = ()
    if status.state is RecordState.ACTIVE:
        entries = (await find(visit.asker, visit.own_ins, Criteria(), visit.stores)).entries
    me = actor_of(visit.logged_in.caller).identifier
    presenter = HistoryPresenter(visit.words, visit.calendar, titles_of(entries), me)
    older = {"who": wanted.who, "what": wanted.what, "lignes": asked + _LINES}
    older_path = f"/moi/acces?{urlencode(older)}" if len(lines) > asked else ""
    return visit.page("patient/history.html", view=presenter.view(lines[:asked], wanted, older_path=older_path))


def _lines(text: str) -> int:
    """How many lines to show: each page of older ones has those before it above."""
    return min(max(int(text), _LINES), _MOST) if text.isascii() and text.isdecimal() and len(text) < 7 else _LINES
