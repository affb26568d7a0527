"""What the senders of an organisation see of their messages: the state of each, and why. Nothing else of any record.

Software of the organisation asks with its token; so does a professional who works there, and neither sees a patient.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from carnet.audit.events import NO_RECORD, done
from carnet.errors import NotFound
from carnet.people.caller import Caller, OrganisationCaller, ProfessionalCaller
from carnet.record.inbox.message import Kept
from carnet.record.inbox.store import Wanted
from carnet.record.inbox.words import as_told
from carnet.record.stores import Stores
from carnet.rights.access import Asker

LISTED = "see_messages"


async def my_messages(asker: Asker, wanted: Wanted, stores: Stores, *, limit: int) -> list[Kept]:
    """Messages of the asker's own organisation, the newest first, without the record and the INS of anybody.

    Raises NotFound for who asks for no organisation, Unavailable.
    """
    organisation = await _own(asker, stores)
    await stores.records.trace((done(asker, LISTED, NO_RECORD), None))
    found = await stores.messages.of(replace(wanted, organisation=organisation), limit=limit)
    return [_as_told(each) for each in found]


async def my_message(asker: Asker, message_id: UUID, stores: Stores) -> Kept:
    """One of them. Raises NotFound, for another organisation's too, and Unavailable."""
    organisation = await _own(asker, stores)
    async with stores.refusals_traced(asker, LISTED):
        found = await stores.messages.named([message_id])
        if not found or found[0].partner.organisation != organisation:
            raise NotFound("no such message")
    await stores.records.trace((done(asker, LISTED, NO_RECORD), None))
    return _as_told(found[0])


async def _own(asker: Asker, stores: Stores) -> str:
    organisation = organisation_of(asker.caller)
    if not organisation:
        async with stores.refusals_traced(asker, LISTED):
            raise NotFound("no organisation, no messages")
    return organisation


def _as_told(kept: Kept) -> Kept:
    return replace(kept, record=None, ins="", reasons=as_told(kept.reasons))


def organisation_of(caller: Caller) -> str:
    """The organisation for which somebody asks; empty for who asks for none."""
    match caller:
        case OrganisationCaller(struct_id=struct_id):
            return struct_id
        case ProfessionalCaller(organisation=organisation):
            return organisation or ""
        case _:
            return ""
