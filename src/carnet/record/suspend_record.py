"""Suspend a record, by an officer, on fraud or a serious fault; without objection it is closed after six weeks.

CSP R1111-36. Suspended counts as not active: nobody reads or feeds it; its holder sees its history and their choices.
"""

from __future__ import annotations

from carnet.errors import InvalidInput, Issue
from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import StateChanged
from carnet.rights.held import RecordState

MOTIVES = ("fraude", "dysfonctionnement-grave")


async def suspend_record(asker: Asker, ins: Ins, stores: Stores, *, motive: str, reason: str = "") -> None:
    """Suspend the record, in force at commit. Raises InvalidInput (the motive), NotFound, NotPermitted, Conflict."""
    def suspended(*_: object) -> tuple[StateChanged]:
        if motive not in MOTIVES:
            raise InvalidInput(Issue("value", f"one of {', '.join(MOTIVES)}", "motive"))
        return (StateChanged(state=RecordState.SUSPENDED, motive=motive),)

    wish = Wish(asker.to(Act.SUSPEND), suspended, reason=reason, detail={"motive": motive})
    await change_rights(asker, ins, wish, stores)


async def resume_record(asker: Asker, ins: Ins, stores: Stores, *, reason: str = "") -> None:
    """End a suspension: all is as it was before, authorisations too. Raises NotFound, NotPermitted, Conflict."""
    def resumed(*_: object) -> tuple[StateChanged]:
        return (StateChanged(state=RecordState.ACTIVE),)

    await change_rights(asker, ins, Wish(asker.to(Act.RESUME), resumed, reason=reason), stores)
