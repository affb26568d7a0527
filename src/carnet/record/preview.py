"""See a choice before making it: what would this professional see, and who can see this document?

For the holder and who represents them. Decided by the functions that decide for real, on rights and marks not yet
saved; of documents that the asker may not see themself, nothing is said, not even that someone else sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from carnet.audit.events import Event, actor_of, done
from carnet.documents.entry import DocumentEntry
from carnet.errors import InvalidInput, Issue, NotPermitted
from carnet.journal.content import FiledDocument, Versioned
from carnet.journal.view import View
from carnet.people.caller import ProfessionalCaller
from carnet.people.code import Code
from carnet.people.ins import Ins
from carnet.record.change import at_second
from carnet.record.change_rights import rights_after
from carnet.record.known import Known
from carnet.record.retrieve import read_entry
from carnet.record.stores import Stores
from carnet.record.visibility import version_after
from carnet.rights.access import Access, Act, Asker
from carnet.rights.changes import Change
from carnet.rights.decision import Decision, decide, filter_for
from carnet.rights.facts import Facts
from carnet.rights.held import Choice, RecordRights
from carnet.rights.matrix_keys import professions
from carnet.rights.party import Party, party_of
from carnet.rights.preview import (
    ProfessionalSees,
    ProfessionSees,
    by_profession,
    by_professional,
    known_professional,
    professionals_of,
    seen_by,
)
from carnet.rights.reasons import Reason

_PREVIEWED = (Act.MASK, Act.UNMASK)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a professional can read now and would then, newest first, and every reason about the record as a whole.

    There may be reasons and documents: those that they deposited themself. `closed_at` names the organisations where
    the holder refused that the record be read: whoever acts for one of these sees nothing there.
    """

    now: tuple[DocumentEntry, ...]
    then: tuple[DocumentEntry, ...]
    reasons_now: tuple[Reason, ...]
    reasons_then: tuple[Reason, ...]
    closed_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WhoSees:
    """Who can read a document: by profession, were they authorised; and everyone of whom the record says something."""

    entry: DocumentEntry
    professions: tuple[ProfessionSees, ...]
    people: tuple[ProfessionalSees, ...]


async def would_see(
    asker: Asker, ins: Ins, professional: ProfessionalCaller, changes: Sequence[Change], visibility: Mapping[UUID, Act],
    stores: Stores,
) -> Preview:
    """What this professional sees, and would see once the changes were made and the documents (by logicalId) masked or
    unmasked. Saves nothing.

    What the professional's own login told of their profession counts, else what the caller of this says. A document
    that the asker may not see is as one that is not there. Raises NotFound, NotPermitted, InvalidInput.
    """
    async with stores.refusals_traced(asker, Act.SEE_AUTHORISATIONS) as tracing:
        if not set(visibility.values()) <= set(_PREVIEWED):
            raise InvalidInput(Issue("value", "documents are masked or unmasked in a preview", "visibility"))
        tracing.record = await stores.record_of(ins)

        def decided(access: Access, known: Known, view: View) -> tuple[Event, Preview]:
            facts = stores.facts(known)
            decide(access, None, facts).or_raise()
            _for_the_patient(asker, facts)
            who = _as_known(professional, known)
            allows = filter_for(asker.to(Act.READ), facts)
            mine = {filed.entry.logical_id for filed in view.latest if allows(filed.entry)}
            marks = {each: act for each, act in visibility.items() if each in mine}
            then_view = _marked(view, marks, asker, facts)
            now_seen, now_against = seen_by(who, _of(mine, view), facts)
            then_seen, then_against = seen_by(who, _of(mine, then_view), _after(facts, changes))
            event = done(asker, Act.SEE_AUTHORISATIONS, known.record, professional=who.ps_id, preview="would_see")
            return event, Preview(now_seen, then_seen, now_against, then_against, _closed_at(facts.rights))

        return await stores.read(asker, Act.SEE_AUTHORISATIONS, tracing.record, decided)


async def who_sees(asker: Asker, identifier: str, stores: Stores) -> WhoSees:
    """Who can read this document (uniqueId, entryUUID or logicalId). Raises NotFound when the asker may not know of
    one, or does not ask for the patient.
    """
    def told(filed: FiledDocument, known: Known) -> WhoSees:
        facts = stores.facts(known)
        _for_the_patient(asker, facts)
        entry = filed.entry
        kinds = (Code(key.code, key.oid) for key in professions())
        return WhoSees(
            entry, by_profession(entry, facts, kinds), by_professional(entry, facts, professionals_of(entry, facts)))

    return await read_entry(asker, identifier, stores, told, preview="who_sees")


def _for_the_patient(asker: Asker, facts: Facts) -> None:
    """Raises NotPermitted: what others see of a record is for its holder and representatives."""
    if party_of(asker.caller, facts) not in (Party.HOLDER, Party.REPRESENTATIVE):
        raise NotPermitted(Decision((Reason.ONLY_THE_HOLDER,)))


def _as_known(professional: ProfessionalCaller, known: Known) -> ProfessionalCaller:
    said = known_professional(known.rights.authorisations, professional.ps_id, professional.profession)
    return msgspec.structs.replace(
        professional, profession=said.profession, specialties=said.specialties or professional.specialties)


def _closed_at(rights: RecordRights) -> tuple[str, ...]:
    return tuple(sorted(
        there.name or there.organisation for there in rights.said_there.values()
        if rights.is_opposed_there(there.organisation, Choice.CONSULTATION)))


def _after(facts: Facts, changes: Sequence[Change]) -> Facts:
    return replace(facts, rights=rights_after(facts.rights, tuple(changes), at_second(facts.now)))


def _marked(view: View, marks: Mapping[UUID, Act], asker: Asker, facts: Facts) -> View:
    """The view as it would be with these marks: folded as the journal's entry would be, so that a mark holds for every
    version, and for what a document replaced.
    """
    current = {filed.entry.logical_id: filed.entry for filed in view.latest}
    after = (version_after(act, current[each], facts) for each, act in marks.items())
    entries = tuple(entry for entry in after if entry.entry_uuid not in view.documents)     # the others were so already
    if not entries:
        return view
    said = Versioned(by=actor_of(asker.caller), at=facts.now, act=Act.MASK, entries=entries)
    return view.extended((said,), count=0, head=view.head)


def _of(logical_ids: Set[UUID], view: View) -> list[DocumentEntry]:
    return [filed.entry for filed in view.latest if filed.entry.logical_id in logical_ids]
