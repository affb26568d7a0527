"""A reconcile under way, or one that ended, and what is written of one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.record.reconcile.position import Mark
from carnet.record.reconcile.rebuilt import Rebuilt
from carnet.record.reconcile.settled import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """One time that the portal was found older than its hosts. `former` is how far it had come, if that is known.

    `epoch` is None until every host said which was the greatest it saw. `without` are hosts that are not waited for.
    """

    reconcile_id: UUID
    why: str
    began_at: datetime
    restored_at: datetime
    former: Mark | None
    epoch: int | None
    without: tuple[str, ...]
    seen: int
    upto: UUID
    ended_at: datetime | None
    is_under_way: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """What hosts have beyond the portal's place: the row it makes, and the last two heads."""

    made: Rebuilt
    base: bytes
    head: bytes
    previous: bytes


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written of one record: a chain to adopt, if any, and where the record is kept from now on."""

    settled: Settled
    chain: Chain | None
    placed: Mapping[str, str]
    awaits: str = ""
