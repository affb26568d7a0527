"""Tokens for the host under test: the one that an order needs, and one for each way of not being it.

Written apart from hosting/tokens.py, which cannot sign a wrong token.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.hosting.conformance.orders import Order

_HEADER = {"alg": "EdDSA", "typ": "JWT"}
LIFE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that the host was configured to believe for the check, and the one that signs the report."""

    portal: Ed25519PrivateKey = field(repr=False)
    erasure: Ed25519PrivateKey = field(repr=False)
    officer: Ed25519PrivateKey = field(repr=False)
    kit: Ed25519PrivateKey = field(repr=False)

    def of(self, method: str) -> Ed25519PrivateKey:
        """The key that signs this method: erasure has its own."""
        return self.erasure if method == "erase" else self.portal


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs orders for one host, in one epoch. `now` gives Unix seconds."""

    host: str
    keys: Keys
    epoch: int
    now: Callable[[], float]

    def token(self, order: Order) -> str:
        """The token that holds for this order."""
        return self.signed(self.claims(order), order)

    def claims(self, order: Order, **changed: Any) -> dict[str, Any]:
        """What a right token says, but for what is changed."""
        return {
            "iss": "portal", "aud": self.host, "method": order.method, "epoch": self.epoch,
            "exp": int(self.now()) + LIFE_SECONDS, "items": order.items, **changed}

    def signed(self, claims: Mapping[str, Any], order: Order, **header: Any) -> str:
        """These claims, signed by the key that this order needs."""
        return jws({**_HEADER, **header}, claims, self.keys.of(order.method).sign)

    def approval(self, most: int, **changed: Any) -> str:
        """An officer's agreement to erase more than a day's ceiling."""
        claims = {
            "iss": "officer", "aud": self.host, "method": "erase", "exp": int(self.now()) + 3600, "most": most,
            "reason": f"conformance {uuid4()}", **changed}
        return jws(_HEADER, claims, self.keys.officer.sign)


def jws(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """JWS compact of whatever is given."""
    content = _encoded(msgspec.json.encode(header)) + b"." + _encoded(msgspec.json.encode(claims))
    return (content + b"." + _encoded(sign(content))).decode()


def _altered(signer: Signer, order: Order) -> str:
    content, _, signature = signer.token(order).rpartition(".")
    raw = bytearray(urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[0] ^= 1
    return f"{content}.{_encoded(bytes(raw)).decode()}"


def _rewritten(signer: Signer, order: Order) -> str:
    """The signature of another order under the claims of this one."""
    other = signer.signed(signer.claims(order, items=[[str(uuid4()), 1]]), order)
    return signer.token(order).rpartition(".")[0] + "." + other.rpartition(".")[2]


def _unsigned(signer: Signer, order: Order) -> str:
    return jws({"alg": "none", "typ": "JWT"}, signer.claims(order), lambda _: b"")


def _hashed(signer: Signer, order: Order) -> str:
    public = signer.keys.of(order.method).public_key().public_bytes_raw()
    header = {"alg": "HS256", "typ": "JWT"}
    return jws(header, signer.claims(order), lambda content: hmac.digest(public, content, sha256))


def _with_its_own_key(signer: Signer, order: Order) -> str:
    stranger = Ed25519PrivateKey.generate()
    x = _encoded(stranger.public_key().public_bytes_raw()).decode()
    header = {**_HEADER, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}}
    return jws(header, signer.claims(order), stranger.sign)


def _by_a_stranger(signer: Signer, order: Order) -> str:
    return jws(_HEADER, signer.claims(order), Ed25519PrivateKey.generate().sign)


def _by_the_other_key(signer: Signer, order: Order) -> str:
    keys = signer.keys
    return jws(_HEADER, signer.claims(order), (keys.portal if order.method == "erase" else keys.erasure).sign)


def _saying(**changed: Any) -> Callable[[Signer, Order], str]:
    return lambda signer, order: signer.signed(signer.claims(order, **changed), order)


def _ending(seconds: int) -> Callable[[Signer, Order], str]:
    return lambda signer, order: signer.signed(signer.claims(order, exp=int(signer.now()) + seconds), order)


def _for_another_call(signer: Signer, order: Order) -> str:
    other = "journal" if order.method != "journal" else "head"
    return signer.signed(signer.claims(order, method=other), order)


def _for_another_record(signer: Signer, order: Order) -> str:
    items = [(str(uuid4()), *item[1:]) for item in order.items] or [(str(uuid4()), 1)]
    return signer.signed(signer.claims(order, items=items), order)


def _for_another_thing(signer: Signer, order: Order) -> str:
    items: list[Sequence[Any]] = [_other_thing(order, item) for item in order.items]
    return signer.signed(signer.claims(order, items=items), order) if items else ""


def _other_thing(order: Order, item: Sequence[Any]) -> Sequence[Any]:
    if len(item) > 2 and isinstance(item[2], str):
        return (*item[:2], sha256(item[2].encode()).hexdigest(), *item[3:])
    if len(item) > 2:
        return (*item[:2], item[2] + 1)
    return (item[0], item[1] + 1) if order.method == "erase" else (str(uuid4()), *item[1:])


def _for_less(signer: Signer, order: Order) -> str:
    return signer.signed(signer.claims(order, items=order.items[:-1]), order) if order.items else ""


def _of_an_older_epoch(signer: Signer, order: Order) -> str:
    return signer.signed(signer.claims(order, epoch=signer.epoch - 1), order)


WRONG: Mapping[str, tuple[str, str, Callable[[Signer, Order], str]]] = {
    "no-token": ("Orders and receipts", "without a token", lambda _signer, _order: ""),
    "stranger-key": ("Orders and receipts", "signed by a key that is nobody's", _by_a_stranger),
    "wrong-key": ("Orders and receipts", "signed by the key that is for other orders than this one", _by_the_other_key),
    "own-key-in-header": ("Orders and receipts", "that brings the key it is signed with", _with_its_own_key),
    "altered-signature": ("Orders and receipts", "whose signature is altered", _altered),
    "rewritten": ("Orders and receipts", "whose content was rewritten after it was signed", _rewritten),
    "unsigned": ("Orders and receipts", "that is not signed (alg none)", _unsigned),
    "public-key-as-secret": ("Orders and receipts", "hashed with the public key as a secret (alg HS256)", _hashed),
    "other-host": ("Orders and receipts", "meant for another host", _saying(aud="another-host")),
    "other-issuer": ("Orders and receipts", "that the portal does not say is its own", _saying(iss="another-portal")),
    "expired": ("Orders and receipts", "that ended half a minute ago", _ending(-30)),
    "too-long-lived": ("Orders and receipts", "that would hold for an hour", _ending(3600)),
    "other-method": ("Orders and receipts", "meant for another call", _for_another_call),
    "other-record": ("Orders and receipts", "meant for another record", _for_another_record),
    "other-thing": ("Orders and receipts", "meant for another body, head, place or version", _for_another_thing),
    "fewer-things": ("Orders and receipts", "meant for fewer things than are asked", _for_less),
    "more-claims": ("Orders and receipts", "with a claim that is not of the form", _saying(admin=True)),
    "older-epoch": ("EPOCH", "of a former life of the portal", _of_an_older_epoch),
}
"""Ways in which a token does not hold: the rule, what to call it, and such a token ("" where there can be none)."""


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
