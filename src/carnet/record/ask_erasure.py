"""Ask that a closed record be erased before its ten years are over, or take that back (CSP R1111-36, SPEC 3.2).

Closing and erasing are two acts. Erasing is deferred, so that it can be cancelled: what is erased never comes back.
"""

from __future__ import annotations

from datetime import datetime

from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import ErasureChanged
from carnet.rights.due import ERASURE, retention_ends


async def ask_erasure(asker: Asker, ins: Ins, stores: Stores) -> datetime:
    """Have the closed record erased, and answer when: never after its ten years. Asking again does not put it off.

    Raises NotFound, NotPermitted, Conflict.
    """
    def asked(known: Known, now: datetime) -> tuple[ErasureChanged, ...]:
        if known.rights.erasure_due_at is not None:
            return ()
        return (ErasureChanged(min(now + ERASURE, retention_ends(known.rights.since))),)

    known = await change_rights(asker, ins, Wish(asker.to(Act.ASK_ERASURE), asked), stores)
    return known.rights.erasure_due_at or retention_ends(known.rights.since)


async def cancel_erasure(asker: Asker, ins: Ins, stores: Stores) -> None:
    """Keep the record closed for its ten years after all. Raises NotFound (it is erased), NotPermitted, Conflict."""
    await change_rights(
        asker, ins, Wish(asker.to(Act.CANCEL_ERASURE), lambda *_: (ErasureChanged(None),)), stores)
