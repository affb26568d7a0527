"""One patient's pages: who they are about, and how the professional stands to this record.

The address holds a handle of the session, never an INS. What a page offers follows from the record's status; each act
is decided anew. May import: record, the site and presenters of this room.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from carnet.errors import NotFound
from carnet.people.caller import ProfessionalCaller
from carnet.record.status import RecordStatus, record_status
from carnet.rights.access import AccessMode, Act
from carnet.rights.facts import AuthorisationState
from carnet.web import traces
from carnet.web.gate import View
from carnet.web.presenters.patient import PatientPresenter
from carnet.web.site import Visit


def about_a_patient(view: View) -> View:
    """The same view, handed the patient behind the handle of its address; a handle of another session is none."""
    async def found(visit: Visit) -> Response:
        looked_for = await visit.site.sessions.looked_for(visit.logged_in, visit.request.path_params["handle"])
        if looked_for is None:
            await traces.refused(visit, Act.SEE_STATUS, "handle")
            raise NotFound("no such handle in this session")
        return await view(replace(visit, about=looked_for.ins, is_secret=looked_for.is_secret))

    return found


def patient_path(visit: Visit) -> str:
    """Where the pages of this patient are."""
    return f"/pro/patients/{visit.request.path_params['handle']}"


def professional_of(visit: Visit) -> ProfessionalCaller:
    """The professional who is logged in, on pages that only they reach."""
    caller = visit.logged_in.caller
    if not isinstance(caller, ProfessionalCaller):
        raise TypeError("this page is of professionals only")
    return caller


async def status_of(visit: Visit) -> RecordStatus:
    """The record that the page is about. Raises NotFound when there is none to know of."""
    return await record_status(visit.asker, visit.patient, visit.stores)


async def reading(visit: Visit) -> tuple[Visit, RecordStatus]:
    """The visit in the mode in which this professional reads: their open emergency access, if they have no other."""
    status = await status_of(visit)
    if status.opened is None or status.authorisation is AuthorisationState.VALID:
        return visit, status
    return replace(visit, mode=AccessMode(status.opened.mode)), status


def presenter_of(visit: Visit) -> PatientPresenter:
    """Presents this patient."""
    return PatientPresenter(visit.words, visit.calendar, patient_path(visit), visit.is_secret)


def page(visit: Visit, status: RecordStatus, template: str, *, code: int = 200, **values: object) -> Response:
    """A page about this patient, with the banner that all of them carry."""
    banner = presenter_of(visit).banner(status, visit.request.url.path)
    return visit.page(f"professional/{template}.html", status=code, patient=banner, **values)
