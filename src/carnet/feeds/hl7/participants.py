"""Who sends, who gets a copy, where an answer goes: the PRT segments of a message. Pure.

May import: this room, people, errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from carnet.documents.entry import Author
from carnet.errors import InvalidInput
from carnet.feeds.hl7.er7 import Segment
from carnet.feeds.mail.letter import address
from carnet.people.identifiers import PS_ID_OID, STRUCT_ID_OID
from carnet.people.ins import InsOid
from carnet.people.names import Institution, Person
from carnet.record.inbox.message import Partner

_ROLE, _PERSON, _ORGANISATION, _TELECOM = 4, 5, 8, 15
_SENDER, _COPY, _REPLY = "SB", "RCT", "REPLY"
_FINESS = re.compile(r"[0-9][0-9AB]\d{7}")
_PATIENTS = frozenset(InsOid)


@dataclass(frozen=True, slots=True)
class Participants:
    """`copies` are the addresses of professionals, organisations and applications: the patient's own is not read here,
    it follows from the INS, so that nobody else's box is written to by a slip.
    """

    sender: Author | None
    copies: tuple[str, ...] = ()
    reply_to: str = ""


NOBODY = Participants(None)


def read_participants(segments: Sequence[Segment], partner: Partner) -> Participants:
    """Everyone that these PRT name, for a message of this partner."""
    by_role: dict[str, list[Segment]] = {}
    for prt in segments:
        by_role.setdefault(prt(_ROLE), []).append(prt)
    copies = (_address(prt) for prt in by_role.get(_COPY, ()) if not _is_the_patient(prt))
    senders, replies = by_role.get(_SENDER, ()), by_role.get(_REPLY, ())
    return Participants(
        sender=_author(senders[0], partner) if senders else None,
        copies=tuple(dict.fromkeys(address for address in copies if address)),
        reply_to=_address(replies[0]) if replies else "")


def _author(prt: Segment, partner: Partner) -> Author:
    """Who sent it, as the partner says; without an organisation, the partner's own."""
    person = None
    if prt(_PERSON):
        system = prt(_PERSON, 9, 2) or PS_ID_OID
        person = Person(prt(_PERSON), system, prt(_PERSON, 2), prt(_PERSON, 3), id_type=prt(_PERSON, 13) or "IDNPS")
    number = prt(_ORGANISATION, 10)
    if not number:
        return Author(person, Institution(partner.name, partner.organisation))
    name = prt(_ORGANISATION) or number
    if _FINESS.fullmatch(number):       # FINEJ and FINEG, without the 1 that a Struct_IdNat has before it
        number = f"1{number}"
    return Author(person, Institution(name, number, prt(_ORGANISATION, 6, 2) or STRUCT_ID_OID))


def _is_the_patient(prt: Segment) -> bool:
    return prt(_PERSON, 13) == "INS" or prt(_PERSON, 9, 2) in _PATIENTS or prt(_PERSON, 9) in _PATIENTS


def _address(prt: Segment) -> str:
    """The address of secure mail, when it is one that a letter can be written to."""
    found = prt(_TELECOM, 4)
    try:
        address(found, prt.at(_TELECOM, 4))
    except InvalidInput:
        return ""
    return found
