"""The documents of a patient, as this professional may see them: in their emergency access, if they have no other."""

from __future__ import annotations

from starlette.responses import Response

from carnet.record.criteria import Criteria
from carnet.rights.access import AccessMode
from carnet.rights.facts import AuthorisationState
from carnet.web import documents
from carnet.web.presenters.handling import ACTS, Handling, present_handling
from carnet.web.presenters.words import Tag
from carnet.web.professional.standing import page, patient_path, professional_of, reading
from carnet.web.site import Visit

_NOT_REPLACED = Criteria()
_DONE = frozenset({"masquer", "urgence"})


async def their_documents(visit: Visit) -> Response:
    """The list, with its filters."""
    visit, status = await reading(visit)
    view = await documents.listed(visit, visit.patient, f"{patient_path(visit)}/documents", _NOT_REPLACED)
    done = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"handling.done_{done}"), "good") if done in _DONE else None
    return page(visit, status, "documents", view=view, notice=notice)


async def their_document(visit: Visit) -> Response:
    """One document, to read, with what may be done to it at the patient's request."""
    visit, status = await reading(visit)
    path = f"{patient_path(visit)}/documents/{visit.request.path_params['document']}"
    entry, view = await documents.opened_with_entry(visit, path, of=visit.patient)
    caller = professional_of(visit)
    reads = visit.mode is AccessMode.NORMAL and status.authorisation is AuthorisationState.VALID
    may_handle = not visit.is_secret and (reads or entry.depositor == caller.ps_id)
    allows_pair = visit.stores.rules.rights.invisible_and_masked
    handling: Handling | None = None
    if may_handle:
        handling = present_handling(entry, path, visit.words, by=caller, allows_pair=allows_pair)
    done = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"handling.done_{done}"), "good") if done in ACTS else None
    return page(visit, status, "document", view=view, handling=handling, notice=notice)


async def shown(visit: Visit) -> Response:
    """Its PDF or image."""
    visit, _ = await reading(visit)
    return await documents.shown_file(visit, of=visit.patient)


async def original(visit: Visit) -> Response:
    """Its deposited bytes."""
    visit, _ = await reading(visit)
    return await documents.original(visit, of=visit.patient)
