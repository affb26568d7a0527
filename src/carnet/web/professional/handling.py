"""Change who sees a document, or whether it is in force: at the patient's request, or as its author."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.documents.entry import DocumentEntry
from carnet.errors import NotFound
from carnet.record.retrieve import describe
from carnet.record.visibility import change_visibility
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.handling import ACTS, CONFIRMED
from carnet.web.professional.standing import page, patient_path, status_of
from carnet.web.site import Visit, see_other


async def ask(visit: Visit) -> Response:
    """What this does, before it is done: for what is not taken back."""
    name, path = _name(visit), _path(visit)
    if name not in CONFIRMED:
        return see_other(path)
    entry = await _theirs(visit)
    view = confirm(
        visit.words, f"handling_{name}", CONFIRMED[name], path=f"{path}/{name}", back=path,
        version=str(entry.entry_uuid))
    return page(visit, await status_of(visit), "confirm", view=view)


async def change(visit: Visit) -> Response:
    """Do it, to the version that the page showed."""
    name = _name(visit)
    if name in CONFIRMED and not visit.text("confirmed"):
        return await ask(visit)
    entry = await _theirs(visit)
    await change_visibility(
        visit.asker, str(entry.logical_id), ACTS[name], visit.stores, if_match=visit.text("version") or None)
    match name:
        case "supprimer":
            return see_other(f"{patient_path(visit)}?fait=supprimer")
        case "masquer":     # whoever asked may be one of those who see it no more
            return see_other(f"{patient_path(visit)}/documents?fait=masquer")
        case _:
            return see_other(f"{_path(visit)}?fait={name}")


def _name(visit: Visit) -> str:
    name: str = visit.request.path_params["act"]
    if name not in ACTS:
        raise HTTPException(404)
    return name


async def _theirs(visit: Visit) -> DocumentEntry:
    """The entry, if it is of this patient: one of another is as unknown as one that never was."""
    entry = await describe(visit.asker, visit.request.path_params["document"], visit.stores)
    if entry.patient_id != visit.patient:
        raise NotFound("no such document of this person")
    return entry


def _path(visit: Visit) -> str:
    return f"{patient_path(visit)}/documents/{visit.request.path_params['document']}"
