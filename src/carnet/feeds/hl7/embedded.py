"""The documents in the OBX of a message: type ED, in base64, in hexadecimal, or as escaped text. Pure.

May import: this room, errors.
"""

from __future__ import annotations

import re

import pybase64

from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import Segment

_DATA, _ENCODING = 5, 4         # components of an ED
_DECLARED = re.compile(r"\A<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BLANKS = str.maketrans("", "", " \r\n\t")


def bytes_of(obx: Segment) -> bytes:
    """What OBX-5 holds. Raises InvalidInput when it is cut short or not in the form that it names."""
    value = obx.value(5)
    parts = value.components()
    how = parts[_ENCODING - 1].strip().upper() if len(parts) >= _DATA else ""
    data = value.separators.component.join(parts[_DATA - 1:]) if len(parts) >= _DATA else ""
    where = obx.at(5, _DATA)
    if not data.strip():
        raise InvalidInput(Issue("required", "there is no document in this ED", where))
    match how:
        case "BASE64":
            return _of_base64(data, where)
        case "HEX":
            return _of_hex(data, where)
        case "A":
            return _of_text(value.separators.plain(data, value.encoding), where)
        case _:
            message = "an ED is in Base64, Hex or A (escaped text)"
            raise InvalidInput(Issue("code-invalid", message, obx.at(5, _ENCODING)))


def _of_base64(data: str, where: str) -> bytes:
    """An official example lacks its padding: that is let through, since a document cut short is no XML any more. One
    character that stands alone is never the end of base64."""
    if any(blank in data for blank in "\n \t"):
        data = data.translate(_BLANKS)
    try:
        return pybase64.b64decode(data + "=" * (-len(data) % 4 % 3), validate=True)
    except ValueError:      # binascii.Error is one
        raise InvalidInput(Issue("value", "not base64, or cut short", where)) from None


def _of_hex(data: str, where: str) -> bytes:
    try:
        return bytes.fromhex(data)
    except ValueError:
        raise InvalidInput(Issue("value", "not hexadecimal, or cut short", where)) from None


def _of_text(text: str, where: str) -> bytes:
    """The bytes that this text is, in the encoding that its XML declaration names."""
    text = text.lstrip()
    named = _DECLARED.match(text)
    try:
        return text.encode(named.group(1) if named else "utf-8")
    except (LookupError, UnicodeEncodeError):
        raise InvalidInput(Issue("value", "not in the encoding that its XML declaration names", where)) from None
