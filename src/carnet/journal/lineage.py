"""Which documents are of one lineage: each that replaced another, with it, and all versions of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from carnet.documents.entry import Association, AssociationType, DocumentEntry
from carnet.journal.content import FiledDocument


class Lineages:
    """The lineages of a record. `versions` has the entryUUIDs of a document by its logicalId, oldest first."""

    def __init__(self, associations: Iterable[Association], documents: Mapping[UUID, FiledDocument]) -> None:
        self.versions: dict[UUID, list[UUID]] = {}
        for filed in documents.values():
            self.add(filed.entry)
        self._of: dict[UUID, set[UUID]] = {}
        for link in associations:
            new, old = documents.get(link.source), documents.get(link.target)
            if link.kind is AssociationType.REPLACES and new is not None and old is not None:
                self.join(new.entry.logical_id, old.entry.logical_id)

    def add(self, entry: DocumentEntry) -> None:
        """One more document, or version of one, that replaces nothing."""
        self.versions.setdefault(entry.logical_id, []).append(entry.entry_uuid)

    def of(self, logical_id: UUID) -> frozenset[UUID]:
        """The logicalIds of the lineage of this document, itself among them."""
        return frozenset(self._of.get(logical_id, (logical_id,)))

    def join(self, one: UUID, other: UUID) -> None:
        """One of these documents, by logicalId, replaced the other."""
        joined = self._of.get(one, {one}) | self._of.get(other, {other})
        for logical_id in joined:
            self._of[logical_id] = joined
