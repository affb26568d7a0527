"""A document that a request names, and not a patient: where it is, and the one answer when there is none to know of.

Unknown, hidden and forbidden end alike: the same audit write, the same time class, the same words. The trace of a
refusal about a document names it, so that it is not told to who may not see that document.
"""

from __future__ import annotations

from typing import NoReturn, TypeVar
from uuid import UUID

from carnet.audit.events import NO_RECORD, refused
from carnet.documents.entry import DocumentEntry
from carnet.errors import CarnetError, NotFound
from carnet.record.clock import not_before_the_next_step
from carnet.record.identifiers import locator_names
from carnet.record.stores import Stores, reasons_of
from carnet.rights.access import Act, Asker

Refusal = TypeVar("Refusal", bound=CarnetError)


async def located(identifier: str, stores: Stores) -> tuple[UUID, UUID] | None:
    """The record and the entry that this identifier names, in the whole platform."""
    for name in locator_names(identifier):
        found = await stores.records.locate(name)
        if found is not None:
            return found
    return None


def about(error: Refusal, entry: DocumentEntry) -> Refusal:
    """This error, that its trace will say is about this document."""
    error.about = (entry.entry_uuid,)
    return error


async def nothing_there(asker: Asker, act: Act, stores: Stores, why: CarnetError, record: UUID) -> NoReturn:
    """The answer for what the asker may not know of, whether there is something or not. Raises NotFound.

    What is about no document of the record leaves its trace outside of it, as what is unknown does.
    """
    event = refused(asker, act, NO_RECORD, reasons=["unknown"])
    if why.about:
        event = refused(asker, act, record, reasons=reasons_of(why), documents=why.about)
    await stores.records.trace((event, None))
    await not_before_the_next_step()
    raise NotFound("no such document")
