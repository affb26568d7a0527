"""Act for someone else: from then on the pages are about their record, until one leaves it.

The person acted for is kept with the session, never in an address; and nothing is opened by it: each access is decided.
"""

from __future__ import annotations

from starlette.responses import Response

from carnet.errors import NotFound
from carnet.record.proxies import people_i_act_for
from carnet.rights.held import ProxyState
from carnet.web.patient.people import PATH, person_of
from carnet.web.session import ActingFor
from carnet.web.site import Visit, see_other


async def begin(visit: Visit) -> Response:
    """Go to the record of somebody for whom I act. Raises NotFound for anybody else."""
    ins = await person_of(visit)
    people = await people_i_act_for(visit.asker, visit.stores)
    found = next((each for each in people if each.ins == ins and each.state is ProxyState.ACCEPTED), None)
    if found is None:
        raise NotFound("nobody to act for")
    await visit.site.sessions.act_for(visit.logged_in, ActingFor(found.ins, found.name, found.kind))
    return see_other("/moi")


async def leave(visit: Visit) -> Response:
    """Back to my own pages."""
    await visit.site.sessions.act_for(visit.logged_in, None)
    return see_other(f"{PATH}?fait=rendu")


async def ended(visit: Visit) -> Response:
    """The record is not, or no more, open to whom acted for somebody: they are back in their own pages."""
    await visit.site.sessions.act_for(visit.logged_in, None)
    return see_other(f"{PATH}?fait=fini")
