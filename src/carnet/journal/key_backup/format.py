"""A backup of the key store as a file: a first line, one line a key, a last line with a digest and a signature.

Each key in it is wrapped by the platform key, and opens with nothing else. Records are named by their pseudonyms, which
hosts know too. The digest is over every byte before the last line; the audit key of the portal signs it.
Pure: no clock, no file. May import: errors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import IntegrityError

SUFFIX = ".carnet-keys"
_SIGNED = b"carnet key backup 1\0"
Line = TypeVar("Line", bound=msgspec.Struct)
_BROKEN = "this is no whole backup of a key store"


class BackedUpVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the platform key, as the key store knew it."""

    number: int
    proof: bytes
    is_in_force: bool


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line: when it was taken, by the key store's clock, and how many keys follow."""

    format: int
    taken_at: datetime
    keys: int
    versions: tuple[BackedUpVersion, ...]


class BackedUpKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One row of the key store. `wrapped` is None for a key that was destroyed."""

    record: UUID
    version: int
    platform_key: int
    wrapped: bytes | None
    created_at: datetime
    destroyed_at: datetime | None


class Foot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last line."""

    sha256: bytes
    signature: bytes


class Writer:
    """The lines of a backup, one after the other, and what is computed over them."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def line(self, content: Head | BackedUpKey) -> bytes:
        """The next line."""
        line = msgspec.json.encode(content) + b"\n"
        self._digest.update(line)
        return line

    def foot(self, key: Ed25519PrivateKey) -> bytes:
        """The last line."""
        digest = self._digest.digest()
        return msgspec.json.encode(Foot(digest, key.sign(_SIGNED + digest))) + b"\n"


class Reader:
    """The keys of a backup as its lines come. Nothing is proven before the last one was read."""

    def __init__(self, lines: Iterable[bytes], signed_by: Ed25519PublicKey) -> None:
        self._lines = iter(lines)
        self._signed_by = signed_by
        self._digest = hashlib.sha256()
        self.head = head_of(self._next())

    def rows(self) -> Iterator[BackedUpKey]:
        """Every key. Raises IntegrityError when something is missing, added, altered, or signed by another key."""
        for _ in range(self.head.keys):
            yield _decoded(self._next(), BackedUpKey)
        foot = _decoded(next(self._lines, b""), Foot)
        digest = self._digest.digest()
        if foot.sha256 != digest or next(self._lines, None) is not None:
            raise IntegrityError(_BROKEN)
        try:
            self._signed_by.verify(foot.signature, _SIGNED + digest)
        except InvalidSignature as error:
            raise IntegrityError("this backup was not signed by this portal's audit key") from error

    def _next(self) -> bytes:
        line = next(self._lines, b"")
        self._digest.update(line)
        return line


def head_of(line: bytes) -> Head:
    """The first line of a backup. Raises IntegrityError."""
    head = _decoded(line, Head)
    if head.format != 1:
        raise IntegrityError(_BROKEN)
    return head


def is_too_old(taken_at: datetime, now: datetime, *, days: int) -> bool:
    """True for a backup that must be no more: what was erased since could be read again with it."""
    return now - taken_at > timedelta(days=days)


def _decoded(line: bytes, kind: type[Line]) -> Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise IntegrityError(_BROKEN) from error
