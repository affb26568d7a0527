"""Business acknowledgements: what became of the document in the record, and of its copies by secure mail. Pure.

ZAM^Z01 says the record has it, or not; ZAM^Z02 that a box took the copy, or not; ZAM^Z03 that it was read. MSH-7 is
written when it is sent (`dated`): what is made here waits, perhaps for days.
May import: this room, errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from carnet.feeds.hl7.acknowledge import error, moment, msh
from carnet.feeds.hl7.er7 import DEFAULT, Segment
from carnet.feeds.hl7.told import Told

_TABLE, _YES_NO = "AckMetierZAM", "expandedYes-NoIndicator"
_VERSION, _PROFILE = "2.6", "2.1^CISIS_CDA_HL7_V2"
_SMTP = "SMTPERRORCODE"
OF_A_BOX = "box:"       # how `what` of the outgoing queue begins for Z02; the box follows


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the three: its event, the code of its status, and that of the box it is about."""

    event: str
    status: str
    words: str
    box: str = ""
    box_words: str = ""


_RECORD = _Kind("Z01", "ACK_RECEPTION_DMP", "Accusé de réception DMP")
_BOX = _Kind(
    "Z02", "ACK_RECEPTION_MSS", "Accusé de réception MSSanté", "DESTINATAIRE_MSS", "Destinataire MSSanté")
_READER = _Kind("Z03", "ACK_LECTURE_MSS", "Accusé de lecture", "LECTEUR_MSS", "Lecteur du courriel MSSanté")


def of_the_record(header: Segment, told: Sequence[Told] = ()) -> bytes:
    """The record has the documents of the message with this MSH; or why not."""
    return _zam(header, _RECORD, errors=[error(each, DEFAULT) for each in told[:1]], is_done=not told)


def of_the_box(header: Segment, address: str) -> bytes:
    """This box has its copy."""
    return _zam(header, _BOX, address=address)


def of_the_reader(header: Segment, address: str) -> bytes:
    """The copy was read in this box, or treated there."""
    return _zam(header, _READER, address=address)


def not_done(message: bytes, smtp_error: str) -> bytes:
    """What `of_the_box` or `of_the_reader` gave, saying that it is not so, for this answer of a mail server."""
    code = smtp_error[:3] if smtp_error[:3].isdecimal() else "554"
    words = DEFAULT.escaped(smtp_error.removeprefix(code).strip()[:200])
    line = f"ERR|||207^Application error^messageErrorCondition|E|{code}^{words}^{_SMTP}\r"
    return message.replace(f"|Y^^{_YES_NO}|".encode(), f"|N^^{_YES_NO}|".encode(), 1) + line.encode()


def dated(message: bytes, now: datetime) -> bytes:
    """The same, sent now."""
    first, end, rest = message.partition(b"\r")
    fields = first.split(b"|")
    fields[6] = moment(now).encode()
    return b"|".join(fields) + end + rest


def _zam(
    header: Segment, kind: _Kind, *, errors: Sequence[str] = (), address: str = "", is_done: bool = True,
) -> bytes:
    plain = Segment(_in_our_marks(header), DEFAULT, header.encoding)
    sender_id = plain.raw(10)
    lines = [
        msh(plain, f"ZAM^{kind.event}^ZAM_Z01", _VERSION, now=None, profile=_PROFILE),
        f"OBX|1|CWE|{kind.status}^{kind.words}^{_TABLE}|{sender_id}|{'Y' if is_done else 'N'}^^{_YES_NO}||||||F"]
    if kind.box:
        lines.append(f"OBX|2|XTN|{kind.box}^{kind.box_words}^{_TABLE}||^^X.400^{DEFAULT.escaped(address)}||||||F")
    return "".join(f"{line}\r" for line in (*lines, *errors)).encode()


def _in_our_marks(header: Segment) -> str:
    """This MSH with the usual separators, in UTF-8: a business acknowledgement is a message of ours."""
    marks = header.separators
    texts = [marks.plain(header.raw(number), header.encoding) for number in range(3, 12)]
    fields = [f"MSH|{DEFAULT.encoding_characters}", *(DEFAULT.escaped(text) for text in texts)]
    kept = fields + [""] * (17 - len(fields)) + ["UNICODE UTF-8"]
    return "|".join(kept)
