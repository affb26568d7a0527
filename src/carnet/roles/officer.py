"""What an officer does to one record from the command line: suspend, resume, close for a death, declare protection.

May import: people, rights, record, errors; `settings` and `wiring` of this room.
"""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable

from carnet.errors import NotPermitted
from carnet.people.caller import OfficerCaller
from carnet.people.ins import Ins
from carnet.record.close_record import close_record
from carnet.record.protect import protect
from carnet.record.status import record_status
from carnet.record.stores import Stores
from carnet.record.suspend_record import resume_record, suspend_record
from carnet.rights.access import Asker
from carnet.rights.decision import DECEASED, Decision
from carnet.rights.words import explain
from carnet.roles.settings import Settings
from carnet.roles.wiring import policy_of, stores_of

Deed = Callable[[Asker, Ins, Stores], Awaitable[object]]


async def do(settings: Settings, person: str, deed: Deed, *, by: str) -> int:
    """Do this to the record of this person (INS^^^&OID&ISO^NH), and print its state; 1 and why, if it may not be done.

    Raises InvalidInput, NotFound, Conflict, Unavailable.
    """
    ins = Ins.parse_cx(person, policy_of(settings).ins)
    name = by or getpass.getuser()
    asker = Asker(OfficerCaller(name, name, ""), door="command")
    async with stores_of(settings) as (stores, _):
        try:
            await deed(asker, ins, stores)
        except NotPermitted as error:
            reasons = error.decision.against if isinstance(error.decision, Decision) else ()
            print("\n".join(explain(reason, "en") for reason in reasons), file=sys.stderr)
            return 1
        print(f"the record is {(await record_status(asker, ins, stores)).state}")
    return 0


def suspended(motive: str) -> Deed:
    """Suspend it, with this motive."""
    return lambda asker, ins, stores: suspend_record(asker, ins, stores, motive=motive)


def resumed() -> Deed:
    """End its suspension."""
    return resume_record


def closed_by_death() -> Deed:
    """Close it because its holder died."""
    return lambda asker, ins, stores: close_record(asker, ins, motive=DECEASED, stores=stores)


def protected(is_protected: bool, /) -> Deed:
    """Declare that its holder is protected by law, or no more."""
    return lambda asker, ins, stores: protect(asker, ins, stores, is_protected=is_protected)
