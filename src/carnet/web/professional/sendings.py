"""What the professional's organisation sent by feeds, and what became of it. It names no patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from starlette.responses import Response

from carnet.record.inbox.message import Kept, MessageState
from carnet.record.inbox.mine import my_messages, organisation_of
from carnet.record.inbox.store import Wanted
from carnet.web.presenters.sendings import present_sendings, states
from carnet.web.professional.standing import professional_of
from carnet.web.site import Visit

PATH = "/pro/envois"
_SHOWN = 50


async def mine(visit: Visit) -> Response:
    """A page of the messages, the newest first; in one state, when one is chosen."""
    professional = professional_of(visit)
    found: list[Kept] = []
    if organisation_of(professional):
        found = await my_messages(visit.asker, _wanted(visit), visit.stores, limit=_SHOWN + 1)
    place = professional.organisation_name or organisation_of(professional)
    state = visit.request.query_params.get("etat", "")
    return visit.page(
        "professional/sendings.html", place=place, lines=present_sendings(found[:_SHOWN], visit.words, visit.calendar),
        choices=states(PATH, state, visit.words), next=_after(found, state) if len(found) > _SHOWN else "")


def _wanted(visit: Visit) -> Wanted:
    """What the address asks for; what it cannot mean is not asked."""
    asked = visit.request.query_params
    state = asked.get("etat", "")
    moment, _, last = asked.get("apres", "").partition("_")
    wanted = Wanted(state=MessageState(state) if state in [*MessageState] else None)
    try:
        return replace(wanted, before=datetime.fromtimestamp(int(moment) / 1_000_000, UTC), after=UUID(last))
    except (ValueError, OverflowError, OSError):
        return wanted


def _after(found: list[Kept], state: str) -> str:
    last = found[_SHOWN - 1]
    chosen = f"etat={state}&" if state in [*MessageState] else ""
    return f"{PATH}?{chosen}apres={round(last.received_at.timestamp() * 1_000_000)}_{last.message_id}"
