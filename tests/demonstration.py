"""One run of `carnet demo` on a folder: the real processes, as a script sees them through `--json`.

For the tests of `flows/` and for `bench/`. Everything it started ends with it, by its number.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import msgspec
import psutil

START_SECONDS = 180
STOP_SECONDS = 60


class Demonstration:
    """`carnet demo` on `folder/home`. `options` go to `subprocess`: another user, another environment."""

    def __init__(self, folder: Path, *, python: Path | str = sys.executable, **options: Any) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.log = folder / "demonstration.log"
        self._described = folder / "demonstration.json"
        self._command = [str(python), "-m", "carnet.roles.cli", "demo", "--json", str(self._described)]
        self._options = {"env": dict(os.environ), **options}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What `--json` says now: addresses, process numbers, data folders, identities."""
        told: dict[str, Any] = msgspec.json.decode(self._described.read_bytes())
        return told

    def pid(self, name: str) -> int | None:
        """The number of a process now, or None while it is being started again."""
        pid: int | None = self.told["pids"].get(name)
        return pid

    def start(self) -> None:
        """Start it and return when everything answers. Raises RuntimeError, with its last words, if it does not."""
        self._described.unlink(missing_ok=True)
        options = {**self._options, "env": {**self._options["env"], "CARNET_HOME": str(self.home)}}
        with self.log.open("ab") as log:
            process = self._process = subprocess.Popen(
                self._command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options)
        try:
            until(lambda: process.poll() is not None or self._described.exists(), within_seconds=START_SECONDS)
        finally:
            if not self._described.exists():
                self.stop()
        if self._process is None:
            raise RuntimeError(f"the demonstration did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def processes(self) -> list[psutil.Process]:
        """The supervisor, and all that it and its children started."""
        if self._process is None or self._process.poll() is not None:
            return []
        supervisor = psutil.Process(self._process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def stop(self) -> int:
        """End it as a system does, with SIGTERM; its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _kill(psutil.Process(process.pid))
            process.wait()
            raise

    def kill_everything(self) -> None:
        """`kill -9`: the supervisor, then at once whatever it and its children had started."""
        processes = self.processes()
        for process in processes:
            _kill(process)
        if self._process is not None:
            self._process.wait()
            self._process = None
        psutil.wait_procs(processes, timeout=STOP_SECONDS)


@contextmanager
def demonstration_folder() -> Iterator[Path]:
    """A folder that goes at the end, and that whoever runs the database servers may enter."""
    # Not pytest's own folder: that one is closed to the user the servers run as when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="carnet-demonstration-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_demonstration(folder: Path) -> Iterator[Demonstration]:
    """Started on this folder, and stopped at the end."""
    demonstration = Demonstration(folder)
    demonstration.start()
    try:
        yield demonstration
    finally:
        demonstration.stop()


def until(holds: Callable[[], bool], *, within_seconds: float) -> None:
    """Look again and again until it holds. Raises TimeoutError."""
    ends_at = monotonic() + within_seconds
    while not holds():
        if monotonic() > ends_at:
            raise TimeoutError(f"not after {within_seconds:.0f} s")
        sleep(0.05)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
