"""Change who sees a document, or whether it is in force: mask, announce, archive, delete (SPEC 4.3, TD3.3a to d).

Each change is a new version of the document's entry; nothing is edited in place and the bytes stay. What is said of a
document is said of all that it replaced or that replaced it, so that an old one gives nothing away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import msgspec

from carnet.audit.events import NO_RECORD, Event, actor_of, done, refused
from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.errors import Conflict, Gone, InvalidInput, Issue, NotFound, NotPermitted, Unavailable
from carnet.journal.content import Versioned
from carnet.journal.view import View
from carnet.people.caller import PatientCaller
from carnet.people.ins import Ins
from carnet.record.change import after_commit, at_second, sealed_commit
from carnet.record.effects import Notice
from carnet.record.identifiers import of_entry
from carnet.record.known import Known
from carnet.record.named import about, located, nothing_there
from carnet.record.notices import notices_of_document
from carnet.record.snapshot import snapshot_if_due
from carnet.record.stores import Stores, decided_by, reasons_of
from carnet.record.to_count import ToCount, of_change
from carnet.rights.about_documents import is_author
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide, filter_for
from carnet.rights.facts import Facts
from carnet.rights.held import Choice
from carnet.rights.party import party_of
from carnet.rights.reasons import Reason

_TRIES = 5
_DELETED, _ARCHIVED = AvailabilityStatus.DELETED, AvailabilityStatus.ARCHIVED
_MASKED = frozenset({Visibility.MASQUE_PS})
_NOTHING: frozenset[Visibility] = frozenset()
_CODES = {_DELETED: "deleted", _ARCHIVED: "archived"}


@dataclass(frozen=True, slots=True)
class _Found:
    """The latest version of a document, with what was known when it was found."""

    entry: DocumentEntry
    view: View
    known: Known
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Change:
    """New versions to keep, the trace of their making, and whom to tell; no version when all is so already."""

    act: Act
    versions: tuple[DocumentEntry, ...]
    event: Event
    notices: tuple[Notice, ...] = ()
    to_count: tuple[ToCount, ...] = ()


async def change_visibility(
    asker: Asker, identifier: str, act: Act, stores: Stores, *, if_match: str | None = None, within: UUID | None = None,
) -> DocumentEntry:
    """The latest version of this document once `act` is done; the same one when it was so already.

    `if_match` is the entryUUID that the asker saw; `within` the record that they mean, in which it must be in force.
    Raises NotFound for what the asker may not know of, NotPermitted, Conflict when another version is the latest, or
    when what is not in force any more is to be archived.
    """
    where = await located(identifier, stores)
    if where is None or within not in (None, where[0]):
        await nothing_there(asker, act, stores, NotFound("unknown"), NO_RECORD)
    for _ in range(_TRIES):
        try:
            found = await _found(identifier, where, stores)
            _check(asker, act, found.entry, found.facts)
            if within is not None and found.entry.availability_status is AvailabilityStatus.DEPRECATED:
                raise about(Conflict("another document replaced this one"), found.entry)
            after = version_after(act, found.entry, found.facts, if_match)
        except (NotFound, Gone) as error:
            await nothing_there(asker, act, stores, error, where[0])
        except (NotPermitted, InvalidInput, Conflict) as error:
            event = refused(asker, act, where[0], reasons=reasons_of(error), documents=error.about)
            await stores.records.trace((event, None))
            raise
        if await _kept(asker, _change(asker, act, found, after), found.known, stores):
            return after
    raise Unavailable("the record changes too fast to be changed", retry_after_seconds=1)


async def mask_all(asker: Asker, ins: Ins, stores: Stores) -> int:
    """Mask every document that is there and that the asker sees; how many were not masked before.

    What is not there for the asker, because it waits to be announced or is kept from representatives, stays as it is.
    Raises NotFound, NotPermitted.
    """
    act = Act.MASK_ALL
    async with stores.refusals_traced(asker, act) as tracing:
        tracing.record = await stores.record_of(ins)
        for _ in range(_TRIES):
            known = await stores.known(tracing.record, fresh=True)
            facts = stores.facts(known)
            decide(asker.to(act), None, facts).or_raise()
            view = await stores.views.at(known, await stores.keys.keys_of(known.record))
            sees = filter_for(asker.to(Act.LIST), facts)
            versions = tuple(
                _version(filed.entry, visibility=filed.entry.visibility | _MASKED) for filed in view.latest
                if not filed.entry.is_masked_from_professionals and sees(filed.entry))
            # Its trace names no document and no number: not every reader of it sees all of them.
            change = _Change(
                act, versions, done(asker, act, known.record), notices_of_document(asker, act, facts, lambda _: True))
            if await _kept(asker, change, known, stores):
                return len(versions)
    raise Unavailable("the record changes too fast to be changed", retry_after_seconds=1)


async def _found(identifier: str, where: tuple[UUID, UUID], stores: Stores) -> _Found:
    known = await stores.known(where[0], fresh=True)
    view = await stores.views.at(known, await stores.keys.keys_of(known.record))
    filed = view.document(identifier) or view.document(str(where[1]))
    if filed is None:
        raise NotFound("no such document")
    return _Found(filed.entry, view, known, stores.facts(known))


def _check(asker: Asker, act: Act, entry: DocumentEntry, facts: Facts) -> None:
    """Raises NotPermitted, or NotFound for who may neither read the document nor wrote it: what they are refused must
    not tell them that it is there.
    """
    decision = decide(asker.to(act), entry, facts)
    if decision.allowed:
        return
    reading = decide(asker.to(Act.READ), entry, facts)
    is_unknown = reading.is_untold or Reason.ONLY_THE_HOLDER in reading.against
    if is_unknown and not is_author(asker.to(act), party_of(asker.caller, facts), entry, facts):
        raise about(NotFound("no such document", decision), entry)
    try:
        decision.or_raise()
    except (NotFound, NotPermitted) as error:
        raise about(error, entry) from None


def version_after(act: Act, entry: DocumentEntry, facts: Facts, if_match: str | None = None) -> DocumentEntry:
    """The entry once this is done to it: a new version, or itself. Raises Conflict."""
    if if_match is not None and if_match != str(entry.entry_uuid):
        raise about(Conflict("another version of this document is the latest"), entry)
    visibility, status = entry.visibility, entry.availability_status
    match act:
        case Act.MASK:
            visibility |= _MASKED
        case Act.UNMASK:
            visibility -= _MASKED
        case Act.ANNOUNCE if Visibility.INVISIBLE_PATIENT in visibility:
            wished = facts.rights.consents_to(Choice.MASK_WHAT_COMES)       # it comes to the holder now
            visibility = visibility - {Visibility.INVISIBLE_PATIENT} | (_MASKED if wished else _NOTHING)
        case Act.SHOW_TO_REPRESENTATIVES:
            visibility -= {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX}
        case Act.ARCHIVE if status is AvailabilityStatus.DEPRECATED:
            raise about(Conflict("the document is not in force any more"), entry)
        case Act.ARCHIVE:
            status = _ARCHIVED
        case Act.UNARCHIVE if status is _ARCHIVED:
            status = AvailabilityStatus.APPROVED
        case Act.DELETE:
            status = _DELETED
        case Act.ANNOUNCE | Act.UNARCHIVE:
            pass
        case _:
            raise about(InvalidInput(Issue("value", "this is not done to a document", "act")), entry)
    if (visibility, status) == (entry.visibility, entry.availability_status):
        return entry
    return _version(entry, visibility=visibility, availability_status=status)


def _version(entry: DocumentEntry, **changes: object) -> DocumentEntry:
    return msgspec.structs.replace(entry, entry_uuid=uuid4(), version=entry.version + 1, **changes)


def _change(asker: Asker, act: Act, found: _Found, after: DocumentEntry) -> _Change:
    before = found.entry
    codes = {"before": _codes(before), "after": _codes(after)}
    event = done(asker, act, found.known.record, documents=[after.entry_uuid], **codes)
    if after is before:
        return _Change(act, (), event)
    of_its_lineage = (
        _version(filed.entry, visibility=after.visibility) for filed in found.view.lineage(before)
        if filed.entry.entry_uuid != before.entry_uuid and filed.entry.visibility != after.visibility
        and filed.entry.availability_status is not _DELETED)
    seen = before if act is Act.DELETE else after       # who is told of it saw it, or sees it from now on

    def sees(person: PatientCaller) -> bool:
        return decide(Access(person, Act.READ), seen, found.facts).allowed

    return _Change(
        act, (after, *of_its_lineage), event, notices_of_document(asker, act, found.facts, sees),
        of_change(before, after))


def _codes(entry: DocumentEntry) -> str:
    status = _CODES.get(entry.availability_status)
    return " ".join([*sorted(entry.visibility), *([status] if status else [])])


async def _kept(asker: Asker, change: _Change, known: Known, stores: Stores) -> bool:
    """Commit the change, in one entry, unless the record moved: then False, and all is to be decided again."""
    event = decided_by(change.event, known)
    if not change.versions:
        return await stores.records.trace((event, known))
    said = Versioned(
        by=actor_of(asker.caller), at=at_second(stores.clock.now()), act=change.act.value, entries=change.versions)
    commit = replace(
        sealed_commit(known, await stores.keys.keys_of(known.record), said), locators=_locators(change.versions),
        notices=change.notices, to_count=change.to_count)
    committed = await stores.records.commit((commit, event))
    if committed is None:
        return False
    after_commit(stores, commit, committed, said)
    snapshot_if_due(known.record, stores)
    return True


def _locators(versions: Sequence[DocumentEntry]) -> tuple[tuple[str, UUID], ...]:
    return tuple((of_entry(entry.entry_uuid), entry.entry_uuid) for entry in versions)
