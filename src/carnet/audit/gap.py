"""A gap: the portal's signed word that the audit log goes on from an older state than it once had (DESIGN 3).

It names the last checkpoint that was signed before and the size that was restored. Without it there would be two
trees of one size and no word on which is which; with it, a checkpoint kept elsewhere that holds no more is explained.
May import: errors, and `checkpoint` of this room.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.audit.checkpoint import Checkpoint
from carnet.errors import InvalidInput, Issue

ACT = "audit_gap"


@dataclass(frozen=True, slots=True)
class Gap:
    """The log had `published_size` leaves and that root, signed at `published_at`; it goes on after `restored_size`."""

    epoch: int
    published_size: int
    published_root: bytes
    published_at: datetime
    restored_size: int
    restored_root: bytes

    def detail(self, key: Ed25519PrivateKey) -> dict[str, Any]:
        """What the trace of the gap says, signed."""
        return {**self._told(), "signature": b64encode(key.sign(self._text())).decode()}

    @classmethod
    def parse(cls, detail: Mapping[str, Any], key: Ed25519PublicKey) -> Self:
        """The gap that a trace tells. Raises InvalidInput unless the owner of this key signed it."""
        try:
            gap = cls(
                int(detail["epoch"]), int(detail["published_size"]), b64decode(detail["published_root"]),
                datetime.fromisoformat(detail["published_at"]), int(detail["restored_size"]),
                b64decode(detail["restored_root"]))
            key.verify(b64decode(detail["signature"]), gap._text())
        except (KeyError, TypeError, ValueError, InvalidSignature) as error:
            raise InvalidInput(Issue("value", "this is no gap that the portal signed")) from error
        return gap

    def explains(self, kept: Checkpoint, at: datetime) -> bool:
        """Is this checkpoint of the life that ended with the restore, which was told at this time?"""
        return self.restored_size < kept.size and kept.at < at

    def told(self, at: datetime) -> str:
        """The gap in words."""
        return (
            f"the portal was restored at {at.isoformat(timespec='seconds')}: its log goes on after {self.restored_size}"
            f" events, and {self.published_size} were published by {self.published_at.isoformat(timespec='seconds')}")

    def _told(self) -> dict[str, Any]:
        return {
            "epoch": self.epoch, "published_size": self.published_size,
            "published_root": b64encode(self.published_root).decode(),
            "published_at": self.published_at.astimezone(UTC).isoformat(), "restored_size": self.restored_size,
            "restored_root": b64encode(self.restored_root).decode(),
        }

    def _text(self) -> bytes:
        return "\n".join(["carnet/audit gap 1", *(f"{name} {value}" for name, value in self._told().items())]).encode()
