"""Approvals: officers allow a host to erase more than a day's ceiling; whoever holds the portal's keys alone cannot.

The same approval may be given with many calls: the host counts what was erased under it. Reads the clock.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from carnet.errors import Unauthenticated
from carnet.host.config import HostConfig
from carnet.host.errors import CeilingReached
from carnet.host.jws import verified
from carnet.host.tokens import LEEWAY_SECONDS
from carnet.host.wire import Whole

LONGEST_SECONDS = 40 * 86_400


class Approval(msgspec.Struct, frozen=True):
    """Leave to erase `most` records in all. `id` is the SHA-256 of the approval's bytes."""

    id: bytes
    most: int


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    iss: Literal["officer"]
    aud: str
    method: Literal["erase"]
    exp: Whole
    most: Whole
    reason: str


_decode = msgspec.json.Decoder(_Claims).decode


def believed(approval: str, config: HostConfig) -> Approval:
    """The approval, when officers gave it to this host and it holds now. Raises CeilingReached, which says why not."""
    if config.officer_public_key is None:
        raise CeilingReached("this host knows no officers' key: no approval holds here")
    try:
        claims = _decode(verified(approval, Ed25519PublicKey.from_public_bytes(config.officer_public_key)))
    except Unauthenticated as error:
        raise CeilingReached("the approval is not one, or not signed by the officers' key") from error
    except msgspec.MsgspecError as error:
        raise CeilingReached(f"the approval does not say what it should: {error}") from error
    seconds_left = claims.exp - time.time()
    for holds, why in (
        (claims.aud == config.host_id, "for another host"),
        (seconds_left >= -LEEWAY_SECONDS, "no more valid"),
        (seconds_left <= LONGEST_SECONDS, "valid for too long"),
    ):
        if not holds:
            raise CeilingReached(f"the approval is {why}")
    # JWS compact has one form only (`jws`): the same approval cannot be spelt twice and be counted apart.
    return Approval(sha256(approval.encode()).digest(), claims.most)
