"""How many pixels an image says it has: a few bytes can ask a reader's computer for gigabytes.

Read from the header alone; nothing is decoded. ISO/IEC 10918-1 (JPEG), ISO/IEC 15948 (PNG), TIFF 6.0.
May import: nothing of the project.
"""

from __future__ import annotations

import struct

MOST_PIXELS = 120_000_000       # a chest radiograph has 10 million; a slide at full size is not sent as a JPEG
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})       # in the range of frames (C0 to CF), but tables
_WIDTH, _HEIGHT = 256, 257
_SHORT, _LONG = 3, 4
_MOST_TAGS = 4096


def is_bearable(content: bytes) -> bool:
    """False for an image that says it has more pixels than a reader's computer bears."""
    return (pixels(content) or 0) <= MOST_PIXELS


def pixels(content: bytes) -> int | None:
    """The pixels of the (first) image, None when the header does not say."""
    try:
        if content.startswith(b"\x89PNG"):
            width, height = struct.unpack_from(">II", content, 16)
            return int(width * height)
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
        if content[:4] in (b"II*\x00", b"MM\x00*"):
            return _tiff(content, "<" if content.startswith(b"II") else ">")
    except struct.error:
        return None
    return None


def _jpeg(content: bytes) -> int | None:
    at = 2
    while content[at : at + 1] == b"\xff":
        marker = content[at + 1] if at + 1 < len(content) else 0
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return int(width * height)
        (length,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + length
    return None


def _tiff(content: bytes, order: str) -> int | None:
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    (tags,) = struct.unpack_from(f"{order}H", content, at)
    found = {}
    for number in range(min(tags, _MOST_TAGS)):
        tag, kind = struct.unpack_from(f"{order}HH", content, at + 2 + 12 * number)
        if tag in (_WIDTH, _HEIGHT) and kind in (_SHORT, _LONG):
            form = "H" if kind == _SHORT else "I"
            (found[tag],) = struct.unpack_from(f"{order}{form}", content, at + 10 + 12 * number)
    return found[_WIDTH] * found[_HEIGHT] if len(found) == 2 else None
