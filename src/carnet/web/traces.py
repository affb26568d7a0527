"""Traces of what no use case sees: logins, and forms refused before anything was asked of a record (SPEC 9.3).

May import: audit, record, the site of this room.
"""

from __future__ import annotations

from carnet.audit.events import NO_RECORD, Event, actor_of
from carnet.people.caller import Caller
from carnet.record.audit_door import refused_at_the_door
from carnet.web.site import Visit

DOOR = "web"


async def refused(visit: Visit, act: str, reason: str) -> None:
    """Commit the trace of a refusal here. `reason` is a code, never what was typed."""
    caller = visit.session.caller if visit.session else None
    await refused_at_the_door(
        visit.stores, door=DOOR, act=act, reason=reason, caller=caller, request_id=visit.request_id
    )


async def done(visit: Visit, act: str, caller: Caller) -> None:
    """Commit the trace of something that is about no record: logging in, logging out."""
    event = Event(NO_RECORD, act, "done", DOOR, visit.request_id, actor_of(caller))
    await visit.stores.records.trace((event, None))
