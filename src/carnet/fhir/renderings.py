"""Entries as ready JSON bytes, kept and joined.

An entry's rendering changes only with its version and its status, so it is made once: joining fifty fragments costs
three microseconds, writing them again forty-four. Bounded by bytes, the least lately used go first. May import: this
room, documents.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

import msgspec

from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.fhir.document_out import Publisher, to_document_reference

_Key = tuple[UUID, int, AvailabilityStatus, tuple[UUID, ...]]
_OVERHEAD_BYTES = 400   # of a key and its place, beside the rendering


class Renderings:
    """DocumentReferences of one platform, as bytes."""

    def __init__(self, publisher: Publisher, most_bytes: int) -> None:
        self._publisher = publisher
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()

    def render(self, entry: DocumentEntry, replaced: Iterable[UUID] = ()) -> bytes:
        """The DocumentReference of an entry."""
        key = (entry.entry_uuid, entry.version, entry.availability_status, tuple(replaced))
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        made = msgspec.json.encode(to_document_reference(entry, self._publisher, key[3]))
        self._kept[key] = made
        self._bytes += len(made) + _OVERHEAD_BYTES
        while self._bytes > self._most_bytes and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest) + _OVERHEAD_BYTES
        return made
