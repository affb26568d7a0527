"""The secret connection of a minor: what is deposited in it, their legal representatives do not see (SPEC 1.4)."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from carnet.rights.held import RecordState
from carnet.web.professional.standing import patient_path, status_of
from carnet.web.site import Visit, see_other


async def switch(visit: Visit) -> Response:
    """Begin one, in this session and for this patient; or leave it."""
    wanted = visit.text("secret") == "yes"
    if wanted:
        status = await status_of(visit)
        if not status.is_minor or status.state is not RecordState.ACTIVE:
            raise HTTPException(404)
    await visit.site.sessions.be_secret(visit.logged_in, visit.patient, is_secret=wanted)
    return see_other(f"{patient_path(visit)}?fait={'secret' if wanted else 'plus-secret'}")
