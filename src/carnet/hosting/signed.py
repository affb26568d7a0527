"""Signed statements of the platform: JWS compact (RFC 7515), EdDSA over Ed25519 (RFC 8037), of a type of their own.

The type stands in the header, so that a statement can be taken for no other, for no token and no receipt.
Pure: no clock, no network.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import IntegrityError


def sign(content: bytes, kind: str, key: Ed25519PrivateKey) -> str:
    """This content (JSON), signed as a statement of this kind (`carnet-erasure`, say)."""
    signed = _header(kind) + b"." + _encoded(content)
    return (signed + b"." + _encoded(key.sign(signed))).decode()


def verified(statement: str, kind: str, public_key: bytes) -> bytes:
    """The content. Raises IntegrityError unless the owner of this key (32 bytes) signed it, as this kind."""
    signed, _, signature = statement.strip().encode().rpartition(b".")
    header, _, content = signed.partition(b".")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(_decoded(signature), signed)
        decoded = _decoded(content)
    except (InvalidSignature, ValueError) as error:
        raise IntegrityError("this was not signed by the key that should have signed it, or was altered") from error
    if header != _header(kind):
        raise IntegrityError(f"this is signed, and is no statement of the kind {kind}")
    return decoded


def _header(kind: str) -> bytes:
    return _encoded(msgspec.json.encode({"alg": "EdDSA", "typ": f"{kind}+jws"}))


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decoded(data: bytes) -> bytes:
    return urlsafe_b64decode(data + b"=" * (-len(data) % 4))
