"""The CDA documents that an ORU or a MDM carries, and which document each is about (OBX, TXA). Pure.

May import: this room, feeds/lots.py, record/inbox/message.py, people, documents, errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from carnet.documents.cda_header import CdaHeader
from carnet.documents.entry import Visibility
from carnet.documents.identifiers import is_oid, is_uuid, unique_id
from carnet.documents.submission import SubmittedDocument
from carnet.errors import InvalidDocument, InvalidIdentifier, Issue
from carnet.feeds.hl7 import headers
from carnet.feeds.hl7.all_issues import AllIssues
from carnet.feeds.hl7.embedded import bytes_of
from carnet.feeds.hl7.er7 import Er7, Segment
from carnet.feeds.hl7.flags import is_flag
from carnet.feeds.hl7.identity import Person
from carnet.feeds.hl7.wishes import Wish
from carnet.feeds.lots import moment, read_cda
from carnet.record.inbox.message import Message, Reading

_MAIL_TITLE = "XDM/1.0/DDM"     # versions 1.x: an OBX with the subject and the text of a mail
_MOST = {"ORU": 2, "MDM": 1}
_NUMBER, _PARENT = 12, 13
_NAMES_A_SENDER = (2, 0)        # since this version of the profile


@dataclass(frozen=True, slots=True)
class Carried:
    """A document of a message. `named` is the document that the message is about: itself, or the one it deletes."""

    document: SubmittedDocument
    header: CdaHeader
    where: str
    named: str

    def shown_as(self, visibility: frozenset[Visibility]) -> SubmittedDocument:
        """The document, for a lot."""
        return msgspec.structs.replace(
            self.document, entry=msgspec.structs.replace(self.document.entry, visibility=visibility))


def carriers_of(er7: Er7) -> list[Segment]:
    """The OBX that carry documents."""
    return [
        obx for obx in er7.every("OBX")
        if obx(2) == "ED" and not is_flag(obx) and not obx(3, 2).startswith(_MAIL_TITLE)]


def read_carried(
    er7: Er7, carriers: Sequence[Segment], wish: Wish, reading: Reading, issues: AllIssues,
) -> tuple[Carried, ...]:
    """Every document that can be read; what is wrong with the others is kept in `issues`."""
    found = (issues.of(partial(_read, obx, er7, wish, reading)) for obx in carriers)
    return tuple(each for each in found if each is not None)


def lacking(er7: Er7, carriers: Sequence[Segment], wish: Wish, *, has_sender: bool) -> Iterator[Issue]:
    """What the message as a whole lacks, or has too much of."""
    most = _MOST.get(er7.header(9), 1)
    if len(carriers) > most:
        yield Issue("invariant", f"this type of message carries at most {most} document(s)", carriers[most].at(5))
    if not carriers and not (wish is Wish.DELETE and deleted_by_txa(er7)):
        yield Issue("required", "no OBX of type ED carries a document", "OBX-5")
    pid = er7.first("PID")
    if carriers and pid is not None and carriers[0].place < pid.place:
        yield Issue("structure", "PID stands before what is said of the patient", "PID")
    if not has_sender and headers.profile_version(er7.header) >= _NAMES_A_SENDER:
        yield Issue("required", "no PRT with SB says who sends", "PRT-4")


def deleted_by_txa(er7: Er7) -> str:
    """The document that TXA alone names, in a deletion that carries none (MDM^T11)."""
    return _named_in(er7, _PARENT) or _named_in(er7, _NUMBER)


def message_of(er7: Er7, carried: Sequence[Carried], person: Person) -> Message:
    """The message, before it is known what it asks."""
    first = carried[0] if carried else None
    return Message(
        headers.kind_of(er7.header), (), control_id=er7.header(10), ins=person.ins, traits=person.traits,
        sent_at=headers.sent_at(er7.header), type_code=first.document.entry.type_code.code if first else "",
        acted_at=moment(first.document.entry.service_start_time) if first else None,
        is_structured=any(each.header.body_media_type is None for each in carried))


def _read(obx: Segment, er7: Er7, wish: Wish, reading: Reading) -> Carried:
    where = obx.at(5)
    read = read_cda(bytes_of(obx), reading.policy.ins, where=where)
    entry, parent = read.document.entry, _named_in(er7, _PARENT)
    issues = []
    if obx(3) != entry.type_code.code:
        issues.append(Issue("invariant", "the type in OBX-3 is not that of the document", obx.at(3)))
    if _named_in(er7, _NUMBER) not in ("", entry.unique_id):
        issues.append(Issue("invariant", "TXA-12 is not the identifier of the document", "TXA-12"))
    replaces = None
    if wish is Wish.REPLACE:
        replaces = parent or read.document.replaces
        if replaces is None:
            message = "which document is replaced is said neither by TXA-13 nor by relatedDocument"
            issues.append(Issue("conflict", message, f"{where} /ClinicalDocument/relatedDocument"))
        elif read.document.replaces not in (None, replaces):
            issues.append(Issue("conflict", "TXA-13 is not the document that relatedDocument names", "TXA-13"))
    if issues:
        raise InvalidDocument(*issues)
    named = (parent or entry.unique_id) if wish is Wish.DELETE else entry.unique_id
    return Carried(msgspec.structs.replace(read.document, replaces=replaces), read.header, where, named)


def _named_in(er7: Er7, number: int) -> str:
    """The document that this field of TXA names; nothing when it is a number of the sender's own."""
    txa = er7.first("TXA")
    if txa is None:
        return ""
    entity, authority = txa(number), txa(number, 3)
    try:
        if is_oid(entity) or is_uuid(entity):
            return unique_id(entity)
        return unique_id(authority, entity) if is_oid(authority) and entity else ""
    except InvalidIdentifier:
        return ""
