"""MLLP framing: VT, the message, FS, CR (HL7, *Transport Specification: MLLP, Release 1*). Pure, and bounded.

A message ends at its FS, so that a sender that forgets the CR has its answer. Between messages only blanks are let
through; anything else means that the two ends no longer agree where a message begins, and the connection is no use.
May import: nothing of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
_BLANKS = b"\r\n\t \0"
HEAD_BYTES = 4096       # enough of a message for its MSH: what answers a message that is not taken is made of it


class BrokenFrameError(Exception):
    """The bytes are not framed as MLLP, or a message is larger than the limit. `head` is how it begins."""

    def __init__(self, why: str, head: bytes = b"") -> None:
        super().__init__(why)
        self.head = head


def framed(message: bytes) -> bytes:
    """This message between its marks."""
    return b"".join((VT, message, FS, CR))


@dataclass
class Frames:
    """What one connection has sent and not yet been read: at most `limit_bytes` of a message, in its pieces.

    `is_large` is for who reads: that the message being received was given room as a large one.
    """

    limit_bytes: int
    held_bytes: int = 0
    is_inside: bool = False
    is_large: bool = False
    _pieces: list[bytes] = field(default_factory=list)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that these bytes complete, in order. Raises BrokenFrameError: nothing more is read then."""
        while data:
            if not self.is_inside:
                data = data.lstrip(_BLANKS)
                if not data:
                    return
                if data[:1] != VT:
                    raise BrokenFrameError("bytes before the VT (0x0B) that begins a message")
                self.is_inside, data = True, data[1:]
            end = data.find(FS)
            self._hold(data if end < 0 else data[:end])
            if end < 0:
                return
            message, data = b"".join(self._pieces), data[end + 1:]
            self.is_inside, self.is_large, self.held_bytes = False, False, 0
            self._pieces.clear()
            yield message

    @property
    def head(self) -> bytes:
        """How the message that is being received begins."""
        head = bytearray()
        for piece in self._pieces:
            head += piece[:HEAD_BYTES - len(head)]
            if len(head) >= HEAD_BYTES:
                break
        return bytes(head)

    def _hold(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.held_bytes += len(piece)
        if VT in piece:
            why = "a VT (0x0B) inside of a message: the FS (0x1C) of the one before it is missing"
            raise BrokenFrameError(why, self.head)
        if self.held_bytes > self.limit_bytes:
            raise BrokenFrameError(f"a message has at most {self.limit_bytes} bytes", self.head)
