"""What the professional's organisation sent by feeds, and what became of it. It names no patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from starlette.responses import Response

from carnet.errors import NotFound
from carnet.record.conformity.told import conformity_of_sent
from carnet.record.inbox.message import Kept, MessageState
from carnet.record.inbox.mine import my_message, my_messages, organisation_of
from carnet.record.inbox.store import Wanted
from carnet.web.presenters.conformity import present_conformity
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
        "professional/sendings.html", place=place,
        lines=present_sendings(found[:_SHOWN], PATH, visit.words, visit.calendar),
        choices=states(PATH, state, visit.words), next=_after(found, state) if len(found) > _SHOWN else "")


async def one(visit: Visit) -> Response:
    """One message, and what the national rules say of each of its documents."""
    try:
        message_id = UUID(visit.request.path_params["message"])
    except ValueError:
        raise NotFound("no such message") from None
    kept = await my_message(visit.asker, message_id, visit.stores)
    found = await conformity_of_sent(visit.asker, kept.partner.organisation, kept.unique_ids, visit.stores)
    [line] = present_sendings([kept], PATH, visit.words, visit.calendar)
    documents = [
        (name, present_conformity(each, visit.words, in_detail=True)) for name, each in found.items()]
    return visit.page("professional/sending.html", line=line, documents=documents)


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
