"""The proof of an erasure: when the key was destroyed, who was ordered to delete, and each receipt as it was signed.

A statement of the portal (hosting/signed.py), dated; verified without the platform. What makes the record unreadable is
that its key is no more; that hosts deleted what they held is what they sign, and a signature proves who said it.
Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.errors import IntegrityError, NotFound
from carnet.hosting.erasure.store import Erasure, OrderState
from carnet.hosting.signed import sign, verified
from carnet.hosting.tokens import verify_receipt

KIND = "carnet-erasure"
FORMAT = 1


class HostsWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order to one host. `receipt` is what the host signed, verbatim (it may be about other erased records too)."""

    host: str
    ordered_at: datetime
    due_at: datetime
    state: Literal["erased", "still due"]
    erased_at: datetime | None
    receipt: str | None


class ErasureProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the portal says of an erasure at `issued_at`. All times are the portal's, but the key's: the key store's."""

    format: Annotated[int, msgspec.Meta(ge=FORMAT, le=FORMAT)]
    record: UUID
    issued_at: datetime
    erased_at: datetime
    key_destroyed_at: datetime
    key_backups_until: datetime
    hosts: tuple[HostsWord, ...]

    @property
    def is_complete(self) -> bool:
        """True when every host signed, and no backup of the key can exist any more."""
        return all(each.state == "erased" for each in self.hosts) and self.issued_at >= self.key_backups_until


def proof_of(erasure: Erasure, *, now: datetime, key_backup_days: int) -> ErasureProof:
    """The proof, as things are now. Raises NotFound while the key is not destroyed."""
    destroyed_at = erasure.key_destroyed_at
    if destroyed_at is None:
        raise NotFound("the key of this record is not destroyed yet, or it is not known when it was")
    return ErasureProof(
        FORMAT, erasure.record, now, erasure.erased_at, destroyed_at, destroyed_at + timedelta(days=key_backup_days),
        tuple(_word(order) for order in erasure.orders))


def signed_proof(proof: ErasureProof, key: Ed25519PrivateKey) -> str:
    """The proof as it is given: one line."""
    return sign(msgspec.json.encode(proof), KIND, key)


def read_proof(statement: str, portal_key: bytes, host_keys: Mapping[str, bytes]) -> ErasureProof:
    """The proof, when the portal signed it, and each receipt in it is of its host and says that it erased this record.

    Raises IntegrityError otherwise, also for a host whose key is not given.
    """
    try:
        proof = msgspec.json.decode(verified(statement, KIND, portal_key), type=ErasureProof)
    except msgspec.MsgspecError as error:
        raise IntegrityError("this is signed, and is no proof of erasure") from error
    for word in proof.hosts:
        _check(word, proof.record, host_keys)
    return proof


def _check(word: HostsWord, record: UUID, host_keys: Mapping[str, bytes]) -> None:
    if word.receipt is None:
        if word.state == "erased":
            raise IntegrityError(f"host {word.host} is said to have erased, and there is no receipt of it")
        return
    if word.host not in host_keys:
        raise IntegrityError(f"the key of host {word.host} is needed to verify its receipt")
    receipt = verify_receipt(word.receipt, word.host, host_keys[word.host])
    if receipt.method != "erase" or str(record) not in [item[0] for item in receipt.items]:
        raise IntegrityError(f"the receipt of host {word.host} is not about the erasure of this record")


def _word(order: OrderState) -> HostsWord:
    return HostsWord(
        order.host, order.ordered_at, order.due_at, "erased" if order.receipt is not None else "still due",
        order.done_at, order.receipt)
