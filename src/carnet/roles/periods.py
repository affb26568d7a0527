"""Months that were closed are signed, by the worker, with the key that signs checkpoints of the audit log."""

from __future__ import annotations

import logging

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.ledger.store import LedgerStore

SIGN_SECONDS = 2.0
log = logging.getLogger(__name__)


async def sign_closed(ledger: LedgerStore, key: Ed25519PrivateKey) -> None:
    """Sign the closed months that nobody signed yet."""
    if signed := await ledger.sign_periods(key.sign):
        log.info("closed months that were signed: %d", signed)
