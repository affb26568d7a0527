"""Platform key files: one a version, in the clear or locked under two people's passphrases.

Version 1 is the file that settings name, version 2 is `platform.2.key` beside it. A version that appears is opened when
somebody looks: on several machines the file must be brought to each of them.
May import: errors, journal; `key_files` and `lock_file` of this room.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from carnet.journal.platform_key import HeldKeys
from carnet.roles.key_files import key_in, new_key
from carnet.roles.lock_file import locked, read_secret, write_secret

_SETTING = "platform_key_file"


class KeyFiles(HeldKeys):
    """The versions in files beside `first`. `lock_key` opens those that are locked, and locks those made here."""

    name = "file"

    def __init__(self, first: Path, *, demonstration: bool, lock_key: bytes | None = None) -> None:
        super().__init__({})
        self._first = first
        self._demonstration = demonstration
        self._lock_key = lock_key

    async def look(self) -> frozenset[int]:
        """The versions whose files are here. One that was opened stays open, whatever happens to its file."""
        return await asyncio.to_thread(self._look)

    async def make(self, version: int) -> None:
        """A new file with a random key, written whole and forced to disk before this returns."""
        await asyncio.to_thread(self._make, version)

    async def destroy(self, version: int) -> None:
        """Remove the file of this version. Copies that were made of it are not reached."""
        await super().destroy(version)
        file_of(self._first, version).unlink(missing_ok=True)

    def _look(self) -> frozenset[int]:
        for version, file in versions_beside(self._first).items():
            if version not in self._keys:
                self._keys[version] = read_platform_key(
                    file, version, demonstration=self._demonstration, lock_key=self._lock_key)
        return frozenset(self._keys)

    def _make(self, version: int) -> None:
        file = file_of(self._first, version)
        if file.exists():
            return
        text = new_key(demonstration=self._demonstration)
        write_secret(file, locked(self._lock_key, text, what=named(version)) if self._lock_key else text)


def file_of(first: Path, version: int) -> Path:
    """Where this version is."""
    return first if version == 1 else first.with_suffix(f".{version}{first.suffix}")


def versions_beside(first: Path) -> dict[int, Path]:
    """The files of versions that there are."""
    found = {1: first} if first.exists() else {}
    for file in first.parent.glob(f"{first.stem}.*{first.suffix}"):
        number = file.name.removeprefix(f"{first.stem}.").removesuffix(first.suffix)
        if number.isascii() and number.isdigit() and int(number) > 1:
            found[int(number)] = file
    return found


def read_platform_key(file: Path, version: int, *, demonstration: bool, lock_key: bytes | None) -> bytes:
    """The 32 bytes of a version. Raises InvalidSetting, Unavailable for a locked one without the key of the lock."""
    text = read_secret(file, what=named(version), setting=_SETTING, lock_key=lock_key)
    return key_in(text, file, setting=_SETTING, demonstration=demonstration)


def named(version: int) -> str:
    """What a version is called in the seal of its locked file."""
    return f"platform key {version}"
