"""What both sides do with documents: list them, open one, hand its file to the browser.

The record room decides and traces each of these. May import: record, the rest of this room.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.documents.media import sniff
from carnet.errors import NotFound
from carnet.people.caller import ProfessionalCaller
from carnet.people.ins import Ins
from carnet.record.conformity.fingerprint import CHECKED
from carnet.record.conformity.told import conformity_of_bytes
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.retrieve import Retrieved, retrieve
from carnet.web.headers import FILE_POLICY, PDF_POLICY
from carnet.web.presenters.conformity import present_conformity
from carnet.web.presenters.document import DocumentView, present_document
from carnet.web.presenters.documents import DocumentsPresenter, DocumentsView, Filter
from carnet.web.reading import read
from carnet.web.site import Visit

CURRENT = Criteria(statuses=(AvailabilityStatus.APPROVED,))
_ENDINGS = {
    "application/pdf": "pdf", "text/xml": "xml", "application/xslt+xml": "xml", "application/dicom": "dcm",
    "image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "text/plain": "txt", "text/rtf": "rtf",
    "application/fhir+json": "json",
}


async def listed(visit: Visit, ins: Ins, path: str, criteria: Criteria = CURRENT) -> DocumentsView:
    """The documents of this person that were not replaced, with the filters of the address."""
    found = await find(visit.asker, ins, criteria, visit.stores)
    kept = [entry for entry in found.entries if entry.availability_status is not AvailabilityStatus.DEPRECATED]
    wanted = Filter.read(visit.request.query_params)
    return DocumentsPresenter(visit.words, visit.calendar, path).view(kept, wanted)


async def opened(visit: Visit, path: str, *, of: Ins) -> DocumentView:
    """One document, with what can be shown of it."""
    return (await opened_with_entry(visit, path, of=of))[1]


async def opened_with_entry(visit: Visit, path: str, *, of: Ins) -> tuple[DocumentEntry, DocumentView]:
    """The same, and its entry. Reading a large document takes a while: other visitors do not wait."""
    retrieved = await _retrieved(visit, of)
    reading = await asyncio.to_thread(read, retrieved.entry.mime_type, retrieved.content)
    view = present_document(retrieved.entry, reading, path, words=visit.words, calendar=visit.calendar)
    if sniff(retrieved.content) not in CHECKED:
        return retrieved.entry, view
    found = await conformity_of_bytes(of, retrieved.content, visit.stores)
    in_detail = isinstance(visit.asker.caller, ProfessionalCaller)
    return retrieved.entry, replace(view, conformity=present_conformity(found, visit.words, in_detail=in_detail))


async def shown_file(visit: Visit, *, of: Ins) -> Response:
    """The PDF or the image that a page shows inside itself."""
    retrieved = await _retrieved(visit, of)
    reading = await asyncio.to_thread(read, retrieved.entry.mime_type, retrieved.content)
    if reading.file is None:
        raise HTTPException(404)
    policy = PDF_POLICY if reading.file.mime_type == "application/pdf" else FILE_POLICY
    return Response(
        reading.file.content, media_type=reading.file.mime_type,
        headers={"content-security-policy": policy, "content-disposition": "inline"},
    )


async def original(visit: Visit, *, of: Ins) -> Response:
    """The very bytes that were deposited, to keep. Never shown by the browser: they may be anything."""
    retrieved = await _retrieved(visit, of)
    name = quote(_file_name(retrieved.entry))
    return Response(
        retrieved.content, media_type="application/octet-stream",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}", "content-security-policy": FILE_POLICY},
    )


async def _retrieved(visit: Visit, of: Ins) -> Retrieved:
    """A document of this person: one of another, asked for under this name, is as unknown as one that never was."""
    retrieved = await retrieve(visit.asker, visit.request.path_params["document"], visit.stores)
    if retrieved.entry.patient_id != of:
        raise NotFound("no such document of this person")
    return retrieved


def _file_name(entry: DocumentEntry) -> str:
    """The title, less what file systems cannot bear."""
    kept = "".join(letter if letter.isalnum() or letter in " -_.,()" else " " for letter in entry.title)
    stem = " ".join(kept.split()).strip(". ")[:100] or "document"
    return f"{stem}.{_ENDINGS.get(entry.mime_type.partition(';')[0], 'bin')}"
