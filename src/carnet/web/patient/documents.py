"""My documents: the list, and the file of each."""

from __future__ import annotations

from starlette.responses import Response

from carnet.documents.entry import AvailabilityStatus
from carnet.record.criteria import Criteria
from carnet.web import documents
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit

PATH = "/moi/documents"
_KEPT = Criteria(statuses=(AvailabilityStatus.APPROVED, AvailabilityStatus.ARCHIVED))
_DONE = frozenset({"supprime", "masques"})


async def my_documents(visit: Visit) -> Response:
    """The list, by date or by category, with its filters: what I archived is there too."""
    view = await documents.listed(visit, visit.own_ins, PATH, _KEPT)
    done = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"mine.done_{done}"), "good") if done in _DONE else None
    return visit.page("patient/documents.html", view=view, notice=notice)


async def shown(visit: Visit) -> Response:
    """Its PDF or image."""
    return await documents.shown_file(visit, of=visit.own_ins)


async def original(visit: Visit) -> Response:
    """Its deposited bytes."""
    return await documents.original(visit, of=visit.own_ins)
