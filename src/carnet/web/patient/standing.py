"""How the person at the page stands to the record it is about, for what a page offers; each act is decided anew."""

from __future__ import annotations

from carnet.record.status import RecordStatus, record_status
from carnet.rights.held import RecordState
from carnet.rights.party import Party
from carnet.web.site import Visit


async def status_of(visit: Visit) -> RecordStatus:
    """The record that the pages are about. Raises NotFound when there is none for this person to know of."""
    return await record_status(visit.asker, visit.own_ins, visit.stores)


def decides(status: RecordStatus) -> bool:
    """True for a representative, and for a holder whom nobody represents."""
    return status.party is Party.REPRESENTATIVE or (status.party is Party.HOLDER and not status.is_dependant)


def is_active(status: RecordStatus) -> bool:
    """True while the record may be read and changed."""
    return status.state is RecordState.ACTIVE
