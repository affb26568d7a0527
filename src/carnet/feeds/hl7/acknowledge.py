"""The answer to a message: ACK with MSA and ERR, in the sender's version, separators and character set. Pure.

AA: done, or kept until it can be. AE: something in it must be corrected. AR: not now, or not as MLLP has it: send it
again.
May import: this room, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from carnet.documents.time import Dtm
from carnet.feeds.hl7.er7 import BYTES, Segment, Separators
from carnet.feeds.hl7.told import Told, name_of, table_of

ACCEPTED, ERROR, REJECTED = "AA", "AE", "AR"
_CR = "\r"


def acknowledgement(header: Segment, code: str, told: Iterable[Told] = (), *, now: datetime | None) -> bytes:
    """The ACK of the message that begins with this MSH."""
    marks = header.separators
    event = header.raw(9).split(marks.component)
    kind = marks.component.join(("ACK", event[1], "ACK")) if len(event) > 1 else "ACK"
    lines = [
        msh(header, kind, header.raw(12).partition(marks.repetition)[0] or "2.5", now=now),
        marks.field.join(("MSA", code, header.raw(10))), *(error(each, marks) for each in told)]
    return encoded(lines, header)


def batch_acknowledgement(header: Segment, acknowledgements: Sequence[bytes], *, now: datetime | None) -> bytes:
    """The answers to the messages of a batch, as one batch."""
    mark = header.separators.field
    opening = mark.join((
        f"BHS{mark}{header.separators.encoding_characters}", header.raw(5), header.raw(6), header.raw(3), header.raw(4),
        _moment_or_nothing(now), "", "", "", identifier(), ""))
    return b"".join((
        encoded([opening], header), *acknowledgements, encoded([f"BTS{mark}{len(acknowledgements)}"], header)))


def msh(header: Segment, kind: str, version: str, *, now: datetime | None, profile: str = "") -> str:
    """The MSH of an answer to this one: sender and receiver change places."""
    marks = header.separators
    # What could not be read by its own character set is given back by its bytes.
    characters = "8859/1" if header.encoding == BYTES else header.raw(18)
    fields = (
        f"MSH{marks.field}{marks.encoding_characters}", header.raw(5), header.raw(6), header.raw(3), header.raw(4),
        _moment_or_nothing(now), "", kind, identifier(), header.raw(11) or "P", version, "", "", "", "",
        "FRA", characters, "", "", profile)
    return marks.field.join(fields).rstrip(marks.field)


def error(told: Told, marks: Separators) -> str:
    """One ERR."""
    application = _coded(told.application, marks) if told.application else ""
    fields = (
        "ERR", "", told.place.replace("^", marks.component), _coded(told.code, marks), told.severity, application, "",
        marks.escaped(told.diagnostic), marks.escaped(told.words))
    return marks.field.join(fields)


def encoded(lines: Iterable[str], header: Segment) -> bytes:
    """The lines, each ended by CR, in the character set of the sender; what it has no sign for is a question mark."""
    return "".join(f"{line}{_CR}" for line in lines).encode(header.encoding, errors="replace")


def identifier() -> str:
    """A new MSH-10: at most 20 characters, as version 2.5 has it."""
    return uuid4().hex[:20]


def moment(now: datetime) -> str:
    """A time as HL7 writes it, in UTC."""
    return f"{Dtm.at(now).text}+0000"


def _moment_or_nothing(now: datetime | None) -> str:
    return moment(now) if now is not None else ""


def _coded(code: str, marks: Separators) -> str:
    return marks.component.join((code, marks.escaped(name_of(code)), table_of(code)))
