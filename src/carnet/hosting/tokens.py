"""Tokens to hosts: short-lived, signed by the portal, bound to one host and to exactly what it is asked.

JWS compact (RFC 7515) with EdDSA over Ed25519 (RFC 8037). Nothing of the caller is in them. Erasure has its own key.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import IntegrityError

LIFE_SECONDS = 60
_HEADER = b"eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9"       # {"alg":"EdDSA","typ":"JWT"}

Item = tuple[Any, ...]
"""What a token allows, one thing: record, placement version, and a body id, a head or nothing more."""


class TokenSigner:
    """Signs the portal's orders to hosts."""

    def __init__(self, key: Ed25519PrivateKey, erasure_key: Ed25519PrivateKey, *, epoch: int = 1) -> None:
        self._keys = {"erase": erasure_key}
        self._key = key
        self.epoch = epoch

    def sign(self, host: str, method: str, items: Sequence[Item], *, now: float) -> str:
        """A token for this host, method and items, for one minute from `now` (seconds, the database's clock)."""
        claims = {
            "iss": "portal", "aud": host, "method": method, "epoch": self.epoch, "exp": int(now) + LIFE_SECONDS,
            "items": items,
        }
        return _jwt(claims, self._keys.get(method, self._key))


def approval_of_erasures(host: str, most: int, *, ends_at: int, reason: str, key: Ed25519PrivateKey) -> str:
    """An officer's leave for this host to erase so many records beyond its ceiling, until then (Unix seconds)."""
    return _jwt({"iss": "officer", "aud": host, "method": "erase", "exp": ends_at, "most": most, "reason": reason}, key)


class Receipt(msgspec.Struct, frozen=True):
    """What a host signs: that it did `method` on `items`, at `at` (Unix seconds, its own clock)."""

    iss: str
    at: int
    method: str
    items: list[list[Any]]


def verify_receipt(receipt: str, host: str, public_key: bytes) -> Receipt:
    """The receipt's claims. Raises IntegrityError unless this host signed them."""
    signed, _, signature = receipt.rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(_decode(signature), signed.encode())
        claims = msgspec.json.decode(_decode(signed.partition(".")[2]), type=Receipt)
    except (InvalidSignature, ValueError, msgspec.MsgspecError) as error:
        raise IntegrityError(f"host {host} gave a receipt that it did not sign") from error
    if claims.iss != host:
        raise IntegrityError(f"host {host} gave a receipt of another host")
    return claims


def _jwt(claims: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    signed = _HEADER + b"." + _encode(msgspec.json.encode(claims))
    return (signed + b"." + _encode(key.sign(signed))).decode()


def _encode(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
