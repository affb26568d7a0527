"""The chain of a record: heads, body ids, and the clear header of an entry.

All of it can be computed without a key: a host checks what it keeps, the portal checks what a host gives.
An entry is `header` and `sealed` bytes; the first has place 1 and leads from `genesis(record)` to head(1).
May import: errors. A host runs this file: it stays small, and imports nothing else of the project.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Self
from uuid import UUID

import msgspec

from carnet.errors import IntegrityError, InvalidInput, Issue

FORMAT = 1
"""The only format of entry there is: a host refuses any other."""

_GENESIS = b"carnet journal 1"


class BodyName(msgspec.Struct, frozen=True, array_like=True):
    """A body as an entry names it: `id` is the SHA-256 of its sealed bytes, `size` counts them."""

    id: bytes
    size: int


class Header(msgspec.Struct, frozen=True):
    """The clear part of an entry. `key_version` says which of the record's keys seals it."""

    record: UUID
    entry: UUID
    key_version: int = 1
    bodies: tuple[BodyName, ...] = ()
    format: int = FORMAT

    def encode(self) -> bytes:
        """The only bytes that say this header: JSON, keys sorted, no spaces."""
        bodies = tuple((body.id.hex(), body.size) for body in self.bodies)
        wire = _WireHeader(bodies, self.entry, self.format, self.key_version, self.record)
        return _encoder.encode(wire)

    @classmethod
    def parse(cls, header: bytes) -> Self:
        """Read a header. Raises InvalidInput unless these are the very bytes `encode` would give."""
        try:
            wire = _decoder.decode(header)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _malformed(str(error)) from error
        bodies = tuple(BodyName(bytes.fromhex(name), size) for name, size in wire.bodies)
        if len({body.id for body in bodies}) != len(bodies):
            raise _malformed("it names a body twice")
        if _encoder.encode(wire) != header:
            raise _malformed("not in canonical form")
        return cls(wire.record, wire.entry, wire.key, bodies, wire.format)


class SealedEntry(msgspec.Struct, frozen=True):
    """An entry as hosts keep it: its header's exact bytes, and the bytes only the portal can open."""

    header: bytes
    sealed: bytes


def genesis(record: UUID) -> bytes:
    """head(0): where the chain of this record starts, before any entry."""
    return sha256(_GENESIS + record.bytes).digest()


def next_head(previous: bytes, header: bytes, sealed: bytes) -> bytes:
    """The head after this entry. Two chains have equal heads only if they hold the same entries."""
    return sha256(previous + header + sealed).digest()


def body_id(sealed: bytes) -> bytes:
    """The name of a body: what is named cannot be altered unseen, and says nothing of the clear text."""
    return sha256(sealed).digest()


def verify_suffix(
    record: UUID, before: bytes, entries: Iterable[SealedEntry], *, head: bytes
) -> tuple[Header, ...]:
    """The headers of `entries`, when they lead from head `before` to `head` and all are of this record.

    Raises IntegrityError otherwise. Does not say that `before` is a head of the record: the caller knows one,
    or starts at `genesis(record)`.
    """
    headers: list[Header] = []
    reached = before
    for entry in entries:
        try:
            header = Header.parse(entry.header)
        except InvalidInput as error:
            raise IntegrityError(f"after {len(headers)} entries of the suffix: {error}") from error
        if header.record != record:
            raise IntegrityError(f"after {len(headers)} entries of the suffix: an entry of another record")
        headers.append(header)
        reached = next_head(reached, entry.header, entry.sealed)
    if reached != head:
        raise IntegrityError("the entries do not lead to the head they should")
    return tuple(headers)


class _WireHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header as it is written: these names, in this order."""

    bodies: tuple[
        tuple[
            Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)],
            Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)],
        ],
        ...,
    ]
    entry: UUID
    format: Annotated[int, msgspec.Meta(ge=FORMAT, le=FORMAT)]
    key: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    record: UUID


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_WireHeader)


def _malformed(why: str) -> InvalidInput:
    return InvalidInput(Issue("structure", f"malformed header of an entry: {why}"))
