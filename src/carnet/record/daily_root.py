"""The daily root: one hash over all that hosts signed of records on a day, signed by the portal and by a host.

The leaves of a day are what each host last signed of each record (its chain ends here; it erased it), and the portal's
own word for what no host had received, in the order of record, host and word. The tree is that of RFC 9162. Kept by the
reference operator and outside, the root tells whether what the portal says of that day later is what it said then: also
when portal and hosts go back together.
Pure: no clock, nothing is looked up.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Self
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.audit.merkle import Frontier, leaf_hash
from carnet.errors import InvalidInput, Issue

ORIGIN = "carnet/daily-root"
FORMAT = 1
_WITNESS = "witness "
_KEY_ID_BYTES = 4


class Said(msgspec.Struct, frozen=True):
    """A leaf: what was said of a record on a day. `receipt` is the SHA-256 of the signed receipt, in hexadecimal."""

    day: date
    head: str
    host: str
    lacking: int | None
    place: int
    receipt: str
    record: UUID
    says: str
    format: int = FORMAT

    def leaf(self) -> bytes:
        """Its leaf hash: of the only bytes that say it, JSON with sorted keys and no spaces."""
        return leaf_hash(_encoder.encode(self))


def tree_of(said: Iterable[Said], tree: Frontier | None = None) -> Frontier:
    """The tree of these leaves, after those of `tree`."""
    return (tree or Frontier()).extended(each.leaf() for each in said)[0]


@dataclass(frozen=True, slots=True)
class DailyRoot:
    """The root of a day, signed by the portal; `witness` is the receipt of the reference operator, or empty."""

    day: date
    size: int
    root: bytes
    signature: bytes
    witness: str = ""

    @classmethod
    def of(cls, day: date, tree: Frontier, key: Ed25519PrivateKey) -> Self:
        """The root of this tree, signed."""
        return cls(day, tree.size, tree.root, key.sign(_text(day, tree.size, tree.root).encode()))

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Say whether the owner of this key signed exactly this."""
        try:
            key.verify(self.signature, _text(self.day, self.size, self.root).encode())
        except InvalidSignature:
            return False
        return True

    def note(self, key: Ed25519PublicKey) -> str:
        """The text to keep outside the platform: a signed note, then the receipt of the witness, if any."""
        signature = b64encode(_key_id(key) + self.signature).decode()
        witness = f"{_WITNESS}{self.witness}\n" if self.witness else ""
        return f"{_text(self.day, self.size, self.root)}\n— {ORIGIN} {signature}\n{witness}"

    @classmethod
    def parse(cls, note: str) -> Self:
        """Read a note. Raises InvalidInput. Does not say that its signatures hold."""
        try:
            origin, size, root, day, blank, signature, *more = note.rstrip("\n").split("\n")
            name, said = signature.removeprefix("— ").split(" ")
            witness = more[0].removeprefix(_WITNESS) if more else ""
            read = cls(
                date.fromisoformat(day.removeprefix("day ")), int(size), b64decode(root),
                b64decode(said)[_KEY_ID_BYTES:], witness)
        except ValueError as error:
            raise InvalidInput(Issue("structure", "this is not a daily root")) from error
        if (origin, name, blank) != (ORIGIN, ORIGIN, ""):
            raise InvalidInput(Issue("value", f"this is a note of another kind; accepted: {ORIGIN}"))
        return read


def _text(day: date, size: int, root: bytes) -> str:
    return f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\nday {day.isoformat()}\n"


def _key_id(key: Ed25519PublicKey) -> bytes:
    return sha256(ORIGIN.encode() + b"\n\x01" + key.public_bytes_raw()).digest()[:_KEY_ID_BYTES]


_encoder = msgspec.json.Encoder(order="sorted")
