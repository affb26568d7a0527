"""The key store: wrapped keys in their own database, and working keys for a minute in memory.

A cached key is used only after the transaction that read the record's state (DESIGN 3, Erasure). A new key is wrapped
by the version of the platform key that is in force when its row is written, whatever this process thought before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from time import monotonic
from uuid import UUID

import asyncpg

from carnet.errors import Gone, IntegrityError, Unavailable
from carnet.journal.database import Database
from carnet.journal.key_versions.store import VersionStore
from carnet.journal.keys import RecordKeys, new_record_key
from carnet.journal.platform_key import PlatformKey, newest
from carnet.journal.unwraps import Unwraps

log = logging.getLogger(__name__)

CACHE_SECONDS = 60.0
BEAT_SECONDS = 2.0
_CACHE_ENTRIES = 20_000
_TRIES = 5

_CREATE = """
with in_force as (
  select version from platform_key where in_force_at is not null and retired_at is null
  order by version desc limit 1 for key share)
insert into wrapped_key (record_id, version, wrapped, platform_key)
select $1, 1, $2, $3 from in_force where version = $3
"""

_CURRENT = (
    "select version, wrapped, platform_key from wrapped_key where record_id = $1 order by version desc limit 1")

# A row that says "destroyed" is left even where there was none: a key that is restored from a backup finds it.
_DESTROY = """
with destroyed as (
  update wrapped_key set wrapped = null, destroyed_at = clock_timestamp()
  where record_id = $1 and wrapped is not null)
insert into wrapped_key (record_id, version, wrapped, destroyed_at) values ($1, 1, null, clock_timestamp())
on conflict do nothing
"""


class KeyStore:
    """Makes, gives and destroys the keys of records. `alarm` is called when this process reaches its ceiling."""

    def __init__(self, database: Database, platform_key: PlatformKey, unwraps: Unwraps | None = None) -> None:
        self.platform_key = platform_key
        self.versions = VersionStore(database)
        self.unwraps = unwraps or Unwraps()
        self.alarm: Callable[[int], Awaitable[None]] | None = None
        self._database = database
        self._in_force = 0
        self._checked: set[int] = set()
        self._cache: dict[UUID, tuple[float, RecordKeys]] = {}

    async def create(self, record: UUID) -> RecordKeys:
        """A fresh key for a new record, durable when this returns."""
        key = new_record_key()
        for _ in range(_TRIES):
            version = await self.in_force()
            wrapped = await self.platform_key.wrap(version, key)
            if await self._database.execute(_CREATE, record, wrapped, version) == "INSERT 0 1":
                return self._remember(RecordKeys.derive(record, 1, key))
            self._in_force = 0      # another version is in force since
        raise Unavailable("the platform key is being changed too fast", retry_after_seconds=1)

    async def keys_or_create(self, name: UUID) -> RecordKeys:
        """The keys under this name, made if there never were any. Raises Gone when they were destroyed."""
        try:
            return await self.keys_of(name)
        except Gone:
            with suppress(asyncpg.UniqueViolationError):        # another process made them, or they were destroyed
                return await self.create(name)
            return await self.keys_of(name)

    async def keys_of(self, record: UUID) -> RecordKeys:
        """The record's working keys. Raises Gone when they were destroyed, or never made.

        Raises Unavailable beyond this process's ceiling, and while the version that wrapped them is not here.
        """
        cached = self._cache.get(record)
        if cached is not None and cached[0] > monotonic():
            return cached[1]
        row = await self._database.fetchrow(_CURRENT, record)
        if row is None or row["wrapped"] is None:
            self._cache.pop(record, None)
            raise Gone("this record was erased: its key does not exist")
        await self._count()
        key = await self.platform_key.unwrap(row["platform_key"], row["wrapped"])
        return self._remember(RecordKeys.derive(record, row["version"], key))

    async def destroy(self, record: UUID) -> None:
        """Destroy every key of the record: what hosts keep of it can never be read again."""
        await self._database.execute(_DESTROY, record)
        self.forget(record)

    async def destroyed_at(self, record: UUID) -> datetime | None:
        """When the record's key was destroyed, by the key store's clock; None when it is there, or never was."""
        moment: datetime | None = await self._database.fetchval(
            "select destroyed_at from wrapped_key where record_id = $1 order by version desc limit 1", record)
        return moment

    def forget(self, record: UUID) -> None:
        """Keep no working key of this record in memory."""
        self._cache.pop(record, None)

    async def in_force(self) -> int:
        """The version that wraps new keys, as this process knows it."""
        return self._in_force or await self.look()

    async def look(self) -> int:
        """Learn which versions there are, check that this process has the same keys, and return the one in force.

        Raises IntegrityError when a key here is another one under the same number, Unavailable when none is in force.
        """
        known = [each for each in await self.versions.all() if each.retired_at is None]
        if not known:
            return await self._begin()
        opened = await self.platform_key.look() if {each.number for each in known} - self._checked else self._checked
        for each in known:
            if each.number in opened and each.number not in self._checked:
                await self.platform_key.check(each.number, each.proof)
                self._checked.add(each.number)
        self._in_force = newest(each.number for each in known if each.is_in_force)
        if not self._in_force:
            raise Unavailable("no version of the platform key is in force")
        return self._in_force

    @asynccontextmanager
    async def beating(self, process: str) -> AsyncIterator[None]:
        """While it lasts, learn of new versions within seconds, and write what this process counted."""
        await self.look()
        await self._beat(process)
        task = asyncio.create_task(self._keep_beating(process))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._end(process)

    async def _begin(self) -> int:
        """The first process on this key store says which key its version is; rows that are here already must open."""
        version = newest(await self.platform_key.look())
        if not version:
            raise Unavailable("there is no platform key: `carnet keys rotate` makes the first")
        row = await self._database.fetchrow(
            "select platform_key, wrapped from wrapped_key where wrapped is not null limit 1")
        if row is not None:
            version = row["platform_key"]
            await self.platform_key.unwrap(version, row["wrapped"])
        await self.versions.make(version, await self.platform_key.proof(version))
        await self.versions.put_in_force(version)
        return await self.look()

    async def _count(self) -> None:
        try:
            self.unwraps.take(monotonic())
        except Unavailable:
            if self.unwraps.is_alarm_new:
                log.error("ALARM: more than %d keys asked for in a minute: refused", self.unwraps.a_minute)
                if self.alarm is not None:
                    await self.alarm(self.unwraps.a_minute)
            raise

    async def _keep_beating(self, process: str) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self.look()
                await self._beat(process)
            except (Unavailable, IntegrityError) as error:
                log.warning("the key store: %s", error)     # later, then: rows name the versions they need
            except asyncpg.PostgresError as error:
                log.warning("the key store: %s", type(error).__name__)

    async def _beat(self, process: str) -> None:
        counted = self.unwraps.drain()
        try:
            await self.versions.beat(process, sorted(self._checked), *counted)
        except Unavailable:
            self.unwraps.give_back(*counted)
            raise

    async def _end(self, process: str) -> None:
        try:
            await self._beat(process)
            await self.versions.leave(process)
        except Unavailable as error:
            log.warning("what was counted last could not be written: %s", error)

    def _remember(self, keys: RecordKeys) -> RecordKeys:
        if len(self._cache) >= _CACHE_ENTRIES:
            self._cache.pop(next(iter(self._cache)))
        self._cache[keys.record] = (monotonic() + CACHE_SECONDS, keys)
        return keys
