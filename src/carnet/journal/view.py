"""The view of a record: what its journal folds into.

A view is a value: folding gives a new one. It knows the place and head it was folded to, and is used only when the
portal's own head is that one (protocol.md, rule HEAD). Whatever was said last of a document's visibility holds for all
its versions and for all that it replaced or that replaced it: an old one gives nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID

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
from carnet.errors import IntegrityError
from carnet.journal.chain import SealedEntry, genesis, verify_suffix
from carnet.journal.content import Content, FiledDocument, Snapshot, Submitted, Versioned, decode
from carnet.journal.keys import RecordKeys
from carnet.journal.lineage import Lineages
from carnet.journal.seal import unseal_entry
from carnet.rights.held import RecordRights


@dataclass(frozen=True)
class View:
    """What a record holds, at `head`, after `place` entries.

    `documents` are by entryUUID, every version of each, and `by_unique_id` leads to the latest version. Nothing here is
    filtered: rights come after.
    """

    record: UUID
    place: int
    head: bytes
    documents: Mapping[UUID, FiledDocument] = field(default_factory=dict)
    submission_sets: Mapping[UUID, SubmissionSet] = field(default_factory=dict)
    folders: Mapping[UUID, Folder] = field(default_factory=dict)
    associations: tuple[Association, ...] = ()
    by_unique_id: Mapping[str, UUID] = field(default_factory=dict)

    @classmethod
    def empty(cls, record: UUID) -> Self:
        """The view of a record with no entry yet."""
        return cls(record, 0, genesis(record))

    @cached_property
    def newest_first(self) -> tuple[FiledDocument, ...]:
        """Every version of every document, newest creation time first, then by entryUUID: a stable order, made once."""
        return tuple(sorted(self.documents.values(), key=_newest_first))

    @cached_property
    def latest(self) -> tuple[FiledDocument, ...]:
        """The latest version of every document, in the same order."""
        return tuple(filed for filed in self.newest_first if self.is_latest(filed.entry))

    @cached_property
    def replacements(self) -> tuple[tuple[UUID, UUID], ...]:
        """The entryUUIDs of each new document and the one it replaces, of the latest version of both."""
        return tuple(
            (self._latest_of(link.source), self._latest_of(link.target))
            for link in self.associations if link.kind is AssociationType.REPLACES)

    def document(self, identifier: str) -> FiledDocument | None:
        """The latest version of the document with this uniqueId, logicalId, or entryUUID of any version; None when the
        record has none.
        """
        named = self.by_unique_id.get(identifier) or _uuid(identifier)
        return self.documents.get(self._latest_of(named)) if named is not None else None

    def is_latest(self, entry: DocumentEntry) -> bool:
        """True for the latest version of a document."""
        return self.by_unique_id[entry.unique_id] == entry.entry_uuid

    def lineage(self, entry: DocumentEntry) -> tuple[FiledDocument, ...]:
        """The latest version of this document and of all that it replaced or that replaced it, oldest first."""
        lineages = Lineages(self.associations, self.documents)
        of_it = lineages.of(entry.logical_id)
        return tuple(
            self.documents[versions[-1]] for logical_id, versions in lineages.versions.items() if logical_id in of_it)

    def _latest_of(self, entry_uuid: UUID) -> UUID:
        filed = self.documents.get(entry_uuid)
        return entry_uuid if filed is None else self.by_unique_id[filed.entry.unique_id]

    def fold(self, entries: Iterable[SealedEntry], keys: RecordKeys, *, head: bytes) -> View:
        """This view, followed by `entries`, which must lead to `head`. Raises IntegrityError if they do not."""
        entries = tuple(entries)
        verify_suffix(self.record, self.head, entries, head=head)
        return self.extended((decode(unseal_entry(keys, entry)) for entry in entries), count=len(entries), head=head)

    def extended(self, contents: Iterable[Content], *, count: int, head: bytes) -> View:
        """The same with these contents applied, when the chain was already verified up to `head`."""
        folding = _Folding(self)
        for content in contents:
            folding.apply(content)
        return folding.view(self, self.place + count, head)

    def snapshot(self, at: datetime, rights: RecordRights) -> Snapshot:
        """The content of a snapshot entry that would come next: folding it alone gives what this view holds."""
        return Snapshot(
            rights=rights,
            at=at, documents=tuple(self.documents.values()), submission_sets=tuple(self.submission_sets.values()),
            folders=tuple(self.folders.values()), associations=self.associations,
        )


class _Folding:
    """A view under construction: mutable copies, made once however many entries are folded."""

    def __init__(self, start: View) -> None:
        self.documents = dict(start.documents)
        self.sets = dict(start.submission_sets)
        self.folders = dict(start.folders)
        self.associations = list(start.associations)
        self.by_unique_id = dict(start.by_unique_id)
        self._lineages: Lineages | None = None     # made when first needed: most entries replace nothing

    def apply(self, content: Content) -> None:
        match content:
            case Submitted():
                self._submitted(content)
            case Versioned():
                for entry in content.entries:
                    self._version(entry)
            case Snapshot():
                self._restart(content)
            case _:
                pass        # rights are facts of the portal's row, not of the view: journal/rights.py folds them

    def _submitted(self, lot: Submitted) -> None:
        self.sets[lot.submission_set.entry_uuid] = lot.submission_set
        for filed in lot.documents:
            self._file(filed)
        for folder in lot.folders:
            self.folders[folder.entry_uuid] = folder
        for association in lot.associations:
            self.associations.append(association)
            if association.kind is AssociationType.REPLACES:
                self._replace(association)

    def _version(self, entry: DocumentEntry) -> None:
        before = self.by_unique_id.get(entry.unique_id)
        if before is None or self.documents[before].entry.logical_id != entry.logical_id:
            raise IntegrityError("a journal has a new version of a document that is not there")
        deleted = AvailabilityStatus.DELETED
        is_deleted = deleted in (entry.availability_status, self.documents[before].entry.availability_status)
        self._set_status(before, AvailabilityStatus.DEPRECATED)
        self._file(FiledDocument(entry, self.documents[before].body))
        self._show(entry.logical_id, entry.visibility)
        if is_deleted:      # for good, and for all that the document ever was
            for version in self._known_lineages().versions[entry.logical_id]:
                self._set_status(version, deleted)

    def _replace(self, link: Association) -> None:
        new, old = self.documents.get(link.source), self.documents.get(link.target)
        if new is None or old is None:
            return
        self._set_status(link.target, AvailabilityStatus.DEPRECATED)
        if self._lineages is not None:
            self._lineages.join(new.entry.logical_id, old.entry.logical_id)
        self._show(new.entry.logical_id, new.entry.visibility)

    def _show(self, logical_id: UUID, visibility: frozenset[Visibility]) -> None:
        """What is said of one document is said of its whole lineage, old versions too."""
        lineages = self._known_lineages()
        for each in lineages.of(logical_id):
            for version in lineages.versions[each]:
                filed = self.documents[version]
                if filed.entry.visibility != visibility:
                    entry = msgspec.structs.replace(filed.entry, visibility=visibility)
                    self.documents[version] = FiledDocument(entry, filed.body)

    def _known_lineages(self) -> Lineages:
        if self._lineages is None:
            self._lineages = Lineages(self.associations, self.documents)
        return self._lineages

    def _restart(self, snapshot: Snapshot) -> None:
        self.documents, self.by_unique_id, self._lineages = {}, {}, None
        for filed in snapshot.documents:
            self._file(filed)
        self.sets = {each.entry_uuid: each for each in snapshot.submission_sets}
        self.folders = {each.entry_uuid: each for each in snapshot.folders}
        self.associations = list(snapshot.associations)

    def _file(self, filed: FiledDocument) -> None:
        self.documents[filed.entry.entry_uuid] = filed
        self.by_unique_id[filed.entry.unique_id] = filed.entry.entry_uuid
        if self._lineages is not None:
            self._lineages.add(filed.entry)

    def _set_status(self, entry_uuid: UUID, status: AvailabilityStatus) -> None:
        filed = self.documents[entry_uuid]
        if filed.entry.availability_status is not AvailabilityStatus.DELETED:
            entry = msgspec.structs.replace(filed.entry, availability_status=status)
            self.documents[entry_uuid] = FiledDocument(entry, filed.body)

    def view(self, start: View, place: int, head: bytes) -> View:
        return replace(
            start, place=place, head=head, documents=self.documents, submission_sets=self.sets, folders=self.folders,
            associations=tuple(self.associations), by_unique_id=self.by_unique_id,
        )


def _newest_first(filed: FiledDocument) -> tuple[float, int]:
    return -filed.entry.creation_time.utc.timestamp(), filed.entry.entry_uuid.int


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
