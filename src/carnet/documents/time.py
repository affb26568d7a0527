"""Times of documents: as the sender wrote them, and in UTC.

HL7 DTM (IHE ITI TF-3, 4.2.3.1.7) has a precision from the year to the second; a date is not midnight,
so what was written is kept beside the instant it starts at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Self

import msgspec

from carnet.errors import InvalidInput, Issue

_DTM = re.compile(r"(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.\d{1,4})?([+-]\d{4})?")


class Dtm(msgspec.Struct, frozen=True):
    """A point in time with the precision it was given: `text` as stored, `utc` where it starts (aware)."""

    text: str
    utc: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an HL7 DTM, `YYYY[MM[DD[hh[mm[ss]]]]][±zzzz]`; without a zone it is UTC. Raises InvalidInput."""
        found = _DTM.fullmatch(text.strip())
        if found is None:
            raise InvalidInput(Issue("value", f"not an HL7 date-time: {text[:30]!r}"))
        year, month, day, hour, minute, second, zone = found.groups()
        try:
            local = datetime(
                int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
                tzinfo=_zone(zone),
            )
            return cls(text.strip(), local.astimezone(UTC))
        except (ValueError, OverflowError) as error:
            raise InvalidInput(Issue("value", f"not an HL7 date-time: {text[:30]!r}")) from error

    @classmethod
    def at(cls, moment: datetime) -> Self:
        """The same, from an aware moment, to the second, written in UTC."""
        moment = moment.astimezone(UTC).replace(microsecond=0)
        year, month, day, hour, minute, second, *_ = moment.timetuple()     # strftime asks the system for its zone
        return cls(f"{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}", moment)


def _zone(text: str | None) -> timezone:
    if not text:
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[3:5])))
