"""Object to an announced record: there is none then, and nobody but its holder learns that there was to be one.

SPEC 3.1: six weeks to object. A record that was refused may be opened later, if its holder wishes so.
"""

from __future__ import annotations

from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import StateChanged
from carnet.rights.held import RecordState


async def refuse_record(asker: Asker, ins: Ins, stores: Stores, *, reason: str = "") -> None:
    """Refuse the record that was announced. Raises NotFound, NotPermitted once the record is open, Conflict."""
    def refused(*_: object) -> tuple[StateChanged]:
        return (StateChanged(state=RecordState.REFUSED),)

    await change_rights(asker, ins, Wish(asker.to(Act.REFUSE_RECORD), refused, reason=reason), stores)
