"""Départements: where a person lives, or an organisation is, as far as the placement of records needs to know.

A FINESS number begins with the département of the organisation; 2A and 2B are Corsica's, those overseas have three
characters (971…), which FINESS writes 9A… or 97 and a zero before the third.
May import: errors.
"""

from __future__ import annotations

from typing import Self

import msgspec

from carnet.errors import InvalidIdentifier, Issue
from carnet.people.identifiers import StructIdKind

_OVERSEAS = ("971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988")
CODES = frozenset({*(f"{number:02}" for number in range(1, 96) if number != 20), "2A", "2B", *_OVERSEAS})
_LETTERS = dict(zip("ABCDEF", _OVERSEAS, strict=False))


class Departement(msgspec.Struct, frozen=True):
    """A département by its code of INSEE: 01 to 95, 2A and 2B, 971 and those after it."""

    code: str

    def __str__(self) -> str:
        return self.code

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code as people write it (`1`, `2a`, `974`). Raises InvalidIdentifier."""
        code = text.strip().upper()
        code = code.zfill(2) if code.isdecimal() else code
        if code not in CODES:
            raise InvalidIdentifier(Issue("value", "a département is 01 to 95, 2A, 2B, or 971 and those after it"))
        return cls(code)

    @classmethod
    def of_organisation(cls, struct_id: str | None) -> Self | None:
        """That of an organisation (Struct_IdNat) which FINESS numbers; None for one whose number says nothing of it."""
        if not struct_id or struct_id[0] != StructIdKind.FINESS:
            return None
        finess = struct_id[1:].upper()
        code = finess[:2]
        if code == "97":
            # 9701… to 9704… are 971 to 974; numbers that hold the three digits themselves are there too.
            code = f"97{finess[3]}" if finess[2:3] == "0" and finess[3:4] in tuple("1234") else finess[:3]
        elif code[:1] == "9" and code[1:] in _LETTERS:
            code = _LETTERS[code[1]]
        return cls(code) if code in CODES else None
