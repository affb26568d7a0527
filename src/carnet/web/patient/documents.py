"""My documents: the list, one of them, its file."""

from __future__ import annotations

from starlette.responses import Response

from carnet.web import documents
from carnet.web.site import Visit

PATH = "/moi/documents"


async def my_documents(visit: Visit) -> Response:
    """The list, by date or by category, with its filters."""
    view = await documents.listed(visit, visit.own_ins, PATH)
    return visit.page("patient/documents.html", view=view)


async def my_document(visit: Visit) -> Response:
    """One document, to read."""
    path = f"{PATH}/{visit.request.path_params['document']}"
    view = await documents.opened(visit, path, of=visit.own_ins)
    return visit.page("patient/document.html", view=view)


async def shown(visit: Visit) -> Response:
    """Its PDF or image."""
    return await documents.shown_file(visit, of=visit.own_ins)


async def original(visit: Visit) -> Response:
    """Its deposited bytes."""
    return await documents.original(visit, of=visit.own_ins)
