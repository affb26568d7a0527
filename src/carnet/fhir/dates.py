"""Times: HL7 DTM inside, FHIR dateTime outside, with the precision that was written.

`20240501` is `2024-05-01`, not midnight. FHIR has no precision between the day and the second, so an hour or a minute
is filled with zeros on the way out. https://hl7.org/fhir/R4/datatypes.html#dateTime. May import: documents, errors.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, Issue

_FORM = "a dateTime is written 2024, 2024-05, 2024-05-01 or 2024-05-01T08:30:00+02:00"
_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d))?)?)?"
)
_WITHOUT_SECONDS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)?")
_DTM = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d+)?([+-]\d{4})?")


def to_dtm(text: str) -> Dtm:
    """A FHIR dateTime, instant or date as a DTM of the same precision. Raises InvalidInput."""
    found = _DATE_TIME.fullmatch(text)
    if found is None:
        raise InvalidInput(Issue("value", _FORM))
    *digits, fraction, zone = found.groups()
    dtm = "".join(part for part in digits if part)
    if fraction:
        dtm += f".{fraction[:4]}"
    if zone and zone != "Z":   # the DTM of IHE is in UTC when it says nothing
        dtm += zone.replace(":", "")
    return Dtm.parse(dtm)


def to_date_time(dtm: Dtm) -> str:
    """A DTM as a FHIR dateTime."""
    year, month, day, hour, minute, second, fraction, zone = _parts(dtm)
    date = "-".join(part for part in (year, month, day) if part)
    if not hour:
        return date
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{fraction or ''}{_zone(zone)}"


def to_instant(dtm: Dtm) -> str:
    """A DTM as a FHIR instant, which always has seconds and a zone: the moment at which it starts."""
    if _parts(dtm)[3]:
        return to_date_time(dtm)
    return dtm.utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _parts(dtm: Dtm) -> tuple[str | None, ...]:
    found = _DTM.fullmatch(dtm.text)
    if found is None:
        raise ValueError(f"not a DTM: {dtm.text!r}")   # Dtm.parse would have refused it
    return found.groups()


def _zone(zone: str | None) -> str:
    return f"{zone[:3]}:{zone[3:]}" if zone else "Z"


def span(text: str) -> tuple[datetime, datetime]:
    """The time that a search value covers: from its start until the next value of its precision. Raises InvalidInput.

    Seconds may be missing here, and a `+` that was not escaped in an address arrives as a space.
    """
    text = text.strip().replace(" ", "+")
    found = _WITHOUT_SECONDS.fullmatch(text)
    if found is not None:
        start = to_dtm(f"{found[1]}:00{found[2] or 'Z'}").utc
        return start, start + timedelta(minutes=1)
    start = to_dtm(text).utc
    try:
        return start, _next(start, len(text))
    except OverflowError:
        raise InvalidInput(Issue("value", "this date is out of reach")) from None


def _next(start: datetime, length: int) -> datetime:
    """The moment after a year (4 characters), a month (7), a day (10) or a second that starts here."""
    if length == 4:
        return start.replace(year=start.year + 1) if start.year < 9999 else datetime.max.replace(tzinfo=UTC)
    if length == 7:
        return (start + timedelta(days=31)).replace(day=1)
    return start + (timedelta(days=1) if length == 10 else timedelta(seconds=1))
