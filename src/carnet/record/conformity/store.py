"""SQL of conformity: documents to hold to the rules, and the sealed verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.journal.database import Database

LEASE_SECONDS = 900

_CLAIM = """
with due as (
  select record_id, fingerprint from document_check where next_at <= clock_timestamp()
  order by next_at limit $1 for update skip locked)
update document_check c
set next_at = clock_timestamp() + make_interval(secs => $2), attempts = c.attempts + 1
from due where c.record_id = due.record_id and c.fingerprint = due.fingerprint
returning c.record_id, c.fingerprint, c.attempts
"""
# Never inserted here: what an erasure took away meanwhile does not come back.
_SETTLE = """
update document_check set next_at = null, attempts = 0, checked_at = clock_timestamp(), rules = $3, key_version = $4,
  sealed = $5
where record_id = $1 and fingerprint = $2
"""
_AGAIN = """
update document_check set next_at = clock_timestamp(), attempts = 0
where next_at is null and asked_at > clock_timestamp() - make_interval(days => $1) and rules <> $2
"""
_STATUS = """
select count(*) filter (where next_at is not null) as waiting, count(*) filter (where next_at is null) as settled,
  count(*) filter (where next_at is not null and attempts > 1) as tried,
  min(asked_at) filter (where next_at is not null) as oldest,
  count(*) filter (where next_at is null and rules <> $1) as by_other_rules
from document_check
"""
ASK = """
insert into document_check (record_id, fingerprint)
select * from unnest($1::uuid[], $2::bytea[]) on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A document to hold to the rules: `attempts` counts this one."""

    record: UUID
    fingerprint: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What the database knows of one document: `sealed` is None until it was checked once."""

    is_due: bool
    checked_at: datetime | None
    rules: str
    key_version: int
    sealed: bytes | None


@dataclass(frozen=True, slots=True)
class CheckCounts:
    """How many documents wait, of them how many were tried before, how many are settled, and by other rules."""

    waiting: int
    settled: int
    tried: int
    oldest: datetime | None
    by_other_rules: int


class CheckStore:
    """The portal's rows about conformity."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, limit: int) -> list[Due]:
        """Documents that are due, those due longest first, for this worker alone until its lease ends."""
        return [Due(*row) for row in await self._database.fetch(_CLAIM, limit, LEASE_SECONDS)]

    async def is_any_due(self) -> bool:
        """True when a document waits."""
        found: bool = await self._database.fetchval(
            "select exists (select from document_check where next_at <= clock_timestamp())")
        return found

    async def ask(self, record: UUID, fingerprints: Sequence[bytes]) -> None:
        """Have these documents checked, unless they were."""
        await self._database.execute(ASK, [record] * len(fingerprints), list(fingerprints))

    async def settle(self, due: Due, rules: str, *, key_version: int, sealed: bytes) -> None:
        """Keep the verdict, if the record is still there."""
        await self._database.execute(_SETTLE, due.record, due.fingerprint, rules, key_version, sealed)

    async def put_off(self, due: Due, seconds: float) -> None:
        """Try again then."""
        await self._database.execute(
            "update document_check set next_at = clock_timestamp() + make_interval(secs => $3)"
            " where record_id = $1 and fingerprint = $2", due.record, due.fingerprint, seconds)

    async def forget(self, due: Due) -> None:
        """Nothing of the record is this document any more."""
        await self._database.execute(
            "delete from document_check where record_id = $1 and fingerprint = $2", due.record, due.fingerprint)

    async def of(self, record: UUID, fingerprint: bytes) -> CheckRow | None:
        """What is known of this document; None when it was never asked for."""
        row = await self._database.fetchrow(
            "select next_at is not null, checked_at, rules, key_version, sealed from document_check"
            " where record_id = $1 and fingerprint = $2", record, fingerprint)
        return CheckRow(*row) if row is not None else None

    async def again(self, days: int, rules: str) -> int:
        """Have documents of the last days checked again that were held to other rules than these; how many."""
        done = await self._database.execute(_AGAIN, days, rules)
        return int(done.rpartition(" ")[2])

    async def counts(self, rules: str) -> CheckCounts:
        """How far checking has come."""
        [row] = await self._database.fetch(_STATUS, rules)
        return CheckCounts(row["waiting"], row["settled"], row["tried"], row["oldest"], row["by_other_rules"])
