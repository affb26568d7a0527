"""What in a PDF could act, and what would blow up, found without running or drawing anything (ISO 32000-1).

Names are sought in all the bytes and in object streams, whose content is inflated within bounds. It is a look, not a
proof: what cannot be looked into (encryption, an object stream in another filter) counts as able to act, so that a
page does not open it. May import: nothing of the project.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

# 7.5.7, 12.6.4 and 12.7: each with what it lets a file do. Only names too long to come about by chance in a picture.
_ACTS = {
    b"JavaScript": "script", b"Launch": "launch", b"EmbeddedFile": "files", b"EmbeddedFiles": "files",
    b"RichMedia": "media", b"XFA": "form", b"SubmitForm": "form", b"ImportData": "form", b"GoToE": "files",
    b"Encrypt": "unreadable",
}
MOST_OF_A_STREAM = 128 * 1024 * 1024        # a page in colour at 600 dots an inch is 104 MB
MOST_OF_ALL = 512 * 1024 * 1024
MOST_PAGES = 20_000
MOST_STREAMS = 100_000
_MOST_OF_OBJECTS = 32 * 1024 * 1024
_DEFLATE_RATIO = 1032       # no deflate stream grows by more
_PIECE = 1024 * 1024
_HEAD_BYTES = 4096
_GAP_BYTES = 16

_NAME = re.compile(rb"/([A-Za-z0-9#]{3,60})(?![A-Za-z0-9#])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_FILTER = re.compile(rb"/Filter\s*(\[[^\]\[]{0,400}\]|/[A-Za-z0-9]+|\d{1,9} \d{1,9} R)")
_COMPRESSING = re.compile(rb"/(FlateDecode|Fl|LZWDecode|LZW|BrotliDecode|RunLengthDecode|RL)\b")
_PAGE_COUNT = re.compile(rb"/Count\s+(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Look:
    """`acts` names what could act (script, launch, files, media, form, unreadable); `bomb` says why it is one."""

    acts: frozenset[str]
    bomb: str = ""


def look_into(content: bytes) -> Look:
    """What this PDF could do to who opens it. Bounded in time and memory by the constants above."""
    acts, left_of_all, left_of_objects = _acts_in(content), MOST_OF_ALL, _MOST_OF_OBJECTS
    pages = max((int(count) for count in _PAGE_COUNT.findall(content)), default=0)
    if pages > MOST_PAGES:
        return Look(frozenset(acts), f"says that it has more than {MOST_PAGES} pages")
    for number, (head, start, end) in enumerate(_streams(content)):
        if number >= MOST_STREAMS:
            return Look(frozenset(acts), f"has more than {MOST_STREAMS} streams")
        filters = _filters(head)
        if len(_COMPRESSING.findall(filters)) > 1:
            return Look(frozenset(acts), "a stream compressed more than once")
        is_flate = filters.strip(b"[] \r\n\t") in (b"/FlateDecode", b"/Fl")
        if b"/ObjStm" in head:
            text, is_whole = _inflated(content[start:end], left_of_objects) if is_flate else (content[start:end], True)
            left_of_objects -= len(text)
            acts |= _acts_in(text)
            if not is_whole or (filters and not is_flate):
                acts.add("unreadable")
        elif is_flate and (end - start) * _DEFLATE_RATIO > MOST_OF_A_STREAM:
            size = _inflated_size(memoryview(content)[start:end])
            left_of_all -= size
            if size > MOST_OF_A_STREAM or left_of_all < 0:
                return Look(frozenset(acts), "inflates to more than a page can be")
    return Look(frozenset(acts))


def _streams(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each stream: its dictionary with the escapes of names undone, and where its data are."""
    at = 0
    while (found := _STREAM.search(content, at)) is not None:
        start, before_it, at = found.start(), at, found.end()
        if not content[max(before_it, start - _GAP_BYTES) : start].rstrip().endswith(b">>"):
            continue                                    # the word, in a text
        before = content[max(before_it, start - _HEAD_BYTES) : start]
        end = content.find(b"endstream", at)
        yield _unescaped(before[before.rfind(b"obj") + 3 :]), at, end if end >= 0 else len(content)
        at = end + len(b"endstream") if end >= 0 else len(content)


def _filters(head: bytes) -> bytes:
    found = _FILTER.search(head)
    return found[1] if found else b""


def _acts_in(text: bytes) -> set[str]:
    names = {_unescaped(name) for name in set(_NAME.findall(text))}
    return {act for name, act in _ACTS.items() if name in names}


def _unescaped(text: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text) if b"#" in text else text


def _inflated(data: bytes, most: int) -> tuple[bytes, bool]:
    """As much as may be had, and whether it is all."""
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(data.lstrip(b"\r\n"), max(most, 1))
    except zlib.error:
        return b"", False
    return text, inflating.eof or not inflating.unconsumed_tail


def _inflated_size(data: memoryview) -> int:
    """How large it becomes, as far as it inflates; the counting ends beyond the bound."""
    inflating, size, rest = zlib.decompressobj(), 0, bytes(data)
    try:
        while rest and size <= MOST_OF_A_STREAM:
            size += len(inflating.decompress(rest, _PIECE))
            rest = inflating.unconsumed_tail
    except zlib.error:
        return size
    return size
