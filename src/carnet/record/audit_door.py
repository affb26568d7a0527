"""Refusals before any use case: a bad token, an unreadable bundle. They leave a trace too."""

from __future__ import annotations

from carnet.audit.events import NO_RECORD, Event, actor_of
from carnet.people.caller import Caller
from carnet.record.stores import Stores


async def refused_at_the_door(
    stores: Stores, *, door: str, act: str, reason: str, caller: Caller | None = None, request_id: str = "",
) -> None:
    """Commit the trace of a refusal. `reason` is a code, never what was sent."""
    event = Event(NO_RECORD, act, "refused", door, request_id, actor_of(caller), {"reasons": [reason]})
    await stores.records.trace((event, None))
