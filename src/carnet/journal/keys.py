"""Keys of a record: one random key each, wrapped by the platform key, and what is derived from it.

AES key wrap (RFC 3394) for the record's key under a platform key that is a file (an HSM wraps in its own way, see
`hsm/`); HKDF-SHA-256 (RFC 5869) for the two keys derived from it. No key means erased: there is no way back from the
journal alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from carnet.errors import IntegrityError

KEY_BYTES = 32
DOES_NOT_OPEN = "a wrapped key does not open with this version of the platform key"


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """The two working keys of one record, for one version of its key. Never on disk, never in a log."""

    record: UUID
    version: int
    entries: AESGCM
    bodies: AESGCM

    @classmethod
    def derive(cls, record: UUID, version: int, key: bytes) -> Self:
        """The working keys from the record's own key; the record and version are part of the derivation."""
        entries, bodies = (_derived(key, record, version, purpose) for purpose in (b"entries", b"bodies"))
        return cls(record, version, entries, bodies)


def wrapped_with(platform_key: bytes, record_key: bytes) -> bytes:
    """The record's key, readable only with this platform key."""
    return aes_key_wrap(platform_key, record_key)


def unwrapped_with(platform_key: bytes, wrapped: bytes) -> bytes:
    """The record's key. Raises IntegrityError when it was wrapped by another platform key, or altered."""
    try:
        return aes_key_unwrap(platform_key, wrapped)
    except InvalidUnwrap as error:
        raise IntegrityError(DOES_NOT_OPEN) from error


def new_record_key() -> bytes:
    """A fresh random key for a record."""
    return os.urandom(KEY_BYTES)


def _derived(key: bytes, record: UUID, version: int, purpose: bytes) -> AESGCM:
    info = b"carnet " + purpose + b" 1" + record.bytes + version.to_bytes(4, "big")
    return AESGCM(HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key))
