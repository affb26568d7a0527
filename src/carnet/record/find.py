"""Find documents of a record (ITI-67, ITI-18 FindDocuments): rights, then criteria, so that nothing can be inferred."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from carnet.audit.events import Event, done
from carnet.documents.entry import AssociationType, DocumentEntry
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.criteria import Criteria
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide, filter_for


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that match and that the asker may see, newest first; `replaced`: entryUUIDs each one replaces."""

    entries: tuple[DocumentEntry, ...]
    replaced: Mapping[UUID, tuple[UUID, ...]]


async def find(asker: Asker, ins: Ins, criteria: Criteria, stores: Stores) -> Found:
    """The documents of this person that match. Counts and paging are the caller's, on what this returns.

    Raises NotFound when the person has no record, NotPermitted when the record as a whole may not be read.
    """
    async with stores.refusals_traced(asker, Act.LIST) as tracing:
        tracing.record = await stores.record_of(ins)

        def decided(access: Access, known: Known, view: View) -> tuple[Event, Found]:
            facts = known.facts(stores.clock.now())
            decide(access, None, facts).or_raise()
            allows = filter_for(access, facts)
            visible = {uuid: filed.entry for uuid, filed in view.documents.items() if allows(filed.entry)}
            replaced = _replaced(view, visible)
            matching = [entry for entry in visible.values() if criteria.match(entry, replaced)]
            matching.sort(key=_newest_first)
            event = done(asker, Act.LIST, known.record, found=len(matching), query=criteria.summary())
            return event, Found(tuple(matching), replaced)

        return await stores.read(asker, Act.LIST, tracing.record, decided)


def _newest_first(entry: DocumentEntry) -> tuple[float, str]:
    return -entry.creation_time.utc.timestamp(), str(entry.entry_uuid)


def _replaced(view: View, visible: Mapping[UUID, DocumentEntry]) -> dict[UUID, tuple[UUID, ...]]:
    replaced: dict[UUID, tuple[UUID, ...]] = {}
    for link in view.associations:
        if link.kind is AssociationType.REPLACES and link.source in visible and link.target in visible:
            replaced[link.source] = (*replaced.get(link.source, ()), link.target)
    return replaced
