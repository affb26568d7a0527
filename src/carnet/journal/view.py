"""The view of a record: what its journal folds into.

A view is a value: folding gives a new one. It knows the place and head it was folded to, and is used only when the
portal's own head is that one (protocol.md, rule HEAD).
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
    Folder,
    SubmissionSet,
)
from carnet.journal.chain import SealedEntry, genesis, verify_suffix
from carnet.journal.content import Content, FiledDocument, Snapshot, Submitted, decode
from carnet.journal.keys import RecordKeys
from carnet.journal.seal import unseal_entry
from carnet.rights.held import RecordRights


@dataclass(frozen=True)
class View:
    """What a record holds, at `head`, after `place` entries.

    `documents` are by entryUUID, every version of each. Nothing here is filtered: rights come after.
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
        """Every document, newest creation time first, then by entryUUID: a stable order, made once for this view."""
        return tuple(sorted(self.documents.values(), key=_newest_first))

    @cached_property
    def replacements(self) -> tuple[tuple[UUID, UUID], ...]:
        """The entryUUIDs of each new document and the one it replaces."""
        return tuple(
            (link.source, link.target) for link in self.associations if link.kind is AssociationType.REPLACES)

    def document(self, identifier: str) -> FiledDocument | None:
        """The document with this uniqueId, entryUUID or logicalId; None when the record has none."""
        named = self.by_unique_id.get(identifier) or _uuid(identifier)
        return self.documents.get(named) if named is not None else None

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

    def apply(self, content: Content) -> None:
        match content:
            case Submitted():
                self._submitted(content)
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
                self._deprecate(association.target)

    def _restart(self, snapshot: Snapshot) -> None:
        self.documents, self.by_unique_id = {}, {}
        for filed in snapshot.documents:
            self._file(filed)
        self.sets = {each.entry_uuid: each for each in snapshot.submission_sets}
        self.folders = {each.entry_uuid: each for each in snapshot.folders}
        self.associations = list(snapshot.associations)

    def _file(self, filed: FiledDocument) -> None:
        self.documents[filed.entry.entry_uuid] = filed
        self.by_unique_id[filed.entry.unique_id] = filed.entry.entry_uuid

    def _deprecate(self, entry_uuid: UUID) -> None:
        filed = self.documents.get(entry_uuid)
        if filed is not None:
            entry = msgspec.structs.replace(filed.entry, availability_status=AvailabilityStatus.DEPRECATED)
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
