"""Lock: secrets that two people open together, each with a passphrase of their own, in any order.

The lock file holds two random shares, each sealed under one passphrase (scrypt, AES-GCM; the parameters stand beside
it). The two shares together give the key that locked secrets are sealed under: one alone opens nothing. Whoever has
the file can try passphrases against each share apart: hence scrypt, a least length, and a file for its owner alone.
May import: errors, and `key_files` of this room.
"""

from __future__ import annotations

import os
import unicodedata
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Meta

from carnet.errors import InvalidInput, InvalidSetting, Issue, Unavailable
from carnet.roles.key_files import is_open_to_others

LEAST_CHARACTERS = 14
COST = 2**17     # 128 MiB and about half a second a try
LOCKED = "locked "
_KEY_BYTES, _NONCE_BYTES, _SALT_BYTES = 32, 12, 16


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One share, sealed under one person's passphrase."""

    salt: bytes
    sealed: bytes
    n: Annotated[int, Meta(ge=2, le=2**20)] = COST
    r: Annotated[int, Meta(ge=1, le=16)] = 8
    p: Annotated[int, Meta(ge=1, le=4)] = 1

    @classmethod
    def close(cls, share: bytes, passphrase: str, *, cost: int) -> Envelope:
        """Seal this share."""
        empty = cls(os.urandom(_SALT_BYTES), b"", cost)
        nonce = os.urandom(_NONCE_BYTES)
        return msgspec.structs.replace(
            empty, sealed=nonce + AESGCM(empty._key(passphrase)).encrypt(nonce, share, b"carnet share 1"))

    def share(self, passphrase: str) -> bytes | None:
        """The share, if this passphrase opens it."""
        nonce, sealed = self.sealed[:_NONCE_BYTES], self.sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._key(passphrase)).decrypt(nonce, sealed, b"carnet share 1")
        except InvalidTag:
            return None

    def _key(self, passphrase: str) -> bytes:
        text = unicodedata.normalize("NFC", passphrase).encode()
        return Scrypt(salt=self.salt, length=_KEY_BYTES, n=self.n, r=self.r, p=self.p).derive(text)


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lock file: the shares of two people."""

    format: Annotated[int, Meta(ge=1, le=1)]
    envelopes: Annotated[tuple[Envelope, Envelope], Meta(description="one for each of the two")]

    def share(self, passphrase: str) -> tuple[int, bytes] | None:
        """Which of the two (0 or 1) this passphrase is of, and their share; None when it is of neither. Takes a second.
        """
        for who, envelope in enumerate(self.envelopes):
            share = envelope.share(passphrase)
            if share is not None:
                return who, share
        return None


def make_lock(first: str, second: str, *, cost: int = COST) -> tuple[Lock, bytes]:
    """A new lock for these two passphrases, and the key that it gives. Raises InvalidInput when they are too weak."""
    issues = [
        Issue("value", f"has {len(each)} characters; accepted: {LEAST_CHARACTERS} or more", f"passphrase {place}")
        for place, each in enumerate((first, second), 1)
        if len(each) < LEAST_CHARACTERS
    ]
    if first == second:
        issues.append(Issue("value", "the two passphrases are the same: one person could open both", "passphrase 2"))
    if issues:
        raise InvalidInput(*issues)
    shares = os.urandom(_KEY_BYTES), os.urandom(_KEY_BYTES)
    lock = Lock(1, (Envelope.close(shares[0], first, cost=cost), Envelope.close(shares[1], second, cost=cost)))
    return lock, key_of({0: shares[0], 1: shares[1]})


def key_of(shares: Mapping[int, bytes]) -> bytes:
    """The key of both shares together."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"carnet lock 1").derive(shares[0] + shares[1])


def locked(key: bytes, secret: str, *, what: str) -> str:
    """This secret as a locked file says it; `what` it is goes into the seal."""
    nonce = os.urandom(_NONCE_BYTES)
    return LOCKED + b64encode(nonce + AESGCM(key).encrypt(nonce, secret.encode(), what.encode())).decode()


def is_locked(file: Path) -> bool:
    """True for a secret that two people must open."""
    try:
        return file.read_text(encoding="utf-8").startswith(LOCKED)
    except (OSError, UnicodeDecodeError):
        return False


def read_secret(file: Path, *, what: str, setting: str, lock_key: bytes | None) -> str:
    """The line in this file, in the clear or locked. Raises InvalidSetting; Unavailable when it is locked without key.
    """
    try:
        text = file.read_text(encoding="utf-8").strip()
        is_open = is_open_to_others(file)
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(setting, f"the file {file} cannot be read ({type(error).__name__})") from error
    if is_open:
        raise _wrong(setting, f"the file {file} is open to others; accepted: mode 0600")
    if not text.startswith(LOCKED):
        return text
    if lock_key is None:
        raise Unavailable("the platform key is locked: `carnet keys unlock`, by two people")
    try:
        content = b64decode(text.removeprefix(LOCKED), validate=True)
        return AESGCM(lock_key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], what.encode()).decode()
    except (Error, InvalidTag, ValueError) as error:
        raise _wrong(setting, f"the locked {what} does not open with this lock") from error


def read_lock(file: Path) -> Lock:
    """The lock in this file. Raises InvalidSetting."""
    try:
        if is_open_to_others(file):
            raise _wrong("key_lock_file", f"the file {file} is open to others; accepted: mode 0600")
        return msgspec.json.decode(file.read_bytes(), type=Lock)
    except (OSError, msgspec.DecodeError) as error:
        raise _wrong("key_lock_file", f"{file} is no lock that can be read ({type(error).__name__})") from error


def write_secret(file: Path, content: str) -> None:
    """Put this in the place of the file, for its owner only: all of it or nothing, also when the machine stops."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(content + "\n")
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _wrong(setting: str, why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", why, setting))
