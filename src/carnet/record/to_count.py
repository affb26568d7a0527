"""What a commit leaves to be counted: documents that it brings, puts out of force or gives back; and what a reading
leaves: that a document of the record was opened. Pure.

The scoreboard, the fill of records and adoption are made of it (`steering/`). It says nothing of what a document says:
its type, whether it is structured, when the act was, who fed it and how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from uuid import UUID

import msgspec

from carnet.audit.events import Event, actor_of
from carnet.documents import codes
from carnet.documents.entry import AvailabilityStatus, DocumentEntry
from carnet.documents.submission import SubmittedDocument
from carnet.people.caller import OrganisationCaller
from carnet.rights.access import Act, Asker

_FILES = ("application/pdf", "text/plain", "text/rtf", "image/jpeg", "image/tiff")
_IN_FORCE = AvailabilityStatus.APPROVED
OF_THE_HOLDER = UUID(int=0)
"""The visitor that stands for the holder and whoever acts for them: which of them it was is told to nobody here."""


@dataclass(frozen=True, slots=True)
class ToCount:
    """One document: `change` is 1 when it comes in force and -1 when it is no more.

    What follows `is_brought` is said of a document that is new: who fed it, how, and whether it replaces another.
    """

    type_code: str
    acted_at: datetime
    change: int
    is_brought: bool = False
    is_structured: bool = False
    replaces: bool = False
    channel: str = ""
    organisation: str = ""
    organisation_name: str = ""
    software: str = ""
    kind: str = ""

    def said(self) -> str:
        """As its row keeps it."""
        return msgspec.json.encode(self).decode()


def of_lot(
    asker: Asker, new: Sequence[SubmittedDocument], replaced: Sequence[DocumentEntry], kind: str,
) -> tuple[ToCount, ...]:
    """What there is to count of a lot of this kind: its new documents, and those that they replace."""
    actor = actor_of(asker.caller)
    software = asker.caller.software if isinstance(asker.caller, OrganisationCaller) else ""
    brought = tuple(
        ToCount(
            document.entry.type_code.code, acted_at(document.entry), 1, True, is_structured(document.entry),
            document.replaces is not None, asker.door, actor.organisation, actor.organisation_name, software, kind)
        for document in new)
    return brought + tuple(_out_of_force(entry) for entry in replaced)


def of_change(before: DocumentEntry, after: DocumentEntry) -> tuple[ToCount, ...]:
    """What there is to count when a document's entry changes: whether it is in force."""
    was, is_now = before.availability_status is _IN_FORCE, after.availability_status is _IN_FORCE
    if was is is_now:
        return ()
    return (_out_of_force(before) if was else ToCount(after.type_code.code, acted_at(after), 1),)


def visitor_of(event: Event) -> UUID | None:
    """Who opened a document in this act, as a visit is counted: the same professional is the same visitor of one
    record, and another of each other record. None where nobody opened any: a description alone is no visit.
    """
    if event.act != Act.READ or event.outcome != "done" or "segments" not in event.detail:
        return None
    match event.actor.kind:
        case "patient":
            return OF_THE_HOLDER
        case "professional":
            return UUID(bytes=sha256(event.record.bytes + event.actor.identifier.encode()).digest()[:16])
        case _:
            return None


def acted_at(entry: DocumentEntry) -> datetime:
    """When the care that a document tells of was over."""
    return (entry.service_stop_time or entry.service_start_time).utc


def is_structured(entry: DocumentEntry) -> bool:
    """True for a CDA whose body is sections, and not a file (level 1)."""
    return entry.mime_type == "text/xml" and entry.format_code.code not in _formats_of_files()


@cache
def _formats_of_files() -> frozenset[str]:
    found = (codes.format_of_media(each) for each in _FILES)
    return frozenset(each.code for each in found if each is not None)


def _out_of_force(entry: DocumentEntry) -> ToCount:
    return ToCount(entry.type_code.code, acted_at(entry), -1)
