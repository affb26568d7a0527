"""The traits of identity that go with an INS: they say who the number is for (SPEC 2.1).

May import: the types of this room, errors.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Self

import msgspec

from carnet.errors import InvalidIdentifier, Issue
from carnet.people.ins import Ins

_BIRTH_DATE = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?")
_COG = re.compile(r"(?:\d{2}|2[AB])\d{3}")


class Sex(StrEnum):
    """Administrative gender of an INS (JDV_J143, HL7 AdministrativeGender)."""

    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "UN"


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What the national identity says of a person, with the names they use.

    `birth_date` is ISO, `1979-03-28`, or only `1979-03` or `1979`, since some people's day of birth is unknown.
    `birthplace` is a code of the official geographical list (COG): five characters, 99 and a country if abroad.
    """

    birth_family: str
    birth_given: str
    given_names: tuple[str, ...] = ()
    birth_date: str
    sex: Sex
    birthplace: str = ""
    used_family: str = ""
    used_given: str = ""

    @property
    def family(self) -> str:
        """The name this person uses."""
        return self.used_family or self.birth_family

    @property
    def given(self) -> str:
        """The first name this person uses."""
        return self.used_given or self.birth_given

    def checked(self) -> Self:
        """The same, if every mandatory trait is well formed. Raises InvalidIdentifier with all that is wrong."""
        issues = [
            Issue("required", "this trait of identity is mandatory", name)
            for name in ("birth_family", "birth_given") if not getattr(self, name).strip()
        ]
        if parse_birth_date(self.birth_date) != self.birth_date:
            issues.append(Issue("value", "a date of birth is written 1979-03-28", "birth_date"))
        if self.birthplace and not _COG.fullmatch(self.birthplace):
            issues.append(Issue("value", "a place of birth is a COG code of five characters", "birthplace"))
        if issues:
            raise InvalidIdentifier(*issues)
        return self


class Patient(msgspec.Struct, frozen=True):
    """A person with a record: the INS and the traits that it was given for."""

    ins: Ins
    traits: Traits


def parse_birth_date(text: str) -> str | None:
    """`19790328` or `1979-03-28` as `1979-03-28`; unknown parts (`00`) are dropped. None if it is no date."""
    found = _BIRTH_DATE.fullmatch(text.strip()[:10].partition("T")[0])
    if found is None:
        return None
    year, month, day = found.groups()
    if month in (None, "00"):
        return year
    if day in (None, "00"):
        return f"{year}-{month}" if 1 <= int(month) <= 12 else None
    return f"{year}-{month}-{day}" if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else None
