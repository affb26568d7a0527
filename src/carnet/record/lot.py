"""A lot against the record it is for: what of it is new, what was already there, what it replaces. Pure.

The platform gives every object its identifier, as a registry does; a sender's are only good inside its own message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid4

import msgspec

from carnet.documents.entry import (
    Association,
    AssociationType,
    AvailabilityStatus,
    DocumentEntry,
    Folder,
    SubmissionSet,
    Visibility,
)
from carnet.documents.submission import Submission, SubmittedDocument
from carnet.errors import Conflict, DuplicateUniqueId, InvalidSubmission, Issue, NotFound, NotPermitted
from carnet.journal.view import View
from carnet.record.named import about
from carnet.rights.access import Access, Act, Asker
from carnet.rights.decision import decide
from carnet.rights.facts import Facts
from carnet.rights.held import Choice

Located = Mapping[str, tuple[UUID, UUID]]
"""uniqueIds of the lot that the platform already knows: the record and the entry each names."""

_ONE_WAY = {
    Visibility.INVISIBLE_PATIENT: "what the patient was told of cannot be hidden again",
    Visibility.INVISIBLE_REPRESENTANTS_LEGAUX: "what the representatives were shown cannot be hidden again",
}


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot ready to be sealed. `entries` has every document's entry in the order sent, new or already there;
    `replaced` what its new documents put out of force.
    """

    submission_set: SubmissionSet
    entries: tuple[DocumentEntry, ...]
    new: tuple[SubmittedDocument, ...]
    folders: tuple[Folder, ...]
    associations: tuple[Association, ...]
    replaced: tuple[DocumentEntry, ...] = ()
    kind: str = ""

    def is_new(self, entry: DocumentEntry) -> bool:
        """True when this lot brings the document."""
        return any(document.entry.entry_uuid == entry.entry_uuid for document in self.new)


def prepared(
    submission: Submission, view: View, located: Located, *, asker: Asker, facts: Facts, depositor: str,
) -> Lot:
    """The lot as it will be kept. The right to feed the record was decided before; here it is, for each document.

    Raises DuplicateUniqueId, InvalidSubmission (what it replaces is not there, or not in force any more), NotPermitted
    (not its author, or a document that is not theirs to bring), Conflict when the view is older than what was located.
    """
    given: dict[UUID, UUID] = {submission.submission_set.entry_uuid: uuid4()}
    entries, new, replaced, gone = [], [], [], []
    for place, document in enumerate(submission.documents):
        there = _already_there(document, view, located, f"DocumentEntry[{place}].uniqueId")
        if there is None:
            old = _replaced(document, view, asker.to(Act.REPLACE), facts, f"DocumentEntry[{place}].replaces")
            entry = _registered(document.entry, depositor)
            where = f"DocumentEntry[{place}].visibility"
            visibility = entry.visibility if old is None else _inherited(entry, old, facts, where)
            # A minor's secret is kept on when they come of age; only a new one asks for a minor.
            said = _with(entry, visibility if facts.is_minor else entry.visibility)
            decide(asker.to(Act.FEED), said, facts).or_raise()
            entry = _masked_if_wished(_with(entry, visibility), facts)
            new.append(msgspec.structs.replace(document, entry=entry))
            if old is not None:
                replaced.append((entry.entry_uuid, old.entry_uuid))
                gone.append(old)
            there = entry
        entries.append(there)
        given[document.entry.entry_uuid] = there.entry_uuid
    if new and submission.submission_set.unique_id in located:
        raise DuplicateUniqueId("SubmissionSet.uniqueId")
    given |= {folder.entry_uuid: uuid4() for folder in submission.folders}
    return Lot(
        submission_set=msgspec.structs.replace(
            submission.submission_set, entry_uuid=given[submission.submission_set.entry_uuid]),
        entries=tuple(entries), new=tuple(new),
        folders=tuple(
            msgspec.structs.replace(folder, entry_uuid=given[folder.entry_uuid], logical_id=given[folder.entry_uuid])
            for folder in submission.folders),
        associations=tuple(_associations(submission, entries, replaced, given)),
        replaced=tuple(gone), kind=submission.kind,
    )


