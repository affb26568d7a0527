"""The platform key: what wraps the keys of records, in every version that is open in this process.

A version is a key of its own, in one holder: a file (its bytes are then in memory) or an HSM (they never are). Each row
of the key store says which version wrapped it, so that several are open at once while rows are wrapped again. What a
holder cannot open is said; nothing here decides which version wraps new keys: the key store does (`store.py`).
May import: errors, `keys`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from carnet.errors import IntegrityError, Unavailable
from carnet.journal.keys import KEY_BYTES, unwrapped_with, wrapped_with


class KeyHolder(Protocol):
    """Where versions of the platform key are. Adapters: key files (`HeldKeys`), an HSM (`hsm/client.py`)."""

    name: str

    async def look(self) -> frozenset[int]:
        """The versions that are open here, looked for again. Raises Unavailable when the holder does not answer."""

    async def wrap(self, version: int, record_key: bytes) -> bytes:
        """The record's key, readable only with this version."""

    async def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """The record's key. Raises IntegrityError for what this version did not wrap, Unavailable to try again."""

    async def make(self, version: int) -> None:
        """A fresh random key under this version; one that is there already stays."""

    async def destroy(self, version: int) -> None:
        """Keep this version no more: what only it wrapped can never be read again."""

    async def close(self) -> None:
        """Let go of it."""


class HeldKeys:
    """Versions whose bytes are in the memory of this process."""

    name = "memory"

    def __init__(self, keys: dict[int, bytes]) -> None:
        self._keys = dict(keys)
        for key in keys.values():
            check_length(key)

    async def look(self) -> frozenset[int]:
        """The versions that are here."""
        return frozenset(self._keys)

    async def wrap(self, version: int, record_key: bytes) -> bytes:
        """The record's key under this version: AES key wrap."""
        return wrapped_with(self._keys[version], record_key)

    async def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """The record's key. Raises IntegrityError when it was wrapped by another key, or altered."""
        return unwrapped_with(self._keys[version], wrapped)

    async def make(self, version: int) -> None:
        """A fresh random key under this version."""
        self._keys.setdefault(version, os.urandom(KEY_BYTES))

    async def destroy(self, version: int) -> None:
        """Forget this version."""
        self._keys.pop(version, None)

    async def close(self) -> None:
        """Forget all of it."""
        self._keys.clear()


class PlatformKey:
    """All versions that are open here, each in the first of these holders that has it. New ones are made in the last.
    """

    def __init__(self, *holders: KeyHolder) -> None:
        self._holders = holders
        self._where: dict[int, KeyHolder] = {}

    async def look(self) -> frozenset[int]:
        """The versions that are open here, looked for again: another process may have made one."""
        where: dict[int, KeyHolder] = {}
        for holder in self._holders:
            for version in await holder.look():
                where.setdefault(version, holder)
        self._where = where
        return frozenset(where)

    def holder_of(self, version: int) -> str:
        """Where this version is, in a word; empty when it is not open here."""
        holder = self._where.get(version)
        return holder.name if holder else ""

    async def wrap(self, version: int, record_key: bytes) -> bytes:
        """The record's key under this version. Raises Unavailable when the version is not open here."""
        return await (await self._holder(version)).wrap(version, record_key)

    async def unwrap(self, version: int, wrapped: bytes) -> bytes:
        """The record's key. Raises IntegrityError when this version did not wrap it, Unavailable when it is not here.
        """
        return await (await self._holder(version)).unwrap(version, wrapped)

    async def make(self, version: int) -> str:
        """Make this version in the last holder, and say which that is."""
        holder = self._holders[-1]
        await holder.make(version)
        await self.look()
        return holder.name

    async def destroy(self, version: int) -> None:
        """Keep this version no more, wherever it is open here."""
        for holder in self._holders:
            if version in await holder.look():
                await holder.destroy(version)
        self._where.pop(version, None)

    async def proof(self, version: int) -> bytes:
        """What shows another process whether its key of this number is the same key."""
        return await self.wrap(version, _proven(version))

    async def check(self, version: int, proof: bytes) -> None:
        """Raises IntegrityError when this process has another key under this number."""
        if await self.unwrap(version, proof) != _proven(version):
            raise IntegrityError(f"version {version} of the platform key is not the one that the key store knows")

    async def close(self) -> None:
        """Let go of every holder."""
        for holder in self._holders:
            await holder.close()

    async def _holder(self, version: int) -> KeyHolder:
        if version not in self._where:      # made since: a row of it is how this process hears of it
            await self.look()
        holder = self._where.get(version)
        if holder is None:
            raise Unavailable(f"version {version} of the platform key is not here yet", retry_after_seconds=5)
        return holder


def check_length(key: bytes) -> None:
    """Raises IntegrityError for what is no platform key."""
    if len(key) != KEY_BYTES:
        raise IntegrityError(f"the platform key must have {KEY_BYTES} bytes")


def newest(versions: Iterable[int]) -> int:
    """The last of these versions; 0 when there is none."""
    return max(versions, default=0)


def _proven(version: int) -> bytes:
    return f"carnet platform key {version}".encode().ljust(KEY_BYTES, b"\0")
