"""Entries as ready JSON bytes, kept and joined.

An entry's rendering changes only with its version, status and visibility, so it is made once: joining fifty fragments
costs three microseconds, writing them again forty-four. Bounded by bytes, the least lately used go first. May import:
this room, documents.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

import msgspec

from carnet.documents.entry import AvailabilityStatus, DocumentEntry, Visibility
from carnet.fhir.document_out import Publisher, to_document_reference

_OVERHEAD_BYTES = 500   # of a rendering's place, beside its text
_AFTER = b',"search":{"mode":"match"}}'


class _Kept(NamedTuple):
    version: int
    status: AvailabilityStatus
    visibility: frozenset[Visibility]
    replaced: tuple[UUID, ...]
    text: bytes


class Renderings:
    """DocumentReferences of one platform, as bytes."""

    def __init__(self, publisher: Publisher, most_bytes: int) -> None:
        self._publisher = publisher
        self._before = f'{{"fullUrl":"{publisher.base}/DocumentReference/'.encode()
        self._resource_at = len(self._before) + 36 + len(b'","resource":')
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[int, _Kept] = OrderedDict()   # by the number of the entryUUID: its hash is free

    def render(self, entry: DocumentEntry, replaced: tuple[UUID, ...] = ()) -> bytes:
        """The DocumentReference of an entry."""
        return self.as_match(entry, replaced)[self._resource_at:-len(_AFTER)]

    def as_match(self, entry: DocumentEntry, replaced: tuple[UUID, ...] = ()) -> bytes:
        """The same as an entry of a searchset."""
        number = entry.entry_uuid.int
        kept = self._kept.get(number)
        if kept is not None:
            if kept[:4] == (entry.version, entry.availability_status, entry.visibility, replaced):
                self._kept.move_to_end(number)
                return kept.text
            self._bytes -= len(kept.text) + _OVERHEAD_BYTES
        text = self._made(entry, replaced)
        self._kept[number] = _Kept(entry.version, entry.availability_status, entry.visibility, replaced, text)
        self._kept.move_to_end(number)
        self._bytes += len(text) + _OVERHEAD_BYTES
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.text) + _OVERHEAD_BYTES
        return text

    def _made(self, entry: DocumentEntry, replaced: tuple[UUID, ...]) -> bytes:
        resource = msgspec.json.encode(to_document_reference(entry, self._publisher, replaced))
        return b"".join((self._before, str(entry.entry_uuid).encode(), b'","resource":', resource, _AFTER))
