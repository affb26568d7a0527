"""The fiscal year that a file is of: said by its name, `SirenFECYYYYMMDD`, the date being the year's last day. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from carnet.ledger.dimensions import is_siren

_NAME = re.compile(r"([0-9]{9})FEC([0-9]{8})(?:\.[A-Za-z0-9]{1,4})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """From which day to which. It is known by the year in which it ends."""

    since: date
    until: date

    @property
    def year(self) -> int:
        """The year that its entries are numbered in."""
        return self.until.year

    def __contains__(self, day: date) -> bool:
        return self.since <= day <= self.until

    def __str__(self) -> str:
        return f"{self.since} to {self.until}"

    @classmethod
    def ending(cls, until: date, since: date | None = None) -> FiscalYear:
        """The twelve months that end on this day, unless the first day is said: a first year may be longer."""
        day_after = until + timedelta(days=1)
        leap = day_after.month == 2 and day_after.day == 29
        return cls(since or (date(until.year - 1, 3, 1) if leap else day_after.replace(year=day_after.year - 1)), until)


@dataclass(frozen=True, slots=True)
class FileName:
    """Whose file it is, and of which year."""

    siren: str
    until: date


def name_of(name: str) -> FileName | None:
    """What a file's name says; None when it is not such a name, or its SIREN or date is none."""
    found = _NAME.fullmatch(name)
    if found is None or not is_siren(found[1]):
        return None
    until = day_of(found[2])
    return FileName(found[1], until) if until is not None else None


def day_of(text: str) -> date | None:
    """The day of `20261231`; None when there is no such day."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def day_text(day: date | None) -> str:
    """The same as files write it; empty for none."""
    return "" if day is None else f"{day.year:04}{day.month:02}{day.day:02}"
