"""What calls carry, as MessagePack or in the query, and what tokens name. Nothing else is understood.

A field that is unknown, lacking, too long or of another type refuses the whole call.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec

from carnet.errors import InvalidInput, Issue

Id = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
HexId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Sealed = Annotated[bytes, msgspec.Meta(min_length=1)]
Page = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every POST has: the token that orders it."""

    token: str


class PutBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed body: `id` is the SHA-256 of `sealed`."""

    record: UUID
    id: Id
    sealed: Sealed


class Put(Call, frozen=True):
    """POST /v1/bodies."""

    bodies: Annotated[tuple[PutBody, ...], msgspec.Meta(min_length=1, max_length=64)]


class AppendEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry that should take `place`, after head `previous`."""

    record: UUID
    place: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    previous: Id
    header: bytes
    sealed: Sealed


class Append(Call, frozen=True):
    """POST /v1/entries."""

    entries: Annotated[tuple[AppendEntry, ...], msgspec.Meta(min_length=1, max_length=512)]


class ReadBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A body that is asked for."""

    record: UUID
    id: Id


class Read(Call, frozen=True):
    """POST /v1/bodies/read."""

    bodies: Annotated[tuple[ReadBody, ...], msgspec.Meta(min_length=1, max_length=64)]


class Collect(Call, frozen=True):
    """POST /v1/records/{record}/collect."""

    head: Id
    until: Whole


class Erase(Call, frozen=True):
    """POST /v1/records/{record}/erase."""

    version: Whole


class HeadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /v1/records/{record}/head: with `verify` all that is held is read again."""

    verify: bool = False


class JournalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /v1/records/{record}/entries."""

    after: Whole = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 500


class InventoryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /v1/inventory."""

    after: UUID = UUID(int=0)
    limit: Page = 1000


class UnnamedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """GET /v1/unnamed."""

    before: Whole
    limit: Page = 1000


class TokenItem(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One record under one placement version: all that journal, head and erase name."""

    record: UUID
    version: Whole


class ReadItem(TokenItem, frozen=True, array_like=True):
    """A body that may be read."""

    body: HexId


class PutItem(ReadItem, frozen=True, array_like=True):
    """A body that may be put. Until its ticket ends, the portal may commit an entry that names it."""

    ticket_end: Whole


class AppendItem(TokenItem, frozen=True, array_like=True):
    """An entry may be appended after this head."""

    previous: HexId


class CollectItem(TokenItem, frozen=True, array_like=True):
    """Bodies that no entry names may go, if the head is this one and their ticket ended by `until`."""

    head: HexId
    until: Whole


T = TypeVar("T")


def parsed(content: bytes | bytearray, kind: type[T]) -> T:
    """The MessagePack content of a POST. Raises InvalidInput."""
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidInput(Issue("structure", f"malformed: {error}")) from error


def converted(values: Any, kind: type[T]) -> T:
    """Parts of a URL, given as text. Raises InvalidInput."""
    try:
        return msgspec.convert(values, kind, strict=False)
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidInput(Issue("value", f"malformed: {error}")) from error
