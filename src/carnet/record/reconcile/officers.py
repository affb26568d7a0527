"""Two officers' word on what no machine can decide after a restore. Pure.

They sign the same sentence, which names the reconcile it is about: a signature serves once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from carnet.errors import InvalidInput, Issue

NEEDED = 2


def sentence(act: str, reconcile: UUID, about: Sequence[str]) -> bytes:
    """What officers sign: they agree to `act` (`go_on_without`, `accept`, `let_go`) on these, in this reconcile."""
    return b"carnet restore 1\n" + msgspec.json.encode([act, str(reconcile), sorted(about)])


def signed_by(keys: Iterable[Ed25519PrivateKey], what: bytes) -> dict[str, str]:
    """Public key and signature of each, in hexadecimal, as traces keep them."""
    return {key.public_key().public_bytes_raw().hex(): key.sign(what).hex() for key in keys}


def check(signatures: dict[str, str], what: bytes, officers: Iterable[bytes]) -> None:
    """Raises InvalidInput unless two of these officers signed exactly this."""
    known = {key.hex() for key in officers}
    agreed = {key for key, signature in signatures.items() if key in known and _holds(key, signature, what)}
    if len(agreed) < NEEDED:
        raise InvalidInput(Issue(
            "business-rule", f"{len(agreed)} of the platform's officers signed this; needed: {NEEDED}", "officer"))


def _holds(key: str, signature: str, what: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), what)
    except (InvalidSignature, ValueError):
        return False
    return True
