"""The documents of a patient, as this professional may see them."""

from __future__ import annotations

from starlette.responses import Response

from carnet.people.ins import Ins
from carnet.record.status import record_status
from carnet.web import documents
from carnet.web.presenters.patient import PatientBanner
from carnet.web.professional.patients import patient_of, patient_path, presenter_of
from carnet.web.site import Visit


async def their_documents(visit: Visit) -> Response:
    """The list, with its filters."""
    ins = await patient_of(visit)
    view = await documents.listed(visit, ins, f"{patient_path(visit)}/documents")
    return visit.page("professional/documents.html", patient=await _banner(visit, ins), view=view)


async def their_document(visit: Visit) -> Response:
    """One document, to read."""
    ins = await patient_of(visit)
    path = f"{patient_path(visit)}/documents/{visit.request.path_params['document']}"
    view = await documents.opened(visit, path, of=ins)
    return visit.page("professional/document.html", patient=await _banner(visit, ins), view=view)


async def shown(visit: Visit) -> Response:
    """Its PDF or image."""
    return await documents.shown_file(visit, of=await patient_of(visit))


async def original(visit: Visit) -> Response:
    """Its deposited bytes."""
    return await documents.original(visit, of=await patient_of(visit))


async def _banner(visit: Visit, ins: Ins) -> PatientBanner:
    status = await record_status(visit.asker, ins, visit.stores)
    return presenter_of(visit).banner(status, f"{patient_path(visit)}/documents")
