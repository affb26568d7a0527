"""ITI-68 Retrieve Document: `GET [base]/Binary/<id>`, exactly the bytes that were deposited.

https://profiles.ihe.net/ITI/MHD/ITI-68.html, PDSm flows 7 and 8. As they are, with the type that was declared; as a
FHIR Binary for who asks for FHIR; nothing else. May import: this room, record, errors.
"""

from __future__ import annotations

import msgspec
import pybase64
from starlette.requests import Request
from starlette.responses import Response

from carnet.errors import NotAcceptable, NotFound
from carnet.fhir.door import Visit
from carnet.fhir.elements import Element, Reference
from carnet.fhir.forms import accepted_types, takes
from carnet.fhir.outcome import FHIR_JSON
from carnet.fhir.validate import is_id
from carnet.record.retrieve import Retrieved, retrieve

_FHIR_TYPES = ("application/fhir+json", "application/json")
_XML_TYPES = frozenset({"text/xml", "application/xml"})   # both are said of a CDA
_EXTENSIONS = {
    "text/xml": "xml", "application/xml": "xml", "application/xslt+xml": "xml", "application/pdf": "pdf",
    "text/plain": "txt", "text/rtf": "rtf", "application/rtf": "rtf", "image/jpeg": "jpg", "image/png": "png",
    "image/tiff": "tif", "application/dicom": "dcm", "application/fhir+json": "json",
}


class BinaryResource(Element, frozen=True, tag_field="resourceType", tag="Binary"):
    """A document as a FHIR resource."""

    id: str
    content_type: str
    security_context: Reference
    data: str


async def read_binary(visit: Visit) -> Response:
    """The bytes of a document. Unknown and hidden are the same 404."""
    if not is_id(visit.identifier):
        raise NotFound("no such document")
    found = await retrieve(visit.hand_over(), visit.identifier, visit.rooms.stores)
    stored = found.entry.mime_type
    as_fhir = _wants_fhir(visit.request, stored)
    headers = {
        # the bytes never change; what a browser does with a hostile document must stay out of this site
        "ETag": f'"{found.entry.hash}{"-fhir" if as_fhir else ""}"', "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff", "Vary": "Accept, Authorization",
    }
    if headers["ETag"] in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if as_fhir:
        return Response(_resource(found), media_type=FHIR_JSON, headers=headers)
    name = f"{found.entry.logical_id}.{_EXTENSIONS.get(stored, 'bin')}"
    headers |= {
        "Content-Type": stored, "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(found.content, headers=headers)


def _wants_fhir(request: Request, stored: str) -> bool:
    """True for a FHIR Binary, False for the bytes. Raises NotAcceptable when the asker takes neither.

    Who names the stored type, or only a wildcard, gets the bytes; who names FHIR and not the stored type gets FHIR.
    """
    equal = _XML_TYPES if stored in _XML_TYPES else frozenset({stored})
    accepted = (request.query_params.get("_format") or "").strip().replace(" ", "+")
    named = (accepted,) if accepted else accepted_types(request)
    if any(media_type in equal for media_type in named):
        return False
    if any(media_type in (*_FHIR_TYPES, "json") for media_type in named):
        return True
    if not accepted and takes(request, *equal):
        return False
    raise NotAcceptable(f"this document exists as {stored} and as {FHIR_JSON}")


def _resource(found: Retrieved) -> bytes:
    return msgspec.json.encode(BinaryResource(
        id=str(found.entry.logical_id), content_type=found.entry.mime_type,
        security_context=Reference(reference=f"DocumentReference/{found.entry.entry_uuid}"),
        data=pybase64.b64encode(found.content).decode(),
    ))
