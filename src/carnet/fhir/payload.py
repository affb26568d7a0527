"""The base64 of a JSON text, taken out before anything else reads it.

A deposit is nine tenths base64, which would be read, copied and checked three times for nothing: validating the rest
alone is eleven times faster. The bytes are decoded once, when they are asked for. May import: this room, errors.
"""

from __future__ import annotations

import binascii

import msgspec
import pybase64

from carnet.errors import InvalidInput, Issue

MOST_PAYLOADS = 1000
_KEY = b'"data"'
_SPACES = b" \t\r\n"


class Payloads:
    """The values taken out of one text, each standing for itself in `data` by a number (which is base64 too)."""

    def __init__(self, texts: list[bytes]) -> None:
        self._texts = texts

    def content(self, number: str, expression: str) -> bytes:
        """The bytes behind a `data`. Raises InvalidInput, naming `expression`, if they are not base64."""
        try:
            text = self._texts[int.from_bytes(pybase64.b64decode(number, validate=True), "big")]
            return _decoded(text)
        except (binascii.Error, ValueError, IndexError):
            raise InvalidInput(Issue("value", "this is not base64 (RFC 4648, section 4)", expression)) from None


def take_out(text: bytes) -> tuple[bytes, Payloads]:
    """The text with every string of a `data` key replaced by its number, and the strings.

    Raises InvalidInput past a thousand. What is no well-formed JSON stays as badly formed as it was: whoever validates
    the rest finds it.
    """
    kept: list[bytes] = []
    taken: list[bytes] = []
    copied_to = 0
    at = text.find(_KEY)
    while at >= 0:
        # A quote inside a JSON string is escaped, so these six bytes followed by a colon are always a key.
        begin = _string_after_colon(text, at + len(_KEY))
        end = _closing_quote(text, begin) if begin else -1
        if end > begin:
            kept += (text[copied_to:begin], pybase64.b64encode(len(taken).to_bytes(3, "big")))
            taken.append(text[begin:end])
            if len(taken) > MOST_PAYLOADS:
                raise InvalidInput(Issue("too-costly", f"at most {MOST_PAYLOADS} documents in one message"))
            copied_to = end
        at = text.find(_KEY, max(end, at + len(_KEY)))
    kept.append(text[copied_to:])
    return b"".join(kept), Payloads(taken)


def _string_after_colon(text: bytes, at: int) -> int:
    """Where the string begins that follows `:`; 0 if none does."""
    at = _after_spaces(text, at)
    if text[at:at + 1] != b":":
        return 0
    at = _after_spaces(text, at + 1)
    return at + 1 if text[at:at + 1] == b'"' else 0


def _after_spaces(text: bytes, at: int) -> int:
    while text[at:at + 1] and text[at] in _SPACES:
        at += 1
    return at


def _closing_quote(text: bytes, begin: int) -> int:
    """Where the string that begins here ends; -1 if nowhere."""
    end = text.find(b'"', begin)
    while end >= 0 and _is_escaped(text, begin, end):
        end = text.find(b'"', end + 1)
    return end


def _is_escaped(text: bytes, begin: int, quote: int) -> bool:
    at = quote
    while at > begin and text[at - 1:at] == b"\\":
        at -= 1
    return (quote - at) % 2 == 1


def _decoded(text: bytes) -> bytes:
    if b"\\" in text:   # some libraries write `/` as `\/`, or fold lines
        text = msgspec.json.decode(b'"' + text + b'"', type=str).encode()
        text = text.translate(None, _SPACES)
    elif b" " in text:   # FHIR allows spaces between the groups
        text = text.replace(b" ", b"")
    return pybase64.b64decode(text, validate=True)


def decode_hash(text: str) -> str:
    """A hash as FHIR writes it (base64) in hex; empty if it is no base64."""
    try:
        return pybase64.b64decode(text.replace(" ", ""), validate=True).hex()
    except (binascii.Error, ValueError):
        return ""
