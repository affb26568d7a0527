"""A record's row, made again of its journal: rights, whose it is, what names its documents. Pure (rule RIGHTS)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from carnet.documents.entry import DocumentEntry
from carnet.errors import IntegrityError
from carnet.journal.content import Actor, Content, Opened, RightsChanged, Snapshot, Submitted, Versioned
from carnet.journal.rights import rights_at_opening
from carnet.people.ins import Ins
from carnet.people.patient import Traits
from carnet.record.identifiers import of_entry, of_unique_id
from carnet.rights.changes import EmergencyOpened, applied
from carnet.rights.held import Emergency, RecordRights, RecordState

_CDA = ("text/xml", "application/xslt+xml")
_NOT_YET = (RecordState.NOTICE, RecordState.REFUSED)


@dataclass(frozen=True, slots=True)
class Base:
    """What the portal's row says at its own place: what follows is added to it."""

    holder: Ins
    traits: Traits
    opened_at: datetime
    rights: RecordRights
    place: int
    snapshot_place: int
    documents: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The row after more entries, the identifiers that these bring, the emergency accesses that they opened, and the
    digests of CDA that they bring.
    """

    row: Base
    locators: tuple[tuple[str, UUID], ...]
    emergencies: tuple[tuple[Emergency, Actor], ...]
    to_check: tuple[bytes, ...] = ()


def rebuilt(base: Base | None, contents: Sequence[Content]) -> Rebuilt:
    """The row once these contents follow it. Raises IntegrityError when nothing opens the record."""
    row = base
    locators: list[tuple[str, UUID]] = []
    emergencies: list[tuple[Emergency, Actor]] = []
    to_check: list[bytes] = []
    for content in contents:
        row = _next(row, content)
        locators += _locators(content)
        emergencies += _emergencies(content)
        to_check += _to_check(content)
    if row is None:
        raise IntegrityError("a journal without an entry says nothing of a record")
    return Rebuilt(row, tuple(dict(locators).items()), tuple(emergencies), tuple(to_check))


def _next(row: Base | None, content: Content) -> Base:
    if isinstance(content, Opened) and row is None:
        return Base(content.ins, content.traits, content.at, rights_at_opening(content), 1, 0, 0)
    if row is None:
        raise IntegrityError("a journal does not begin with the record's opening")
    row = replace(row, place=row.place + 1)
    match content:
        case RightsChanged():
            return _with_rights(row, content)
        case Submitted(documents=documents):
            return replace(row, documents=row.documents + len(documents))
        case Snapshot(rights=rights):
            return replace(row, snapshot_place=row.place, rights=rights if rights is not None else row.rights)
        case _:
            return row


def _with_rights(row: Base, changed: RightsChanged) -> Base:
    rights = row.rights
    for change in changed.changes:
        rights = applied(rights, change, changed.at)
    begins = row.rights.state in _NOT_YET and rights.state is RecordState.ACTIVE
    return replace(row, rights=rights, opened_at=changed.at if begins else row.opened_at)


def _locators(content: Content) -> Iterator[tuple[str, UUID]]:
    match content:
        case Submitted(submission_set=lot, documents=documents):
            yield of_unique_id(lot.unique_id), lot.entry_uuid
            for filed in documents:
                yield from _names(filed.entry)
        case Versioned(entries=entries):
            for entry in entries:
                yield of_entry(entry.entry_uuid), entry.entry_uuid
        case _:
            return


def _names(entry: DocumentEntry) -> Iterator[tuple[str, UUID]]:
    yield of_unique_id(entry.unique_id), entry.entry_uuid
    yield of_entry(entry.entry_uuid), entry.entry_uuid


def _to_check(content: Content) -> Iterator[bytes]:
    """Those that may be held to the national rules, by what they are declared as."""
    if isinstance(content, Submitted):
        yield from (filed.body.digest for filed in content.documents if filed.entry.mime_type.startswith(_CDA))


def _emergencies(content: Content) -> Iterator[tuple[Emergency, Actor]]:
    if isinstance(content, RightsChanged):
        for change in content.changes:
            if isinstance(change, EmergencyOpened):
                yield change.emergency, content.by
