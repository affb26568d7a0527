"""SQL of the versions of the platform key, in the key store: their life, the processes that have them open, the counts.

New keys are wrapped by the version in force when their row is written (`journal/store.py`), which holds its row here
for the time of that statement: a version is retired only once nothing can be wrapped by it any more.
May import: errors, `database`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from carnet.journal.database import Database

ALIVE_SECONDS = 15

_ALL = "select version, proof, made_at, in_force_at, retired_at from platform_key order by version"

_MAKE = "insert into platform_key (version, proof) values ($1, $2) on conflict do nothing"

_PUT_IN_FORCE = (
    "update platform_key set in_force_at = clock_timestamp()"
    " where version = $1 and in_force_at is null and retired_at is null")

_BEAT = """
with here as (
  insert into key_process (process, versions) values ($1, $2)
  on conflict (process) do update set seen_at = clock_timestamp(), versions = excluded.versions)
insert into unwrap_count (hour, process, unwrapped, refused)
select date_trunc('hour', clock_timestamp()), $1, $3::bigint, $4::bigint where $3::bigint > 0 or $4::bigint > 0
on conflict (hour, process) do update
set unwrapped = unwrap_count.unwrapped + excluded.unwrapped, refused = unwrap_count.refused + excluded.refused
"""

_PROCESSES = (
    "select process, seen_at, versions from key_process"
    " where seen_at > clock_timestamp() - make_interval(secs => $1) order by process")

_COUNTS = (
    "select hour, process, unwrapped, refused from unwrap_count"
    " where hour > clock_timestamp() - make_interval(hours => $1) order by hour, process")

_UNDER = "select platform_key, count(*) from wrapped_key where wrapped is not null group by platform_key"

_BATCH = (
    "select record_id, version, platform_key, wrapped from wrapped_key"
    " where (record_id, version) > ($1, $2) and platform_key < $3 and wrapped is not null"
    " order by record_id, version limit $4")

# Only what is still what was read: a key destroyed meanwhile stays destroyed.
_WRAPPED_AGAIN = """
update wrapped_key w set wrapped = n.wrapped, platform_key = $1
from unnest($2::uuid[], $3::int[], $4::bytea[], $5::bytea[]) as n(record_id, version, before, wrapped)
where w.record_id = n.record_id and w.version = n.version and w.wrapped = n.before
"""


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """A version of the platform key, as the key store knows it."""

    number: int
    proof: bytes
    made_at: datetime
    in_force_at: datetime | None
    retired_at: datetime | None

    @property
    def is_in_force(self) -> bool:
        """True when new keys may be wrapped by it: the greatest of these does."""
        return self.in_force_at is not None and self.retired_at is None


@dataclass(frozen=True, slots=True)
class KeyProcess:
    """A process that unwraps keys, and the versions that it has open."""

    name: str
    seen_at: datetime
    versions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UnwrapCount:
    """What one process unwrapped and refused to in one hour."""

    hour: datetime
    process: str
    unwrapped: int
    refused: int


@dataclass(frozen=True, slots=True)
class WrappedRow:
    """A row of the key store: a record's key, and the version of the platform key that wrapped it."""

    record: UUID
    version: int
    platform_key: int
    wrapped: bytes


class VersionStore:
    """The key store's rows about the platform key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[KeyVersion]:
        """Every version there ever was, oldest first."""
        return [KeyVersion(*row) for row in await self._database.fetch(_ALL)]

    async def make(self, version: int, proof: bytes) -> None:
        """Know this version; one that is known stays as it is."""
        await self._database.execute(_MAKE, version, proof)

    async def put_in_force(self, version: int) -> None:
        """From the next new key on, this version wraps it."""
        await self._database.execute(_PUT_IN_FORCE, version)

    async def retire(self, version: int) -> bool:
        """Nothing is wrapped by this version any more, nor ever will be; False when something still is."""
        async with self._database.transaction() as connection:
            # Waits for whoever is making a key under it; whoever comes after finds it retired.
            await connection.execute("select from platform_key where version = $1 for update", version)
            status: str = await connection.execute(
                "update platform_key set retired_at = clock_timestamp() where version = $1 and retired_at is null"
                " and not exists (select from wrapped_key where platform_key = $1 and wrapped is not null)", version)
        return status == "UPDATE 1"

    async def beat(self, process: str, versions: Sequence[int], unwrapped: int, refused: int) -> None:
        """This process lives, has these versions open, and did this much since it last said so."""
        await self._database.execute(_BEAT, process, sorted(versions), unwrapped, refused)

    async def leave(self, process: str) -> None:
        """This process ends: nobody waits for it to open a version."""
        await self._database.execute("delete from key_process where process = $1", process)

    async def processes(self) -> list[KeyProcess]:
        """The processes that were alive a moment ago."""
        rows = await self._database.fetch(_PROCESSES, ALIVE_SECONDS)
        return [KeyProcess(row["process"], row["seen_at"], tuple(row["versions"])) for row in rows]

    async def counts(self, *, hours: int) -> list[UnwrapCount]:
        """What each process unwrapped in each of these last hours."""
        return [UnwrapCount(*row) for row in await self._database.fetch(_COUNTS, hours)]

    async def under(self) -> dict[int, int]:
        """How many keys each version wraps."""
        return dict(await self._database.fetch(_UNDER))

    async def batch(self, after: WrappedRow | None, *, before: int, limit: int) -> list[WrappedRow]:
        """The next keys that a version older than this one wraps, in the order of their records."""
        record, version = (after.record, after.version) if after else (UUID(int=0), 0)
        return [WrappedRow(*row) for row in await self._database.fetch(_BATCH, record, version, before, limit)]

    async def wrapped_again(self, version: int, pairs: Sequence[tuple[WrappedRow, bytes]]) -> int:
        """Keep these keys as this version wraps them, where they still are what was read; how many were."""
        status = await self._database.execute(
            _WRAPPED_AGAIN, version, [row.record for row, _ in pairs], [row.version for row, _ in pairs],
            [row.wrapped for row, _ in pairs], [wrapped for _, wrapped in pairs])
        return int(status.rpartition(" ")[2])
