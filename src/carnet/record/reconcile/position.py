"""How far a portal has come, and whether it is behind what the key store remembers of it. Pure.

Every access writes a trace, so that the greatest transaction that wrote one moves with whatever is acknowledged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec

ALL = UUID(int=2**128 - 1)
"""Up to which record a portal serves that is not being compared."""


class PublishedCheckpoint(msgspec.Struct, frozen=True):
    """The last checkpoint of the audit log that was signed. Size 0: there was none."""

    size: int = 0
    root: bytes = b""
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    signature: bytes = b""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far the portal had come, at the time `at` of its clock: what the key store remembers."""

    epoch: int
    log_size: int
    logged: int
    matrix: int
    hosts: tuple[str, ...]
    checkpoint: PublishedCheckpoint
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where the portal's database is now. `restored` is the setting that our restore leaves in it, `dealt_with` the
    last one that was dealt with.
    """

    mark: Mark
    reconciling: UUID | None
    reconciled_upto: UUID
    restored: str
    dealt_with: str
    log_root: bytes = field(default=b"")
    latest_event: datetime | None = None


def why_behind(now: Position, remembered: Mark | None) -> str:
    """Why this database must be older than it once was, in words; empty when nothing says so.

    What is remembered must have been read before the position: it then was the past.
    """
    if now.restored and now.restored != now.dealt_with:
        return "its database was restored from a backup"
    if remembered is None or now.mark.epoch > remembered.epoch:
        return ""
    if now.mark.epoch < remembered.epoch:
        return f"its epoch is {now.mark.epoch}, and was {remembered.epoch}"
    if now.mark.log_size < remembered.log_size:
        return f"its audit log has {now.mark.log_size} events, and had {remembered.log_size}"
    if now.mark.logged < remembered.logged:
        return "its last trace is older than one there was"
    return ""
