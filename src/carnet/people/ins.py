"""INS: the national health identity, the only key of a record (SPEC 2.1).

NIR or NIA of 13 characters and a key of two, always with the OID that says which.
May import: errors.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, Self

import msgspec

from carnet.errors import InvalidIdentifier, Issue


class InsOid(StrEnum):
    """The authority that gave the number (SPEC 2.1)."""

    NIR = "1.2.250.1.213.1.4.8"
    NIA = "1.2.250.1.213.1.4.9"
    TEST = "1.2.250.1.213.1.4.10"
    DEMONSTRATION = "1.2.250.1.213.1.4.11"

    @property
    def is_production(self) -> bool:
        """True for the numbers of real people."""
        return self in (InsOid.NIR, InsOid.NIA)


class InsPolicy(msgspec.Struct, frozen=True):
    """What this platform takes for an INS. The default is that of production.

    `demonstration`: test and demonstration numbers are taken too. `key`: a wrong key of a production number is refused,
    or let through (`warn`: see `Ins.has_valid_key`). Keys of test numbers are never checked: the official examples
    carry some, such as 1 23 45 67 89 01 23 45, that no key fits.
    """

    demonstration: bool = False
    key: Literal["refuse", "warn"] = "refuse"


PRODUCTION = InsPolicy()

DEMONSTRATION = InsPolicy(demonstration=True, key="warn")   # every official example passes

# sex, year, month (20 to 99 stand for one unknown), department (2A and 2B are Corsica), commune, rank
_NUMBER = re.compile(r"[1-8]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}")
_CX = re.compile(r"([^^&]*)\^{3}(?:[^^&]*)&([0-9.]+)&ISO(?:\^([A-Z]*))?\^*")


class Ins(msgspec.Struct, frozen=True):
    """A matricule INS: `value` has 15 characters (13 and the key), `oid` says its authority."""

    value: str
    oid: InsOid

    def __str__(self) -> str:
        return f"{self.value}^^^&{self.oid}&ISO^NH"

    @classmethod
    def parse(cls, value: str, oid: str, policy: InsPolicy = PRODUCTION) -> Self:
        """Read 15 characters, spaces allowed between them (`13 + 2` as well). Raises InvalidIdentifier."""
        known = _known_oid(oid, policy)
        compact = "".join(value.split()).upper()
        if len(compact) == 13:
            raise _invalid("an INS has 15 characters: the key of two digits is missing")
        if len(compact) != 15 or not compact[13:].isdecimal() or not _NUMBER.fullmatch(compact[:13]):
            raise _invalid("an INS has 13 characters (digits, or 2A and 2B for Corsica) and a key of two digits")
        ins = cls(compact, known)
        if known.is_production and policy.key == "refuse" and not ins.has_valid_key:
            raise _invalid("the key of this INS does not fit its number")
        return ins

    @classmethod
    def parse_cx(cls, text: str, policy: InsPolicy = PRODUCTION) -> Self:
        """Read the HL7 CX form, `INS^^^&OID&ISO^NH`. Raises InvalidIdentifier."""
        found = _CX.fullmatch(text.strip())
        if found is None:
            raise _invalid("a patient identifier is written INS^^^&OID&ISO^NH")
        value, oid, kind = found.groups()
        if kind not in (None, "", "NH", "INS"):
            raise _invalid("the type of a national health identity is NH")
        return cls.parse(value, oid, policy)

    @property
    def has_valid_key(self) -> bool:
        """True if the two last digits are the key of the thirteen first."""
        return self.value[13:] == key_of(self.value[:13])

    @property
    def is_production(self) -> bool:
        """True for the number of a real person."""
        return self.oid.is_production

    @property
    def spaced(self) -> str:
        """As people read it, `2 79 03 51 215 189 89` in the official grouping."""
        value = self.value
        return " ".join((value[0], value[1:3], value[3:5], value[5:7], value[7:10], value[10:13], value[13:]))


def key_of(number: str) -> str:
    """The key of a number of 13 characters: 97 less its remainder by 97; 2A counts as 19 and 2B as 18."""
    return f"{97 - int(number.replace('2A', '19').replace('2B', '18')) % 97:02d}"


def _known_oid(oid: str, policy: InsPolicy) -> InsOid:
    try:
        known = InsOid(oid.strip().removeprefix("urn:oid:"))
    except ValueError:
        raise _invalid("this OID is not one of an INS (1.2.250.1.213.1.4.8 or .9)") from None
    if not known.is_production and not policy.demonstration:
        raise _invalid("INS of test and demonstration are not accepted here")
    return known


def _invalid(message: str) -> InvalidIdentifier:
    return InvalidIdentifier(Issue("value", message))
