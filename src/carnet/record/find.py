"""Find documents of a record (ITI-67, ITI-18 FindDocuments): rights, then criteria, so that nothing can be inferred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from carnet.audit.events import Event, done
from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.journal.content import FiledDocument
from carnet.journal.view import View
from carnet.people.ins import Ins
from carnet.record.criteria import Criteria
from carnet.record.known import Known
from carnet.record.stores import Stores
from carnet.rights.about_documents import is_shown_by_default
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide, filter_for
from carnet.rights.party import party_of


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
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            allows = filter_for(access, facts)
            visible = [filed.entry for filed in _asked_for(criteria, view) if allows(filed.entry)]
            if not criteria.statuses:
                party = party_of(access.caller, facts)
                visible = [entry for entry in visible if is_shown_by_default(access, party, entry, facts)]
            replaced = _replaced(view, visible)
            matches = criteria.predicate(replaced)
            # No number in the trace: whoever reads it there may see fewer documents than who asked.
            event = done(asker, Act.LIST, known.record, query=criteria.summary())
            return event, Found(tuple(entry for entry in visible if matches(entry)), replaced)

        return await stores.read(asker, Act.LIST, tracing.record, decided)


def _asked_for(criteria: Criteria, view: View) -> tuple[FiledDocument, ...]:
    """Old versions are listed only to who asks for what is not in force any more."""
    return view.newest_first if AvailabilityStatus.DEPRECATED in criteria.statuses else view.latest


def _replaced(view: View, visible: Iterable[DocumentEntry]) -> dict[UUID, tuple[UUID, ...]]:
    """What each visible entry replaces, of what is visible."""
    if not view.replacements:
        return {}
    seen = {entry.entry_uuid for entry in visible}
    replaced: dict[UUID, tuple[UUID, ...]] = {}
    for new, old in view.replacements:
        if new in seen and old in seen:
            replaced[new] = (*replaced.get(new, ()), old)
    return replaced
