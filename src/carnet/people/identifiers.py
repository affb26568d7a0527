"""National identifiers of professionals (PS_IdNat) and of organisations (Struct_IdNat), SPEC 1.2.

The first digit says which register the rest comes from. Shape and key are told apart: a wrong shape is no identifier, a
wrong key is a typing error, or one of the official examples (801234567890), which no demonstration may refuse.
May import: errors.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, Self

import msgspec

from carnet.errors import InvalidIdentifier, Issue
from carnet.people.luhn import has_luhn_key

PS_ID_OID = "1.2.250.1.71.4.2.1"
STRUCT_ID_OID = "1.2.250.1.71.4.2.2"
LA_POSTE = "356000000"   # most of its SIRET follow another rule: the sum of their digits is a multiple of 5


class IdentifierPolicy(msgspec.Struct, frozen=True):
    """`keys`: wrong Luhn keys are refused (production, the default) or let through (demonstration)."""

    keys: Literal["refuse", "warn"] = "refuse"


PRODUCTION = IdentifierPolicy()
DEMONSTRATION = IdentifierPolicy(keys="warn")


class PsIdKind(StrEnum):
    """First digit of a PS_IdNat."""

    ADELI = "0"
    ADELI_INTERNAL = "1"
    FINESS_INTERNAL = "3"
    SIREN_INTERNAL = "4"
    SIRET_INTERNAL = "5"
    RPPS_INTERNAL = "6"
    RPPS = "8"


class StructIdKind(StrEnum):
    """First digit of a Struct_IdNat."""

    ADELI_CABINET = "0"
    FINESS = "1"
    SIREN = "2"
    SIRET = "3"
    RPPS_RANK = "4"


_PS_SHAPES = {
    PsIdKind.ADELI: re.compile(r"[0-9A-Z]{9}"),
    PsIdKind.ADELI_INTERNAL: re.compile(r"[0-9A-Z]{9,11}/.+"),
    PsIdKind.FINESS_INTERNAL: re.compile(r"[0-9][0-9AB]\d{7}/.+"),
    PsIdKind.SIREN_INTERNAL: re.compile(r"\d{9}/.+"),
    PsIdKind.SIRET_INTERNAL: re.compile(r"\d{14}/.+"),
    PsIdKind.RPPS_INTERNAL: re.compile(r"\d{11,14}/.+"),
    PsIdKind.RPPS: re.compile(r"\d{11}"),
}
_STRUCT_SHAPES = {
    StructIdKind.ADELI_CABINET: re.compile(r"[0-9A-Z]{9,11}"),
    StructIdKind.FINESS: re.compile(r"[0-9][0-9AB]\d{7}"),
    StructIdKind.SIREN: re.compile(r"\d{9}"),
    StructIdKind.SIRET: re.compile(r"\d{14}"),
    StructIdKind.RPPS_RANK: re.compile(r"\d{12,14}"),
}


class PsId(msgspec.Struct, frozen=True):
    """A PS_IdNat: `kind` is its first digit, `number` the rest (for an internal number, `register/internal`)."""

    kind: PsIdKind
    number: str

    def __str__(self) -> str:
        return f"{self.kind}{self.number}"

    @classmethod
    def parse(cls, text: str, policy: IdentifierPolicy = PRODUCTION) -> Self:
        """Read a PS_IdNat such as `8` and an RPPS. Raises InvalidIdentifier."""
        text = text.strip()
        try:
            kind = PsIdKind(text[:1])
        except ValueError:
            raise _invalid("a professional's identifier begins with 0 (ADELI), 8 (RPPS), 1, 3, 4, 5 or 6") from None
        if not _PS_SHAPES[kind].fullmatch(text, 1):
            raise _invalid(f"not the identifier of a professional: wrong form after the prefix {kind} ({kind.name})")
        ps_id = cls(kind, text[1:])
        if policy.keys == "refuse" and not ps_id.has_valid_key:
            raise _invalid(f"the key of this identifier ({kind.name}) does not fit its number")
        return ps_id

    @classmethod
    def of_rpps(cls, rpps: str, policy: IdentifierPolicy = PRODUCTION) -> Self:
        """From the 11 digits of an RPPS number."""
        return cls.parse(f"{PsIdKind.RPPS}{rpps.strip()}", policy)

    @property
    def rpps(self) -> str | None:
        """The RPPS number, if this is one."""
        return self.number if self.kind is PsIdKind.RPPS else None

    @property
    def has_valid_key(self) -> bool:
        """False if the number carries a key that does not fit; ADELI numbers carry none."""
        register = self.number.split("/", 1)[0]
        if self.kind in (PsIdKind.RPPS, PsIdKind.RPPS_INTERNAL):
            return has_luhn_key(register[:11])
        if self.kind in (PsIdKind.ADELI, PsIdKind.ADELI_INTERNAL):
            return True
        return _company_key_holds(register)


class StructId(msgspec.Struct, frozen=True):
    """A Struct_IdNat: `kind` is its first digit, `number` the rest."""

    kind: StructIdKind
    number: str

    def __str__(self) -> str:
        return f"{self.kind}{self.number}"

    @classmethod
    def parse(cls, text: str, policy: IdentifierPolicy = PRODUCTION) -> Self:
        """Read a Struct_IdNat such as `1` and a FINESS number. Raises InvalidIdentifier."""
        text = text.strip()
        try:
            kind = StructIdKind(text[:1])
        except ValueError:
            raise _invalid("an organisation's identifier begins with 1 (FINESS), 2 (SIREN), 3 (SIRET), 0, 4") from None
        if not _STRUCT_SHAPES[kind].fullmatch(text, 1):
            raise _invalid(f"not the identifier of an organisation: wrong form after the prefix {kind} ({kind.name})")
        struct_id = cls(kind, text[1:])
        if policy.keys == "refuse" and not struct_id.has_valid_key:
            raise _invalid(f"the key of this identifier ({kind.name}) does not fit its number")
        return struct_id

    @classmethod
    def of_finess(cls, finess: str, policy: IdentifierPolicy = PRODUCTION) -> Self:
        """From the 9 characters of a FINESS number."""
        return cls.parse(f"{StructIdKind.FINESS}{finess.strip()}", policy)

    @property
    def has_valid_key(self) -> bool:
        """False if the number carries a key that does not fit; ADELI cabinets carry none."""
        if self.kind is StructIdKind.ADELI_CABINET:
            return True
        if self.kind is StructIdKind.RPPS_RANK:
            return has_luhn_key(self.number[:11])
        return _company_key_holds(self.number)


def _company_key_holds(number: str) -> bool:
    """FINESS and SIREN (9) and SIRET (14). Corsican FINESS hold a letter and have no key that we could check."""
    if not number.isdecimal():
        return True
    if len(number) == 14 and number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return True
    if len(number) == 14 and not has_luhn_key(number[:9]):
        return False   # a SIRET begins with the SIREN of its company
    return has_luhn_key(number)


def _invalid(message: str) -> InvalidIdentifier:
    return InvalidIdentifier(Issue("value", message))
