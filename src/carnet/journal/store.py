"""The key store: wrapped keys in their own database, and working keys for a minute in memory.

A cached key is used only after the transaction that read the record's state (DESIGN 3, Erasure).
"""

from __future__ import annotations

from time import monotonic
from uuid import UUID

from carnet.errors import Gone
from carnet.journal.database import Database
from carnet.journal.keys import PlatformKey, RecordKeys, new_record_key

CACHE_SECONDS = 60.0
_CACHE_ENTRIES = 20_000


class KeyStore:
    """Makes, gives and destroys the keys of records."""

    def __init__(self, database: Database, platform_key: PlatformKey) -> None:
        self._database = database
        self._platform_key = platform_key
        self._cache: dict[UUID, tuple[float, RecordKeys]] = {}

    async def create(self, record: UUID) -> RecordKeys:
        """A fresh key for a new record, durable when this returns."""
        key = new_record_key()
        await self._database.execute(
            "insert into wrapped_key (record_id, version, wrapped) values ($1, 1, $2)",
            record, self._platform_key.wrap(key))
        return self._remember(RecordKeys.derive(record, 1, key))

    async def keys_of(self, record: UUID) -> RecordKeys:
        """The record's working keys. Raises Gone when they were destroyed, or never made."""
        cached = self._cache.get(record)
        if cached is not None and cached[0] > monotonic():
            return cached[1]
        row = await self._database.fetchrow(
            "select version, wrapped from wrapped_key where record_id = $1 order by version desc limit 1", record)
        if row is None or row["wrapped"] is None:
            self._cache.pop(record, None)
            raise Gone("this record was erased: its key does not exist")
        return self._remember(RecordKeys.derive(record, row["version"], self._platform_key.unwrap(row["wrapped"])))

    async def destroy(self, record: UUID) -> None:
        """Destroy every key of the record: what hosts keep of it can never be read again."""
        await self._database.execute(
            "update wrapped_key set wrapped = null, destroyed_at = clock_timestamp()"
            " where record_id = $1 and wrapped is not null", record)
        self.forget(record)

    def forget(self, record: UUID) -> None:
        """Keep no working key of this record in memory."""
        self._cache.pop(record, None)

    def _remember(self, keys: RecordKeys) -> RecordKeys:
        if len(self._cache) >= _CACHE_ENTRIES:
            self._cache.pop(next(iter(self._cache)))
        self._cache[keys.record] = (monotonic() + CACHE_SECONDS, keys)
        return keys
