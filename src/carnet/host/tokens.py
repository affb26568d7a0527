"""Tokens: is this, exactly this, ordered by the portal, for this host, now?

A token lives a minute and names each thing that may be done under it: one stolen on the way opens nothing else.
May import: errors. Reads the clock.
"""

from __future__ import annotations

import time
from typing import Any, Generic, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import Unauthenticated
from carnet.host.config import HostConfig
from carnet.host.jws import verified
from carnet.host.wire import Whole

LEEWAY_SECONDS = 5
LONGEST_SECONDS = 120
"""A token that would hold longer than this is refused: the portal gives a minute, and clocks differ a little."""

Method = Literal[
    "put", "append", "read", "journal", "head", "inventory", "unnamed", "collect", "erase", "export", "fill",
    "challenge", "counts", "witness",
]
Item = TypeVar("Item", bound=msgspec.Struct)


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    iss: Literal["portal"]
    aud: str
    method: Method
    epoch: Whole
    exp: Whole
    items: msgspec.Raw


_decode_claims = msgspec.json.Decoder(_Claims).decode


class Order(msgspec.Struct, Generic[Item], frozen=True):
    """What a token that is believed orders, in the epoch of the portal that gave it."""

    epoch: int
    items: tuple[Item, ...]


class Gate:
    """Believes tokens or raises Unauthenticated. Old epochs are refused by the store, which remembers the greatest."""

    def __init__(self, config: HostConfig) -> None:
        self._host = config.host_id
        self._portal = Ed25519PublicKey.from_public_bytes(config.portal_public_key)
        self._erasure = Ed25519PublicKey.from_public_bytes(config.erasure_public_key)

    def order(self, token: str, method: Method, kind: type[Item]) -> Order[Item]:
        """What this token orders of a `method`, when it holds here and now. `only` then compares what is asked."""
        payload = verified(token, self._erasure if method == "erase" else self._portal)
        try:
            claims = _decode_claims(payload)
            items = msgspec.json.decode(claims.items, type=tuple[kind, ...])  # type: ignore[valid-type]
        except (msgspec.MsgspecError, ValueError) as error:
            raise Unauthenticated(f"the token does not say what it should: {error}") from error
        seconds_left = claims.exp - time.time()
        for holds, why in (
            (claims.aud == self._host, "for another host"),
            (claims.method == method, "for another call"),
            (seconds_left >= -LEEWAY_SECONDS, "no more valid"),
            (seconds_left <= LONGEST_SECONDS, "valid for too long"),
        ):
            if not holds:
                raise Unauthenticated(f"the token is {why}")
        return Order(claims.epoch, items)


def only(asked: list[Any], ordered: list[Any]) -> None:
    """Raise Unauthenticated unless what is asked is what was ordered: as many things, the same, in the same order."""
    if asked != ordered:
        raise Unauthenticated("the token is for other things than what is asked")
