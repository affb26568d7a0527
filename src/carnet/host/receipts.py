"""Receipts: what this host says it did, signed with its own key.

The portal keeps them: they are summed each day outside the portal, and attest an erasure. Reads the clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.jws import encoded, sign
from carnet.host.tokens import Method


class Receipts:
    """Signs in the name of one host."""

    def __init__(self, host_id: str, key: Ed25519PrivateKey) -> None:
        self._host = host_id
        self._key = key

    @property
    def public_key(self) -> str:
        """What verifies the receipts: 32 raw bytes in base64url, as in the operator's accreditation."""
        return encoded(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, method: Method, items: Sequence[tuple[Any, ...]]) -> str:
        """A receipt for what is already durable here: it is never signed before."""
        claims = {"iss": self._host, "at": int(time.time()), "method": method, "items": items}
        return sign(msgspec.json.encode(claims), self._key)
