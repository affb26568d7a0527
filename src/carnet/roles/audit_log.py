"""The audit log from the command line: verify it, and print its last checkpoint.

May import: the log, and `settings`, `key_files` and `wiring` of this room.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.checkpoint import Checkpoint, verifier
from carnet.audit.log.store import LogStore
from carnet.audit.log.verify import Verdict, verify
from carnet.errors import NotFound
from carnet.journal.database import Database
from carnet.roles.key_files import read_signing_key
from carnet.roles.settings import Settings
from carnet.roles.wiring import open_pool


def audit_key(settings: Settings) -> Ed25519PrivateKey:
    """The key that signs checkpoints. Raises InvalidSetting."""
    return read_signing_key(
        settings.path(settings.audit_key_file), setting="audit_key_file", demonstration=settings.demonstration)


async def verify_log(settings: Settings, kept_note: str = "") -> int:
    """Verify all of it, and against this note if any. Says what was found; 1 if anything is not as it was logged."""
    kept = Checkpoint.parse(kept_note) if kept_note else None
    async with _log_of(settings) as log:
        verdict = await verify(log, audit_key(settings).public_key(), kept=kept)
    for line in _told(verdict):
        print(line)
    return 1 if verdict.faults else 0


async def checkpoint_note(settings: Settings) -> tuple[str, str]:
    """The last checkpoint as a signed note, and the key that verifies it. Raises NotFound before the first."""
    async with _log_of(settings) as log:
        checkpoint = await log.last_checkpoint()
    if checkpoint is None:
        raise NotFound("the audit log has no checkpoint yet: does a worker run?")
    key = audit_key(settings).public_key()
    return checkpoint.note(key), verifier(key)


@asynccontextmanager
async def _log_of(settings: Settings) -> AsyncIterator[LogStore]:
    settings.require("portal_database_url")
    async with open_pool(settings.portal_database_url, 1) as pool:
        yield LogStore(Database(pool))


def _told(verdict: Verdict) -> list[str]:
    counted = f"{verdict.size} events, {verdict.checkpoints} checkpoints, {verdict.waiting} events not in the log yet"
    if not verdict.faults:
        return [*verdict.gaps, f"sound: {counted}"]
    told = (fault.what for fault in verdict.faults)
    return [*verdict.gaps, *told, f"NOT sound: {len(verdict.faults)} faults; {counted}"]
