"""What was read out of documents, kept for a while in this process: a body never changes, nor does what it says.

Kept as bytes, by record and digest of the clear body, the most recently used first, never beyond `most_bytes`. It
decides nothing: whoever asks was allowed to read the document, and left the trace of it.
"""

from __future__ import annotations

from collections import OrderedDict
from uuid import UUID

import msgspec

from carnet.documents.content import Content

_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Content)


class KnownContents:
    """Contents by the document that they are of."""

    def __init__(self, *, most_bytes: int = 16 * 1024 * 1024) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[UUID, bytes], bytes] = OrderedDict()
        self.bytes = 0

    def of(self, record: UUID, digest: bytes) -> Content | None:
        """What the document with this digest says, or None if it is not at hand."""
        kept = self._kept.get((record, digest))
        if kept is None:
            return None
        self._kept.move_to_end((record, digest))
        return _DECODER.decode(kept)

    def keep(self, record: UUID, digest: bytes, content: Content) -> None:
        """Have it at hand; the oldest go."""
        encoded = _ENCODER.encode(content)
        self.bytes += len(encoded) - len(self._kept.pop((record, digest), b""))
        self._kept[record, digest] = encoded
        while self.bytes > self._most_bytes:
            _, forgotten = self._kept.popitem(last=False)
            self.bytes -= len(forgotten)

    def forget(self, record: UUID) -> None:
        """Keep nothing of this record in memory."""
        for key in [key for key in self._kept if key[0] == record]:
            self.bytes -= len(self._kept.pop(key))
