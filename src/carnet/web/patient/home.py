"""My record, in one look, and the way to everything that can be done with it."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response

from carnet.audit.events import actor_of
from carnet.errors import Conflict
from carnet.record.activate import activate
from carnet.record.find import find
from carnet.record.history import HistoryLine, history
from carnet.record.status import RecordStatus
from carnet.rights.held import RecordState
from carnet.rights.party import Party
from carnet.web.documents import CURRENT
from carnet.web.patient.standing import decides, is_active, status_of
from carnet.web.presenters.home import HomePresenter
from carnet.web.presenters.life import PATH as LIFE
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

_LINES = 100
_NOT_YET = frozenset({RecordState.NOTICE, RecordState.REFUSED})
_HISTORY_FOR = frozenset({Party.HOLDER, Party.REPRESENTATIVE})


async def home(visit: Visit) -> Response:
    """The first page after logging in; the first visit of all activates the record."""
    status = await status_of(visit)
    if status.state in _NOT_YET:
        return see_other(LIFE)
    await _activated(visit, status)
    entries = (await find(visit.asker, visit.own_ins, CURRENT, visit.stores)).entries if is_active(status) else ()
    lines: list[HistoryLine] = []
    if status.party in _HISTORY_FOR:
        lines = await history(visit.asker, visit.own_ins, visit.stores, limit=_LINES)
    notice = Tag(visit.words("opening.done"), "good") if "ouvert" in visit.request.query_params else None
    presenter = HomePresenter(visit.words, visit.calendar, actor_of(visit.logged_in.caller).identifier)
    return visit.page("patient/home.html", view=presenter.view(status, entries, lines, notice=notice))


async def _activated(visit: Visit, status: RecordStatus) -> None:
    if is_active(status) and decides(status) and not status.is_activated:
        with suppress(Conflict):    # another page of theirs was faster, or will be
            await activate(visit.asker, visit.own_ins, visit.stores)
