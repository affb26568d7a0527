"""Outside: large bodies, kept in a body store beside PostgreSQL, and the objects there that no body needs.

An object is on disk before a row of `body` names it, and no row names it any more when it is deleted. All the while
that none does, `loose_object` says that it may be there: no crash leaves an object that nobody knows of. What no row
ever named was never acknowledged: to delete it is to tidy up after ourselves, and collects no body.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from time import monotonic
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid4

import asyncpg

from carnet.errors import Unavailable
from carnet.host.errors import BodyStoreAway
from carnet.host.objects import ObjectStore

log = logging.getLogger("carnet.host")

Made = TypeVar("Made")
BodyAt = tuple[UUID, bytes]

AT_ONCE = 8
"""Objects that a process reads or writes at the same time: what it holds in memory for that is bounded."""
WRITE_SECONDS = 120
"""After this an object that no row names yet is given up: none can be any more."""
SWEEP_SECONDS = 30.0
_SURE_SECONDS = 10.0
_SIZE_SECONDS = 60.0
_SWEPT_AT_ONCE = 200

_MARKER = "carnet-host"
_OURS = "SELECT marker, is_claimed FROM body_store"
_CLAIM = "UPDATE body_store SET is_claimed = true"

_INTEND = """
INSERT INTO loose_object (record_id, object, body_id, bytes)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bigint[])
"""
_GIVE_UP = """
UPDATE loose_object SET is_doomed = true WHERE record_id = ANY($1) AND object = ANY($2)
RETURNING record_id, body_id, object
"""
_DOOM_OF = """
UPDATE loose_object SET is_doomed = true
WHERE record_id = ANY($1) AND (is_doomed OR since < now() - make_interval(secs => $2))
RETURNING record_id, body_id, object
"""
_DOOM = """
UPDATE loose_object SET is_doomed = true
WHERE (record_id, object) IN (
    SELECT record_id, object FROM loose_object WHERE is_doomed OR since < now() - make_interval(secs => $1)
    ORDER BY since LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING record_id, body_id, object
"""
_GONE = """
DELETE FROM loose_object USING unnest($1::uuid[], $2::uuid[]) AS gone (record_id, object)
WHERE loose_object.record_id = gone.record_id AND loose_object.object = gone.object
"""
_LEFT = "SELECT count(*) FROM loose_object WHERE record_id = ANY($1)"
_MARK_DAMAGED = """
WITH marked AS (
    UPDATE body SET damaged_at = now(), object = NULL, object_bytes = NULL
    FROM unnest($1::uuid[], $2::bytea[], $3::uuid[]) AS bad (record_id, body_id, object)
    WHERE body.record_id = bad.record_id AND body.body_id = bad.body_id AND body.object = bad.object
    RETURNING bad.record_id, bad.body_id, bad.object
)
INSERT INTO loose_object (record_id, object, body_id, bytes, is_doomed)
SELECT record_id, object, body_id, 0, true FROM marked
"""
_SIZE = """
SELECT (SELECT coalesce(sum(object_bytes), 0) FROM body WHERE object IS NOT NULL)
    + (SELECT coalesce(sum(bytes), 0) FROM loose_object)
"""


class Kept(NamedTuple):
    """A body that is kept outside, and the object that holds it."""

    record: UUID
    body: bytes
    object: UUID

    @property
    def name(self) -> str:
        """The name of its object: it says what it holds, and is new at each writing."""
        return f"{self.record.hex[-3:]}/{self.record}-{self.body.hex()}-{self.object.hex}"


class Outside:
    """The body store of a host, from `from_bytes` on; without `objects` all bodies are in PostgreSQL."""

    def __init__(self, pool: asyncpg.Pool, objects: ObjectStore | None = None, *, from_bytes: int = 0) -> None:
        self._pool = pool
        self._objects = objects
        self._from_bytes = from_bytes
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._sure_since = float("-inf")
        self._asking = asyncio.Lock()
        self._size = (0, float("-inf"))

    @asynccontextmanager
    async def written(self, bodies: Sequence[tuple[UUID, bytes, bytes]]) -> AsyncIterator[Mapping[BodyAt, UUID]]:
        """The objects that hold the large ones of these (record, id, sealed bytes), durably, for the block to name.

        Those it did not name, since it failed or they were here, go. Raises BodyStoreAway, Full, or Unavailable when it
        took too long.
        """
        large = [
            (Kept(record, name, uuid4()), sealed)
            for record, name, sealed in bodies if self._objects is not None and len(sealed) >= self._from_bytes
        ]
        if not large:
            yield {}
            return
        await self._be_sure(monotonic() - _SURE_SECONDS)
        await self._pool.execute(
            _INTEND, [kept.record for kept, _ in large], [kept.object for kept, _ in large],
            [kept.body for kept, _ in large], [len(sealed) for _, sealed in large])
        latest = monotonic() + WRITE_SECONDS / 2
        done = await asyncio.gather(*(self._put(*each, latest) for each in large), return_exceptions=True)
        try:
            for error in done:
                if isinstance(error, BaseException):
                    raise error
            await self._be_sure(monotonic())    # It was there while they were written, not gone or replaced.
            yield {(kept.record, kept.body): kept.object for kept, _ in large}
        except asyncpg.CheckViolationError as error:    # The statement found no intention to name one of them.
            raise Unavailable("the bodies took too long to be kept") from error
        finally:
            # One whose writing failed may still arrive: it is deleted once that is over.
            written = [kept for (kept, _), error in zip(large, done, strict=True) if error is None]
            await self._give_up(written)

    async def read(self, bodies: Sequence[Kept], make: Callable[[bytes], Made]) -> list[Made | None]:
        """What `make` makes of each, None for what is missing or altered, which counts as lacking from then on.

        Few are in memory at a time, unless `make` keeps them. Raises BodyStoreAway.
        """
        found = await asyncio.gather(*(self._read(each, make) for each in bodies))
        bad = sorted(each for each, (is_whole, _) in zip(bodies, found, strict=True) if not is_whole)
        if bad:
            await self._be_sure(monotonic())    # An empty folder where ours should be mounted is no damage.
            await self._pool.execute(_MARK_DAMAGED, *map(list, zip(*bad, strict=True)))
        return [made for _, made in found]

    async def clear(self, records: Sequence[UUID]) -> None:
        """See that nothing of these is in the body store but what rows name.

        Raises BodyStoreAway, or Unavailable while one that no row names may still be on its way there.
        """
        await self._delete(await self._pool.fetch(_DOOM_OF, records, WRITE_SECONDS))
        if await self._pool.fetchval(_LEFT, records):
            raise Unavailable("a body of these records is still being written")

    async def try_clear(self, records: Sequence[UUID]) -> None:
        """The same, as far as it goes now: the rest is swept later."""
        if self._objects is not None:
            try:
                await self.clear(records)
            except Unavailable as error:
                log.warning("objects to delete wait: %s", type(error).__name__)

    async def sweep(self) -> int:
        """Delete what no row names, some of it, and say how many objects that was."""
        rows = await self._pool.fetch(_DOOM, WRITE_SECONDS, _SWEPT_AT_ONCE)
        await self._delete(rows)
        return len(rows)

    async def keep_sweeping(self) -> None:
        """Sweep again and again, until cancelled."""
        while self._objects is not None:
            try:
                while await self.sweep():
                    pass
            except (Unavailable, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("objects to delete wait: %s", type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def size_bytes(self) -> int:
        """What the body store holds for this host, as it was at most a minute ago."""
        size, since = self._size
        if self._objects is not None and monotonic() - since > _SIZE_SECONDS:
            size = int(await self._pool.fetchval(_SIZE))
            self._size = (size, monotonic())
        return size

    async def _be_sure(self, since: float) -> None:
        """Raise BodyStoreAway unless the store said, after that moment, that it is this host's."""
        if self._sure_since < since:
            async with self._asking:
                if self._sure_since < since:
                    asked = monotonic()
                    self._sure_since = float("-inf")
                    await self._ask_whose_it_is()
                    self._sure_since = asked

    async def _ask_whose_it_is(self) -> None:
        store = self._store()
        ours = await self._pool.fetchrow(_OURS)
        marker, is_claimed = ours["marker"].hex.encode(), ours["is_claimed"]
        said = await store.get(_MARKER)
        if said is None and not is_claimed:
            await store.put(_MARKER, marker)
            said = await store.get(_MARKER)
        if said != marker:
            raise BodyStoreAway("the body store is empty, or another host's: is it mounted, is its address right?")
        if not is_claimed:
            await self._pool.execute(_CLAIM)

    async def _put(self, kept: Kept, sealed: bytes, latest: float) -> None:
        async with self._slots:
            if monotonic() > latest:    # Later it might arrive after it was given up.
                raise BodyStoreAway("the body store is too slow")
            await self._store().put(kept.name, sealed)

    async def _read(self, kept: Kept, make: Callable[[bytes], Made]) -> tuple[bool, Made | None]:
        async with self._slots:
            for _ in range(2):      # Altered on its way here it would be, a second time, as it was kept.
                sealed = await self._store().get(kept.name)
                if sealed is not None and sha256(sealed).digest() == kept.body:
                    return True, make(sealed)
        return False, None

    async def _give_up(self, written: Sequence[Kept]) -> None:
        rows = await self._pool.fetch(
            _GIVE_UP, [kept.record for kept in written], [kept.object for kept in written])
        try:
            await self._delete(rows)
        except Unavailable as error:
            log.warning("objects to delete wait: %s", type(error).__name__)

    async def _delete(self, rows: Sequence[asyncpg.Record]) -> None:
        """Delete these objects, which nothing can name any more, then what we know of them."""
        if not rows:
            return
        await self._be_sure(monotonic() - _SURE_SECONDS)
        gone = [Kept(row["record_id"], row["body_id"], row["object"]) for row in rows]
        done = await asyncio.gather(*(self._delete_one(kept) for kept in gone), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error
        await self._pool.execute(_GONE, [kept.record for kept in gone], [kept.object for kept in gone])

    async def _delete_one(self, kept: Kept) -> None:
        async with self._slots:
            await self._store().delete(kept.name)

    def _store(self) -> ObjectStore:
        if self._objects is None:
            raise BodyStoreAway("bodies are in a body store, and the settings name none")
        return self._objects
