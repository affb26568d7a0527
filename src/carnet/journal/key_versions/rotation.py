"""Rotation: another version of the platform key takes over while records are read and made. Only wrapping changes.

Three steps, each safe to stop after and to do again: a version is made, then put in force once every process has it
open, then every key that an older version wraps is wrapped by it. Older versions with nothing left are retired.
May import: errors; `journal/store.py` and what it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from carnet.errors import IntegrityError
from carnet.journal.key_versions.store import KeyVersion, WrappedRow
from carnet.journal.platform_key import newest
from carnet.journal.store import KeyStore

BATCH = 500


class Rotation:
    """What `carnet keys rotate` does, step by step."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys
        self._versions = keys.versions
        self._platform_key = keys.platform_key
        self.damaged: list[UUID] = []

    async def made(self) -> int:
        """The version that takes over: one that a rotation before this one did not finish with, else a new one."""
        known = await self._versions.all()
        if not known:
            return await self._first()
        await self._keys.look()
        unfinished = await self._unfinished(known)
        if unfinished:
            return unfinished
        version = newest(each.number for each in known) + 1
        await self._platform_key.make(version)
        await self._versions.make(version, await self._platform_key.proof(version))
        return version

    async def lacking(self, version: int) -> list[str]:
        """The processes that are alive and do not have it open yet."""
        return [each.name for each in await self._versions.processes() if version not in each.versions]

    async def put_in_force(self, version: int) -> None:
        """From now on every new key is wrapped by it. Only once `lacking` says nothing: a process that cannot open it
        can neither read nor make a record."""
        await self._versions.put_in_force(version)

    async def waiting(self, version: int) -> int:
        """How many keys an older version wraps."""
        return sum(count for older, count in (await self._versions.under()).items() if older < version)

    async def wrap_again(self, version: int, told: Callable[[int], None] = lambda _: None) -> int:
        """Wrap what older versions wrap by this one, batch by batch; how many keys were. `told` is called with each.

        A key destroyed meanwhile stays so. Those that do not open are left, and named in `damaged`.
        """
        wrapped, after = 0, None
        while rows := await self._versions.batch(after, before=version, limit=BATCH):
            pairs = [(row, again) for row in rows if (again := await self._again(row, version)) is not None]
            wrapped += await self._versions.wrapped_again(version, pairs)
            told(len(rows))
            after = rows[-1]
        return wrapped

    async def retired(self, version: int) -> Sequence[int]:
        """The versions before this one that nothing is wrapped by any more: from now on nothing ever will be."""
        older = [each.number for each in await self._versions.all() if each.number < version and not each.retired_at]
        return [number for number in older if await self._versions.retire(number)]

    async def _first(self) -> int:
        if not await self._platform_key.look():
            await self._platform_key.make(1)
        return await self._keys.look()

    async def _unfinished(self, known: Sequence[KeyVersion]) -> int:
        last = max(known, key=lambda each: each.number)
        is_begun = last.in_force_at is None and last.retired_at is None
        return last.number if is_begun or await self.waiting(last.number) else 0

    async def _again(self, row: WrappedRow, version: int) -> bytes | None:
        self._keys.unwraps.note()
        try:
            key = await self._platform_key.unwrap(row.platform_key, row.wrapped)
        except IntegrityError:
            self.damaged.append(row.record)
            return None
        return await self._platform_key.wrap(version, key)
