"""Character sets of HL7 v2 messages: MSH-18, table 0211. Pure.

May import: errors.
"""

from __future__ import annotations

from carnet.errors import InvalidInput, Issue

# Without MSH-18 the standard says ASCII, which UTF-8 contains; what is neither is refused, and never guessed.
_ENCODINGS = {
    "": "utf-8", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "8859/1": "iso-8859-1",
    "8859/15": "iso-8859-15",
}


def encoding_named(name: str) -> str:
    """The encoding that MSH-18 names. Raises InvalidInput for one that is not taken."""
    found = _ENCODINGS.get(name.strip().upper())
    if found is None:
        accepted = ", ".join(each for each in _ENCODINGS if each)
        raise InvalidInput(Issue("code-invalid", f"not a character set that is taken: {accepted}", "MSH-18"))
    return found


def decoded(raw: bytes, encoding: str) -> str:
    """The text. Raises InvalidInput, without a word of it, when it is not in this character set."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"not in the character set that MSH-18 names, at byte {error.start + 1}"
        raise InvalidInput(Issue("value", message, "MSH-18")) from None
