"""One of my documents: mask it or not, see who can read it, archive or delete what I added myself."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.documents.entry import DocumentEntry
from carnet.errors import NotFound
from carnet.record.preview import who_sees
from carnet.record.retrieve import describe
from carnet.record.visibility import change_visibility
from carnet.rights.access import Act
from carnet.web import documents
from carnet.web.patient.documents import PATH
from carnet.web.patient.standing import decides, status_of
from carnet.web.presenters.confirm import confirm
from carnet.web.presenters.my_document import present_mine, present_who_sees
from carnet.web.presenters.words import Tag
from carnet.web.site import Visit, see_other

ACTS = {
    "masquer": Act.MASK, "demasquer": Act.UNMASK, "archiver": Act.ARCHIVE, "desarchiver": Act.UNARCHIVE,
    "supprimer": Act.DELETE,
}


async def read(visit: Visit) -> Response:
    """The document, and what may be done with it."""
    path = _path(visit)
    entry, view = await documents.opened_with_entry(visit, path, of=visit.own_ins)
    is_own = entry.depositor in (str(visit.own_ins), str(visit.person))
    done = visit.request.query_params.get("fait", "")
    notice = Tag(visit.words(f"mine.done_{done}"), "good") if visit.words.has(f"mine.done_{done}") else None
    mine = present_mine(entry, path, visit.words, is_own=is_own, decides=decides(await status_of(visit)))
    return visit.page("patient/document.html", view=view, mine=mine, notice=notice)


async def change(visit: Visit) -> Response:
    """Mask, unmask, archive, take out of the archive, delete: on the version that the page showed."""
    name = visit.request.path_params["act"]
    if name not in ACTS:
        raise HTTPException(404)
    entry = await _mine(visit)
    await change_visibility(
        visit.asker, str(entry.logical_id), ACTS[name], visit.stores, if_match=visit.text("version") or None)
    return see_other(f"{PATH}?fait=supprime" if name == "supprimer" else f"{_path(visit)}?fait={name}")


async def ask_to_delete(visit: Visit) -> Response:
    """What deleting does, before it is done."""
    entry = await _mine(visit)
    view = confirm(
        visit.words, "deleting", ("seen", "ever", "archive"), path=f"{_path(visit)}/supprimer", back=_path(visit),
        version=str(entry.entry_uuid))
    return visit.page("patient/confirm.html", view=view)


async def who(visit: Visit) -> Response:
    """Who can see this document, by name and by profession, and why not."""
    entry = await _mine(visit)
    found = await who_sees(visit.asker, str(entry.logical_id), visit.stores)
    return visit.page("patient/who_sees.html", view=present_who_sees(found, _path(visit), visit.words))


async def _mine(visit: Visit) -> DocumentEntry:
    """The entry, if it is of the record that these pages are about."""
    entry = await describe(visit.asker, visit.request.path_params["document"], visit.stores)
    if entry.patient_id != visit.own_ins:
        raise NotFound("no such document of this person")
    return entry


def _path(visit: Visit) -> str:
    return f"{PATH}/{visit.request.path_params['document']}"
