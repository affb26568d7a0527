"""Close a record: it stays sealed for ten years, and nobody reads or feeds it (CSP R1111-36, SPEC 3.2)."""

from __future__ import annotations

from carnet.errors import InvalidInput, Issue
from carnet.people.caller import Caller, OfficerCaller, SystemCaller
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.status import RecordStatus, record_status
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import StateChanged
from carnet.rights.decision import DECEASED
from carnet.rights.held import RecordState

ASKED, BY_MISTAKE, UNOPPOSED = "patient-demande", "ouverture-par-erreur", "suspension-sans-opposition"
MOTIVES = (ASKED, DECEASED, BY_MISTAKE, UNOPPOSED)


def motives_of(caller: Caller) -> tuple[str, ...]:
    """The motives that this caller may give: a death is an officer's to say, since only an officer takes it back."""
    match caller:
        case OfficerCaller():
            return (ASKED, DECEASED, BY_MISTAKE)
        case SystemCaller():
            return (UNOPPOSED,)
        case _:
            return (ASKED, BY_MISTAKE)


async def close_record(asker: Asker, ins: Ins, *, motive: str, stores: Stores, reason: str = "") -> RecordStatus:
    """Close the record, in force at commit; every authorisation ends with it, and blocks stay.

    Raises InvalidInput for a motive that is not theirs to give, NotFound, NotPermitted, Conflict if the record moved.
    """
    def closed(*_: object) -> tuple[StateChanged]:
        if motive not in (known := motives_of(asker.caller)):
            raise InvalidInput(Issue("value", f"one of {', '.join(known)}", "motive"))
        return (StateChanged(state=RecordState.CLOSED, motive=motive),)

    wish = Wish(asker.to(Act.CLOSE_RECORD), closed, reason=reason, detail={"motive": motive})
    await change_rights(asker, ins, wish, stores)
    return await record_status(asker, ins, stores)
