"""What the calls about many records, and about this host, carry as MessagePack or in the query, and their tokens name.

As in `wire`: a field that is unknown, lacking, too long or of another type refuses the whole call.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from carnet.host.wire import Call, HexId, Id, Sealed, TokenItem, Whole

MOST_RECORDS = 500
MOST_ENTRIES = 1000
"""In the range of one question."""

Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", max_length=10)]
_Some = msgspec.Meta(min_length=1, max_length=MOST_RECORDS)


class ExportRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record that is asked for, from the entry after this place on."""

    record: UUID
    after: Whole


class Export(Call, frozen=True):
    """POST /v1/export."""

    records: Annotated[tuple[ExportRecord, ...], _Some]
    most_bytes: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


class ExportItem(TokenItem, frozen=True, array_like=True):
    """A record that may be exported, from the entry after this place on."""

    after: Whole


class FillEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An entry, after the one before it in its list."""

    header: bytes
    sealed: Sealed


class FillBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A sealed body: `id` is the SHA-256 of `sealed`."""

    id: Id
    sealed: Sealed


class FillCopy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries of one record, the first of which takes `place`, after head `previous`; and bodies."""

    record: UUID
    place: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    previous: Id
    entries: Annotated[tuple[FillEntry, ...], msgspec.Meta(min_length=1, max_length=10_000)]
    bodies: Annotated[tuple[FillBody, ...], msgspec.Meta(max_length=10_000)]


class Fill(Call, frozen=True):
    """POST /v1/fill."""

    copies: Annotated[tuple[FillCopy, ...], _Some]


class FillItem(TokenItem, frozen=True, array_like=True):
    """A record may be filled after this head. Bodies no entry names are kept until the ticket ends."""

    previous: HexId
    ticket_end: Whole


class EraseRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record to erase, with all that came under this placement version or an older one."""

    record: UUID
    version: Whole


class EraseAll(Call, frozen=True):
    """POST /v1/erase."""

    records: Annotated[tuple[EraseRecord, ...], _Some]
    approval: str | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a record is to be hashed: bodies, and a range of entries when `first` is not 0."""

    record: UUID
    bodies: Annotated[tuple[Id, ...], msgspec.Meta(max_length=64)]
    first: Whole
    last: Whole

    def __post_init__(self) -> None:
        if not (self.first == self.last == 0 or 1 <= self.first <= self.last < self.first + MOST_ENTRIES):
            raise ValueError(f"a range has from 1 to {MOST_ENTRIES} entries; without one, first and last are 0")


class Challenge(Call, frozen=True):
    """POST /v1/challenge."""

    nonce: Id
    questions: Annotated[tuple[Question, ...], _Some]


class Witness(Call, frozen=True):
    """POST /v1/witness."""

    day: Day
    root: Id
    size: Whole


class WitnessItem(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A root that may be witnessed."""

    day: Day
    root: HexId


class WitnessQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /v1/witness."""

    after: date = date.min
