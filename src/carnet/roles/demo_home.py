"""The folder of a demonstration: who holds it, which ports it had, and what a former life left running.

May import: errors.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psutil

from carnet.errors import Unavailable


class DemoHome:
    """One folder, held by one demonstration at a time: the lock ends with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        # Entered by others when root runs this, for the database servers run as someone else; listed by nobody.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.folder.mkdir(mode=mode, parents=True, exist_ok=True)
            self.folder.chmod(mode)
            for name in ("keys", "settings", "logs"):  # The databases have a folder that their servers may enter.
                (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise Unavailable(f"{self.folder} belongs to someone else: set CARNET_HOME to another folder") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise Unavailable(f"a demonstration already runs on {self.folder}: stop it, or set CARNET_HOME") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def path(self, *parts: str) -> Path:
        """A file or folder of it."""
        return self.folder.joinpath(*parts)

    def end_leftovers(self, *, within_seconds: float = 10) -> int:
        """End processes of a killed demonstration that have not noticed yet. Their mark is a file of our settings."""
        mark = str(self.path("settings")) + os.sep
        left = [process for process in psutil.process_iter() if mark in " ".join(_command_of(process))]
        for process in left:
            _end(process, kill=False)
        _, deaf = psutil.wait_procs(left, timeout=within_seconds)
        for process in deaf:
            _end(process, kill=True)
        psutil.wait_procs(deaf, timeout=within_seconds)
        return len(left)


class Ports:
    """Loopback ports by name: those of last time if still free, else the usual ones, else any.

    Each is held open until just before its process takes it, so that two demonstrations starting at once differ.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: dict[str, socket.socket] = {}
        self.numbers: dict[str, int] = {}

    def take(self, usual: dict[str, int]) -> None:
        """Choose a port for each name, and remember the choice."""
        before = msgspec.json.decode(self._file.read_bytes(), type=dict[str, int]) if self._file.exists() else {}
        for name, port in usual.items():
            held = _listen_on((before.get(name, port), port, 0))
            self._held[name] = held
            self.numbers[name] = held.getsockname()[1]
        self._file.write_bytes(msgspec.json.encode(self.numbers))

    def release(self, *names: str) -> None:
        """Let the processes that are about to start have them."""
        for name in names:
            self._held.pop(name).close()


def _listen_on(wanted: Iterable[int]) -> socket.socket:
    for port in wanted:
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind(("127.0.0.1", port))
            held.listen(1)
        except OSError:
            held.close()
            continue
        return held
    raise Unavailable("no free port on the loopback address")


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline()) if process.pid != os.getpid() else []
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return []


def _end(process: psutil.Process, *, kill: bool) -> None:
    try:
        (process.kill if kill else process.terminate)()
    except psutil.NoSuchProcess:
        return
