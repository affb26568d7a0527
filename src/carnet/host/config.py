"""What the operator sets: who this host is, whose orders it takes, what it signs with, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may carry."""

    call_bytes: int = 32 * 2**20
    header_bytes: int = 256 * 2**10
    answer_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class HostConfig:
    """Read once at start. The public keys are the portal's, 32 raw bytes each: one for all orders but erasure.

    A `read_only` host takes no write at all. One whose database and body store reach `capacity_bytes` is full: it takes
    no more bodies, but still the entries that name those it holds. It erases at most `erasures_a_day` records a day
    (UTC); more only under an approval that was signed with the officers' key, never when there is none.
    """

    host_id: str
    portal_public_key: bytes
    erasure_public_key: bytes
    receipt_private_key: Ed25519PrivateKey = field(repr=False)
    state: Literal["active", "read_only"] = "active"
    capacity_bytes: int | None = None
    officer_public_key: bytes | None = None
    erasures_a_day: int = 1000
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        keys = [self.portal_public_key, self.erasure_public_key]
        if self.officer_public_key is not None:
            keys.append(self.officer_public_key)
        for key in keys:
            Ed25519PublicKey.from_public_bytes(key)     # A wrong key stops the start, not the first call.
        if len(set(keys)) < len(keys):
            raise ValueError("the portal's orders, its orders to erase and the officers need a key each")
