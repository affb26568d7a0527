"""A watched folder on the disk: what lies in it, whose it is, and how a file goes from one of its parts to another.

    in        what the sender puts here is taken once it is whole
    taking    what is being taken; after a crash, it is taken again
    done      deposited
    waiting   accepted, for a record that is not open yet, or to be tried again
    refused   nothing of it is in a record

Whoever may write here may also put links in our way: parts are opened once a look without following links, and names
are only ever used inside them. Only renames move a file, so that it is always in exactly one part.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from carnet.errors import InvalidSetting, Issue

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")
_LONGEST_NAME = 200     # bytes: the note's name and a number still fit
_MOST_OF_A_NOTE = 64 * 1024


class Part(StrEnum):
    """The parts of a folder, by their names."""

    IN = "in"
    TAKING = "taking"
    DONE = "done"
    WAITING = "waiting"
    REFUSED = "refused"


class UnfitFileError(Exception):
    """What lies here is nothing to take: `code` says why, for a trace."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.issue = Issue(code, message)


class FileInUseError(Exception):
    """Somebody writes to this file: it is looked at again later."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a file was seen: two looks that are the same mean that it no longer grows."""

    inode: int
    size: int
    written_ns: int


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, held by this process alone until it is left. `owners` are the users whose files are taken."""

    parts: dict[Part, int]
    owners: frozenset[int]

    def names(self, part: Part) -> list[str]:
        """What lies in this part, the oldest first; not what its writer still calls unfinished."""
        found = []
        with os.scandir(self.parts[part]) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and not entry.name.lower().endswith(_UNFINISHED):
                    with suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        if not stat.S_ISDIR(status.st_mode):
                            found.append((status.st_mtime_ns, entry.name))
        return [name for _, name in sorted(found)]

    def look(self, name: str) -> Look | None:
        """How a file in `in` is now; None when it is there no more."""
        try:
            status = self._status(Part.IN, name)
        except FileNotFoundError:
            return None
        return Look(status.st_ino, status.st_size, status.st_mtime_ns)

    def begin(self, name: str) -> str | None:
        """Move a file from `in` to `taking`; its name there, None while one of this name is there, or it went away."""
        fitting = _fitting(name)
        if self._is_in(Part.TAKING, fitting):
            return None
        try:
            self._rename(Part.IN, name, Part.TAKING, fitting)
        except FileNotFoundError:
            return None
        return fitting

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a file in `taking`.

        Raises UnfitFileError for what is no file, is somebody else's, is too large or cannot be read, FileInUseError
        while it is written to.
        """
        try:
            opened = os.open(name, _FILE, dir_fd=self.parts[Part.TAKING])
        except OSError:     # a link, a socket, or closed to us
            raise UnfitFileError("security", "this is no file that can be read here") from None
        with os.fdopen(opened, "rb") as file:
            before = self._fit(os.fstat(opened), limit)
            if _is_written_to(opened):
                raise FileInUseError
            content = file.read(limit + 1)
            after = os.fstat(opened)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
            raise FileInUseError
        return content

    def settle(self, name: str, part: Part, note: bytes, *, source: Part = Part.TAKING) -> None:
        """Move a file to where it stays, its note beside it: the note first, so that no file is there without one."""
        free = self._free_name(part, name, note)
        self._write(part, f"{free}.txt", note)
        self._rename(source, name, part, free)
        if source is Part.WAITING:
            with suppress(FileNotFoundError):
                os.unlink(f"{name}.txt", dir_fd=self.parts[source])

    def note_of(self, name: str) -> bytes:
        """The note beside a file that waits; empty when there is none to read."""
        return self._note(Part.WAITING, name)

    def _note(self, part: Part, name: str) -> bytes:
        try:
            opened = os.open(f"{name}.txt", _FILE, dir_fd=self.parts[part])
        except OSError:
            return b""
        with os.fdopen(opened, "rb") as file:
            return file.read(_MOST_OF_A_NOTE) if stat.S_ISREG(os.fstat(opened).st_mode) else b""

    def _fit(self, status: os.stat_result, limit: int) -> os.stat_result:
        if not stat.S_ISREG(status.st_mode):
            raise UnfitFileError("security", "this is no file")
        if status.st_uid not in self.owners:
            raise UnfitFileError("security", "this file is not of the user whose folder this is")
        if status.st_size > limit:
            raise UnfitFileError("too-long", f"larger than {limit} bytes")
        return status

    def _write(self, part: Part, name: str, content: bytes) -> None:
        """Whole or not at all: written under another name, then renamed. Never through what lies there already."""
        draft = f".{name}"
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=self.parts[part])
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, flags, 0o640, dir_fd=self.parts[part]), "wb") as file:
            file.write(content)
        self._rename(part, draft, part, name)

    def _free_name(self, part: Part, name: str, note: bytes) -> str:
        """A name that is nobody's here, nor its note's: but for this very note, left by a crash before the rename."""
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        free, number = name, 1
        while self._is_in(part, free) or (
            self._is_in(part, f"{free}.txt") and self._note(part, free) != note
        ):
            number += 1
            free = f"{stem}.{number}{ending}"
        return free

    def _status(self, part: Part, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self.parts[part], follow_symlinks=False)

    def _is_in(self, part: Part, name: str) -> bool:
        try:
            self._status(part, name)
        except FileNotFoundError:
            return False
        return True

    def _rename(self, source: Part, name: str, target: Part, new: str) -> None:
        os.rename(name, new, src_dir_fd=self.parts[source], dst_dir_fd=self.parts[target])


def prepare(folder: Path) -> None:
    """Make the parts that are not there yet. Raises InvalidSetting when this can be no folder to watch."""
    try:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode):
            raise _unusable(folder, "is no folder")
        if status.st_mode & stat.S_IWOTH:
            raise _unusable(folder, "may be written to by everybody: take that right away")
        for part in Part:
            made = folder / part
            if not made.exists():
                made.mkdir()
                made.chmod(0o2770)      # the sender's software is of the group of the folder
    except OSError as error:
        raise _unusable(folder, f"cannot be used: {error.strerror}") from None


@contextmanager
def held(folder: Path) -> Iterator[Place | None]:
    """The folder for this process alone; None while another process has it. Raises OSError when it cannot be opened.

    The lock goes with the process, however that ends.
    """
    with ExitStack() as stack:
        whole = _opened(os.fspath(folder), None, stack)
        try:
            fcntl.flock(whole, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        parts = {part: _opened(part.value, whole, stack) for part in Part}
        owners = {os.fstat(whole).st_uid, os.fstat(parts[Part.IN]).st_uid, os.geteuid()}
        yield Place(parts, frozenset(owners))


def _opened(name: str, within: int | None, stack: ExitStack) -> int:
    opened = os.open(name, _FOLDER, dir_fd=within)
    stack.callback(os.close, opened)
    return opened


def _is_written_to(opened: int) -> bool:
    """Does anybody have this file open for writing? The kernel grants a lease for reading only when nobody has.

    Where it grants none to anybody (a network's file system, another user's file), two looks must do.
    """
    try:
        fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(opened, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _fitting(name: str) -> str:
    raw = os.fsencode(name)
    return name if len(raw) <= _LONGEST_NAME else f"{sha256(raw).hexdigest()[:32]}.xml"


def _unusable(folder: Path, why: str) -> InvalidSetting:
    return InvalidSetting(Issue("value", f"the folder {folder} {why}", "partners"))
