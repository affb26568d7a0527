"""Is this a message that is taken: type, event, version, processing id (MSH). Pure.

May import: this room, errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from carnet.documents.time import Dtm
from carnet.errors import InvalidInput, Issue
from carnet.feeds.hl7.er7 import Segment

FRANCE = ZoneInfo("Europe/Paris")       # of a time that says no zone, as PAM-FR has it
TAKEN = {
    "ORU": frozenset({"R01"}), "MDM": frozenset({"T02", "T04", "T10", "T11"}),
    "ADT": frozenset(f"A{number:02d}" for number in range(1, 63)) | {
        "Z80", "Z81", "Z82", "Z83", "Z84", "Z85", "Z88", "Z89", "Z99"},
}
VERSIONS = ("2.5", "2.5.1", "2.6")
_PROCESSING = frozenset("PTD")


def kind_of(header: Segment) -> str:
    """`ORU^R01`: the type and the event."""
    return f"{header(9)}^{header(9, 2)}".strip("^")


def check(header: Segment, *, is_demonstration: bool) -> None:
    """Raises InvalidInput with everything in MSH for which the message is not taken."""
    issues = tuple(_issues(header, is_demonstration))
    if issues:
        raise InvalidInput(*issues)


def _issues(header: Segment, is_demonstration: bool) -> Iterator[Issue]:
    kind, event = header(9), header(9, 2)
    if kind not in TAKEN:
        yield Issue("not-supported", f"the types of message taken are {', '.join(TAKEN)}", "MSH-9")
    elif event not in TAKEN[kind]:
        yield Issue("not-supported", f"this event of {kind} is not taken", "MSH-9.2")
    if header(12) not in VERSIONS:
        yield Issue("not-supported", f"the versions taken are {', '.join(VERSIONS)}", "MSH-12")
    if not header(10):
        yield Issue("required", "a message has an identifier", "MSH-10")
    processing = header(11)
    if processing not in _PROCESSING or (processing != "P" and not is_demonstration):
        taken = "P, T and D" if is_demonstration else "P: what is for tests does not feed records"
        yield Issue("not-supported", f"the processing id taken is {taken}", "MSH-11")


def profile_version(header: Segment) -> tuple[int, int]:
    """The version of the profile that MSH-21 names, `2.1^CISIS_CDA_HL7_V2`; (0, 0) when it names none."""
    major, _, minor = header(21).partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)


def moment(text: str, where: str, *, header: Segment | None = None) -> datetime:
    """A time of a message in UTC: without a zone it has that of MSH-7, else that of France. Raises InvalidInput."""
    zone = header(7)[-5:] if header is not None else ""
    if zone[:1] in ("+", "-") and text[-5:-4] not in ("+", "-"):
        text += zone
    try:
        read = Dtm.parse(text)
    except InvalidInput as error:
        raise InvalidInput(Issue("value", error.issues[0].message, where)) from None
    if text[-5:-4] in ("+", "-"):
        return read.utc
    return read.utc.replace(tzinfo=FRANCE).astimezone(UTC)


def sent_at(header: Segment) -> datetime | None:
    """MSH-7, or None when it is no time: nothing rests on it."""
    try:
        return moment(header(7), "MSH-7", header=header)
    except InvalidInput:
        return None
