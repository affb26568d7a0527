"""Files: objects as files of one folder, forced to disk, each whole or not there.

A file is written under another name, forced to disk and renamed, and its folder is forced to disk: after a crash it is
there whole, or it is not. The client for S3 has a store of files too, which forces nothing to disk: it is not used.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from carnet.host.errors import BodyStoreAway, Full

Done = TypeVar("Done")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Files:
    """Objects under `root`, which must be there: one that is not mounted yet is not made by mistake."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()    # Folders that this process forced to disk: a few thousand at most.

    async def put(self, name: str, content: bytes) -> None:
        """Keep it, on disk."""
        await self._in_a_thread(lambda: self._put(self._root / name, content))

    async def get(self, name: str) -> bytes | None:
        """Its content, None when there is no such file."""
        return await self._in_a_thread(lambda: _read(self._root / name))

    async def delete(self, name: str) -> None:
        """Remove the file, and what a crash left of its writing."""
        await self._in_a_thread(lambda: _delete(self._root / name))

    def _put(self, path: Path, content: bytes) -> None:
        folder = path.parent
        if folder not in self._durable:
            if folder != self._root:
                folder.mkdir(mode=0o700, exist_ok=True)
            _force(self._root)
            self._durable.add(folder)
        with open(_unfinished(path), "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _unfinished(path).rename(path)
        _force(folder)

    async def _in_a_thread(self, work: Callable[[], Done]) -> Done:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise Full("the body store has no room for more bodies") from error
            raise BodyStoreAway("the folder of the body store cannot be used") from error


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _delete(path: Path) -> None:
    _unfinished(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    if path.parent.exists():
        _force(path.parent)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _force(folder: Path) -> None:
    """Put on disk which files a folder has."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