def _already_there(document: SubmittedDocument, view: View, located: Located, where: str) -> DocumentEntry | None:
    found = located.get(document.entry.unique_id)
    if found is None:
        return None
    if found[0] != view.record:
        raise DuplicateUniqueId(where)
    filed = view.documents.get(found[1])
    if filed is None:
        raise Conflict("the record changed meanwhile")
    if filed.body.digest != sha256(document.content).digest():
        raise DuplicateUniqueId(where)
    return filed.entry      # its first version: the answer is the same as the first time, whatever was said since


def _replaced(
    document: SubmittedDocument, view: View, access: Access, facts: Facts, where: str,
) -> DocumentEntry | None:
    if document.replaces is None:
        return None
    filed = view.document(document.replaces)
    unknown = InvalidSubmission(Issue("not-found", "the document to replace is not in this record", where))
    if filed is None:
        raise unknown
    try:
        decide(access, filed.entry, facts).or_raise()
    except NotFound as error:
        raise unknown from error        # and its trace is that of one that is not there
    except NotPermitted as error:
        raise about(error, filed.entry) from None
    if filed.entry.availability_status is not AvailabilityStatus.APPROVED:
        raise about(InvalidSubmission(
            Issue("conflict", "the document to replace is not in force any more", where)), filed.entry)
    return filed.entry


def _registered(entry: DocumentEntry, depositor: str) -> DocumentEntry:
    entry_uuid = uuid4()
    return msgspec.structs.replace(
        entry, entry_uuid=entry_uuid, logical_id=entry_uuid, version=1, depositor=depositor,
        availability_status=AvailabilityStatus.APPROVED)


def _with(entry: DocumentEntry, visibility: frozenset[Visibility]) -> DocumentEntry:
    return msgspec.structs.replace(entry, visibility=visibility)


def _masked_if_wished(entry: DocumentEntry, facts: Facts) -> DocumentEntry:
    """The holder's standing choice. What waits to be announced is masked when it is (decision 0015)."""
    if not facts.rights.consents_to(Choice.MASK_WHAT_COMES):
        return entry
    if Visibility.INVISIBLE_PATIENT in entry.visibility and not facts.policy.invisible_and_masked:
        return entry
    return _with(entry, entry.visibility | {Visibility.MASQUE_PS})


def _inherited(entry: DocumentEntry, old: DocumentEntry, facts: Facts, where: str) -> frozenset[Visibility]:
    """A replacement hides what its predecessor hid, and cannot hide again what was shown: that goes one way only."""
    for hidden, told in _ONE_WAY.items():
        if hidden in entry.visibility and hidden not in old.visibility:
            raise about(InvalidSubmission(Issue("business-rule", told, where)), old)
    inherited = entry.visibility | old.visibility
    pair = {Visibility.INVISIBLE_PATIENT, Visibility.MASQUE_PS}
    if pair <= inherited and not facts.policy.invisible_and_masked:
        raise about(InvalidSubmission(
            Issue("business-rule", "hidden from the patient and from professionals at once", where)), old)
    return inherited


def _associations(
    submission: Submission, entries: list[DocumentEntry], replaced: list[tuple[UUID, UUID]], given: dict[UUID, UUID],
) -> Iterator[Association]:
    lot = given[submission.submission_set.entry_uuid]
    for entry in entries:
        yield Association(uuid4(), AssociationType.HAS_MEMBER, lot, entry.entry_uuid)
    for folder in submission.folders:
        yield Association(uuid4(), AssociationType.HAS_MEMBER, lot, given[folder.entry_uuid])
    for new, old in replaced:
        yield Association(uuid4(), AssociationType.REPLACES, new, old)
    for link in submission.associations:
        from_lot = link.source == submission.submission_set.entry_uuid
        if not from_lot and link.kind is not AssociationType.REPLACES:
            yield Association(
                uuid4(), link.kind, given.get(link.source, link.source), given.get(link.target, link.target))
