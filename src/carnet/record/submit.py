"""Submit a lot of documents (ITI-65, ITI-105, ITI-41): all of it or nothing, and durable on two hosts when answered.

The order of things is DESIGN 3, Deposit. Bodies reach two hosts before the entry is committed: an entry never names a
body that no host has. The reverse order would leave, after a crash, a document that is listed and cannot be opened.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from carnet.audit.events import Event, actor_of, done
from carnet.documents.entry import DocumentEntry, SubmissionSet, Visibility
from carnet.documents.submission import Submission
from carnet.documents.validation import check_submission
from carnet.errors import Conflict, Issue, TooFewCopies, Unavailable
from carnet.journal import content
from carnet.journal.chain import Header
from carnet.journal.content import FiledDocument, Submitted
from carnet.journal.keys import RecordKeys
from carnet.journal.seal import SealedBody, seal_body, seal_entry
from carnet.journal.view import View
from carnet.record.change import after_commit, at_second
from carnet.record.conformity.fingerprint import to_check
from carnet.record.identifiers import of_entry, of_unique_id
from carnet.record.intake import look_at
from carnet.record.known import Commit, Known
from carnet.record.lot import Located, Lot, prepared
from carnet.record.snapshot import snapshot_if_due
from carnet.record.stores import REFUSALS, Stores, decided_by
from carnet.record.to_count import of_lot
from carnet.rights.access import Act, Asker
from carnet.rights.decision import decide

_TRIES = 5
_UNTOLD = frozenset({Visibility.INVISIBLE_PATIENT, Visibility.INVISIBLE_REPRESENTANTS_LEGAUX})


@dataclass(frozen=True, slots=True)
class SubmittedOutcome:
    """One document of the lot: `created` is False when these very bytes were already there under this uniqueId."""

    unique_id: str
    entry_uuid: UUID
    logical_id: UUID
    created: bool


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """What became of a lot: `created` is False when nothing of it was new. `notes` are for its sender to know."""

    submission_set: SubmissionSet
    documents: tuple[SubmittedOutcome, ...]
    created: bool
    notes: tuple[Issue, ...] = ()


async def submit(asker: Asker, submission: Submission, stores: Stores) -> SubmissionOutcome:
    """Keep this lot in the record of its patient. Sending it again is the same answer, and no second copy.

    Raises InvalidSubmission with every issue, TooLarge, NotFound (no record), NotPermitted, DuplicateUniqueId,
    TooFewCopies (nothing was kept: send again).
    """
    async with stores.refusals_traced(asker, Act.FEED) as tracing:
        submission = check_submission(submission, stores.rules.submissions)
        tracing.record = await stores.record_of(submission.submission_set.patient_id)
        for attempt in range(_TRIES):
            known = await stores.known(tracing.record, fresh=attempt > 0)
            try:
                return await _submit(asker, submission, known, stores)
            except Conflict:
                continue        # the record, its rights or its place moved: decide again on what they are now
            except TooFewCopies:
                # A host that was left erased the record, and takes nothing of it any more: it may have other hosts now.
                if (await stores.known(tracing.record, fresh=True)).placement == known.placement:
                    raise
            except REFUSALS:
                if attempt > 0:
                    raise
    raise Unavailable("the record changes too fast to be fed", retry_after_seconds=1)


async def _submit(asker: Asker, submission: Submission, known: Known, stores: Stores) -> SubmissionOutcome:
    facts = stores.facts(known)
    decide(asker.to(Act.FEED), None, facts).or_raise()
    located = await _located(submission, stores)
    keys = await stores.keys.keys_of(known.record)
    needs_view = bool(located) or any(document.replaces is not None for document in submission.documents)
    view = await stores.views.at(known, keys) if needs_view else View.empty(known.record)
    lot = prepared(
        submission, view, located, asker=asker, facts=facts, depositor=actor_of(asker.caller).identifier)
    notes: tuple[Issue, ...] = ()
    if lot.new:
        notes = await _keep(asker, lot, known, keys, stores)
    else:
        event = done(asker, Act.FEED, known.record, documents=[each.entry_uuid for each in lot.entries], created=False)
        if not await stores.records.trace((event, known)):
            raise Conflict("the record changed meanwhile")
    return _outcome(lot, notes)


async def _located(submission: Submission, stores: Stores) -> Located:
    unique_ids = [document.entry.unique_id for document in submission.documents]
    unique_ids.append(submission.submission_set.unique_id)
    found = await asyncio.gather(*(stores.records.locate(of_unique_id(each), is_new=True) for each in unique_ids))
    return {unique_id: where for unique_id, where in zip(unique_ids, found, strict=True) if where is not None}


async def _keep(asker: Asker, lot: Lot, known: Known, keys: RecordKeys, stores: Stores) -> tuple[Issue, ...]:
    notes = await look_at(lot.new, lot.entries, stores.intake)
    commit, submitted = await _put(asker, lot, known, keys, stores)
    event, *also = _events(asker, lot, known)
    commit = replace(commit, also=tuple(also))
    committed = await stores.records.commit((commit, event))
    if committed is None:
        raise Conflict("the record changed meanwhile")
    after_commit(stores, commit, committed, submitted)
    snapshot_if_due(known.record, stores)
    return notes


async def _put(
    asker: Asker, lot: Lot, known: Known, keys: RecordKeys, stores: Stores,
) -> tuple[Commit, Submitted]:
    """Seal, and have two hosts keep the bodies: what remains is to give the entry its place, before the ticket ends."""
    entry_id, now = uuid4(), at_second(stores.clock.now())
    submitted, bodies = _sealed_bodies(asker, lot, keys, entry_id, now)
    ticket_end = now + timedelta(seconds=stores.rules.ticket_seconds)
    holders = await stores.copies.put(known.placement, bodies, ticket_end=int(ticket_end.timestamp()))
    header = Header(known.record, entry_id, keys.version, tuple(body.name for body in bodies))
    sealed = seal_entry(keys, header, content.encode(submitted))
    replaces = any(document.replaces is not None for document in lot.new)
    return Commit(
        known=known, header=sealed.header, sealed=sealed.sealed, holders=holders, ticket_end=ticket_end,
        expected_head=known.head if replaces else None, locators=_locators(lot), documents=len(lot.new),
        to_count=of_lot(asker, lot.new, lot.replaced, lot.kind),
        checks=to_check(known.record, lot.new) if stores.intake.checks else ()), submitted


def _sealed_bodies(
    asker: Asker, lot: Lot, keys: RecordKeys, entry_id: UUID, at: datetime,
) -> tuple[Submitted, list[SealedBody]]:
    filed, bodies = [], []
    for document in lot.new:
        reference, sealed = seal_body(keys, entry_id, document.content, document.entry.mime_type)
        filed.append(FiledDocument(document.entry, reference))
        bodies += sealed
    submitted = Submitted(
        by=actor_of(asker.caller), at=at, submission_set=lot.submission_set, documents=tuple(filed),
        folders=lot.folders, associations=lot.associations)
    return submitted, bodies


def _locators(lot: Lot) -> tuple[tuple[str, UUID], ...]:
    names = [(of_unique_id(lot.submission_set.unique_id), lot.submission_set.entry_uuid)]
    for document in lot.new:
        names.append((of_unique_id(document.entry.unique_id), document.entry.entry_uuid))
        names.append((of_entry(document.entry.entry_uuid), document.entry.entry_uuid))
    return tuple(names)


def _events(asker: Asker, lot: Lot, known: Known) -> list[Event]:
    """The trace of the lot: one for all that the same people of the patient's side are told of."""
    replaces = any(document.replaces is not None for document in lot.new)
    act = Act.REPLACE if replaces else Act.FEED
    by_audience: dict[frozenset[Visibility], list[UUID]] = {}
    for document in lot.new:
        by_audience.setdefault(document.entry.visibility & _UNTOLD, []).append(document.entry.entry_uuid)
    return [
        decided_by(done(asker, act, known.record, documents=documents, created=True), known)
        for documents in by_audience.values()]


def _outcome(lot: Lot, notes: tuple[Issue, ...]) -> SubmissionOutcome:
    def outcome(entry: DocumentEntry) -> SubmittedOutcome:
        return SubmittedOutcome(entry.unique_id, entry.entry_uuid, entry.logical_id, lot.is_new(entry))

    return SubmissionOutcome(lot.submission_set, tuple(outcome(entry) for entry in lot.entries), bool(lot.new), notes)
