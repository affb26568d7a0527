"""Batches: FHS, BHS, messages, BTS, FTS in one frame (HL7 v2, chapter 2, *Batch protocol*). Pure.

May import: this room, errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import BYTES, Segment, declared, read_header

_BEGINS = re.compile(rb"(?:\A|(?:\r\n?|\n))(?=(?:MSH|FHS|BHS|BTS|FTS)[^A-Za-z0-9])")
_AROUND = (b"FHS", b"BHS", b"BTS", b"FTS")
MOST_MESSAGES = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of a batch, each as its own bytes, and the segment that opens the batch."""

    header: Segment
    messages: tuple[bytes, ...]


def is_batch(raw: bytes) -> bool:
    """True for bytes that open a batch."""
    return raw[:16].lstrip(b"\r\n")[:3] in (b"FHS", b"BHS")


def read_batch(raw: bytes) -> Batch:
    """The messages of a batch. Raises InvalidInput when it is not whole: nothing of it is taken then."""
    pieces = [piece.strip(b"\r\n") for piece in _BEGINS.split(raw) if piece.strip(b"\r\n")]
    header = next((piece for piece in pieces if piece[:3] == b"BHS"), pieces[0])
    separators = declared(header.decode("latin-1"))
    messages = tuple(piece for piece in pieces if piece[:3] not in _AROUND)
    _check(messages, [piece for piece in pieces if piece[:3] == b"BTS"], separators.field.encode())
    return Batch(Segment(header.decode("latin-1"), separators, BYTES), messages)


def batch_header(raw: bytes) -> Segment:
    """What opens a batch that could not be read."""
    return read_header(b"MSH" + raw.lstrip(b"\r\n")[3:])


def _check(messages: Sequence[bytes], trailers: Sequence[bytes], mark: bytes) -> None:
    if not trailers:
        raise InvalidInput(Issue("structure", "the batch has no BTS: its end is missing", "BTS"))
    said = trailers[-1].split(mark)[1].strip() if mark in trailers[-1] else b""
    if said and said != str(len(messages)).encode():
        message = f"BTS-1 says another number of messages than the {len(messages)} that came"
        raise InvalidInput(Issue("invariant", message, "BTS-1"))
    if not 1 <= len(messages) <= MOST_MESSAGES:
        raise InvalidInput(Issue("too-long", f"a batch has 1 to {MOST_MESSAGES} messages", "BHS"))
