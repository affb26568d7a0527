"""Close a record: it stays sealed for ten years, and nobody reads or feeds it (CSP R1111-36, SPEC 3.2)."""

from __future__ import annotations

from carnet.errors import InvalidInput, Issue
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import StateChanged
from carnet.rights.held import RecordState

MOTIVES = ("patient-demande", "deces", "ouverture-par-erreur", "suspension-sans-opposition")


async def close_record(asker: Asker, ins: Ins, *, motive: str, stores: Stores, reason: str = "") -> RecordStatus:
    """Close the record, in force at commit; every authorisation ends with it, and blocks stay.

    Raises InvalidInput for an unknown motive, NotPermitted for who may not, Conflict if the record moved.
    """
    def closed(*_: object) -> tuple[StateChanged]:
        if motive not in MOTIVES:
            raise InvalidInput(Issue("value", f"one of {', '.join(MOTIVES)}", "motive"))
        return (StateChanged(state=RecordState.CLOSED, motive=motive),)

    wish = Wish(asker.to(Act.CLOSE_RECORD), closed, reason=reason, detail={"motive": motive})
    await change_rights(asker, ins, wish, stores)
    return await record_status(asker, ins, stores)
