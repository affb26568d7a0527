"""Checkpoints: the portal's signed word for how far the audit log was, and what it was.

Their text is a signed note with the lines of a tree head, as public logs write them (C2SP tlog-checkpoint): witnesses
of such logs can co-sign it, and it is small enough to keep outside the platform, which is what it is for.
May import: errors, and `merkle` of this room.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.audit.merkle import Frontier, Root
from carnet.errors import InvalidInput, Issue

ORIGIN = "carnet/audit"
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log had `size` leaves and this root at this time, says who signed."""

    size: int
    root: bytes
    at: datetime
    signature: bytes

    @classmethod
    def of(cls, tree: Frontier | Root, at: datetime, key: Ed25519PrivateKey) -> Self:
        """A checkpoint of this tree, signed."""
        return cls(tree.size, tree.root, at, key.sign(_text(tree.size, tree.root, at).encode()))

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Say whether the owner of this key signed exactly this."""
        try:
            key.verify(self.signature, _text(self.size, self.root, self.at).encode())
        except InvalidSignature:
            return False
        return True

    def note(self, key: Ed25519PublicKey) -> str:
        """The text to keep outside the platform. `key` is the signer's."""
        signature = b64encode(_key_id(key) + self.signature).decode()
        return f"{_text(self.size, self.root, self.at)}\n— {ORIGIN} {signature}\n"

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a note. Raises InvalidInput. Does not say that its signature holds."""
        try:
            origin, size, root, at, blank, signature, *_ = note.split("\n")
            name, said = signature.removeprefix("— ").split(" ")
            read = cls(
                int(size), b64decode(root), datetime.fromisoformat(at.removeprefix("at ")),
                b64decode(said)[_KEY_ID_BYTES:])
        except ValueError as error:
            raise InvalidInput(Issue("structure", "this is not a checkpoint of the audit log")) from error
        if (origin, name, blank) != (ORIGIN, ORIGIN, ""):
            raise InvalidInput(Issue("value", f"this checkpoint is of another log; accepted: {ORIGIN}"))
        return read


def verifier(key: Ed25519PublicKey) -> str:
    """The key as tools for signed notes take it."""
    return f"{ORIGIN}+{_key_id(key).hex()}+{b64encode(_ED25519 + key.public_bytes_raw()).decode()}"


def _text(size: int, root: bytes, at: datetime) -> str:
    return f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\nat {at.astimezone(UTC).isoformat()}\n"


def _key_id(key: Ed25519PublicKey) -> bytes:
    return sha256(ORIGIN.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]
