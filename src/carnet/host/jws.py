"""JWS compact with Ed25519 (RFC 7515, RFC 8037), and nothing else of JOSE: no other algorithm, no header to obey.

Tokens come in this form and receipts leave in it.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import Unauthenticated


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """The only header that is understood: with `crit`, `b64` or `jwk` in it, a token is refused."""

    alg: Literal["EdDSA"]
    typ: Literal["JWT"]


_decode_header = msgspec.json.Decoder(_Header).decode


def encoded(data: bytes) -> bytes:
    """Base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=")


_HEADER = encoded(b'{"alg":"EdDSA","typ":"JWT"}')


def sign(payload: bytes, key: Ed25519PrivateKey) -> str:
    """`payload` and its signature, as one word."""
    signed = _HEADER + b"." + encoded(payload)
    return (signed + b"." + encoded(key.sign(signed))).decode()


def verified(token: str, key: Ed25519PublicKey) -> bytes:
    """The payload of a token that this key signed. Raises Unauthenticated for any other."""
    try:
        header, payload, signature = token.encode("ascii").split(b".")
        key.verify(_decode(signature), header + b"." + payload)
        _decode_header(_decode(header))
        return _decode(payload)
    except (ValueError, InvalidSignature, NotBase64, msgspec.MsgspecError) as error:
        raise Unauthenticated("the token is not one, or not signed by the key it should be") from error


def _decode(part: bytes) -> bytes:
    data = b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if encoded(data) != part:
        raise ValueError("not in the only form of base64url")
    return data
