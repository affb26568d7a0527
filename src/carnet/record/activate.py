"""Activate a record: its holder, or who represents them, came to the portal (SPEC 3.2). Feeding and reading never wait
for it.
"""

from __future__ import annotations

from carnet.people.ins import Ins
from carnet.record.change_rights import Wish, change_rights
from carnet.record.stores import Stores
from carnet.rights.access import Act, Asker
from carnet.rights.changes import Activated


async def activate(asker: Asker, ins: Ins, stores: Stores) -> None:
    """Note that the holder came to the portal; once is enough. Raises NotFound, NotPermitted, Conflict."""
    await change_rights(asker, ins, Wish(asker.to(Act.ACTIVATE), lambda *_: (Activated(),)), stores)
