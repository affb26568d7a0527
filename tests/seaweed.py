"""A real SeaweedFS on the loopback address: one master, volume servers that keep each object twice, a filer with S3.

Its bucket forces to disk what it answers for. Every process is ended by its number.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from carnet.roles.lifeline import tied_to_this_process
from tests.listening import held_port

BUCKET = "bodies"
START_SECONDS = 90
_WEED = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"


class SeaweedFS:
    """Master, three volume servers with replication 001, filer and S3 under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ports: dict[str, int] = {}
        self._held = ExitStack()

    @property
    def url(self) -> str:
        """The address of its bucket, as a host's settings say it."""
        return f"s3://{BUCKET}?endpoint=http://127.0.0.1:{self._ports['s3']}&region=us-east-1"

    def start(self) -> None:
        """Start all of it and wait until the bucket can be written."""
        master, filer = self._port("master"), self._port("filer")
        self._port("s3")
        self._run("master", "-mdir", self._made("master"), "-port", master, "-port.grpc", self._port("master grpc"),
                  "-ip", "127.0.0.1", "-defaultReplication", "001", "-volumeSizeLimitMB", "64")
        self._wait_for("master", f"http://127.0.0.1:{master}/cluster/status")
        for number in range(3):
            name = f"volume {number}"
            self._run(name, "-dir", self._made(name), "-port", self._port(name), "-port.grpc",
                      self._port(f"{name} grpc"), "-ip", "127.0.0.1", "-max", "100", "-master", self._at("master"))
        for number in range(3):
            self._wait_for(f"volume {number}", f"http://127.0.0.1:{self._ports[f'volume {number}']}/status")
        self._run("filer", "-port", filer, "-port.grpc", self._port("filer grpc"), "-ip", "127.0.0.1",
                  "-master", self._at("master"), "-defaultReplicaPlacement", "001")
        self._wait_for("filer", f"http://127.0.0.1:{filer}/")
        self._run("s3", "-filer", self._at("filer"), "-port", self._ports["s3"], "-port.grpc", self._port("s3 grpc"),
                  "-ip.bind", "127.0.0.1", "-port.iceberg", 0, "-port.lance", 0)
        self._wait_for("s3", f"http://127.0.0.1:{self._ports['s3']}/status")
        self.said = self.shell(
            f"s3.bucket.create -name {BUCKET}",
            f"fs.configure -locationPrefix=/buckets/{BUCKET}/ -fsync -replication=001 -apply")

    def shell(self, *commands: str) -> str:
        """What `weed shell` says to these."""
        done = subprocess.run(
            [_WEED, "shell", "-master", self._at("master"), "-filer", self._at("filer")],
            input="\n".join(["lock", *commands, "unlock", "exit", ""]).encode(), capture_output=True, timeout=60,
            cwd=self._folder, check=True)
        return done.stdout.decode()

    def kill_fullest(self) -> int:
        """End, with no warning, the volume server that holds most bytes, and say how many it held."""
        held = {
            number: sum(file.stat().st_size for file in (self._folder / f"volume-{number}").glob("*.dat"))
            for number in range(3)
        }
        number = max(held, key=lambda each: held[each])
        process = self._processes[f"volume {number}"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return held[number]

    def stop(self) -> None:
        """End all that still runs."""
        for process in reversed(self._processes.values()):
            process.kill()
        for process in self._processes.values():
            process.wait()
        self._held.close()

    def _made(self, name: str) -> Path:
        folder = self._folder / name.replace(" ", "-")
        folder.mkdir()
        return folder

    def _port(self, name: str) -> int:
        self._ports[name] = self._held.enter_context(held_port())
        return self._ports[name]

    def _at(self, name: str) -> str:
        return f"127.0.0.1:{self._ports[name]}.{self._ports[f'{name} grpc']}"

    def _run(self, name: str, *options: object) -> None:
        command = name.partition(" ")[0]
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = subprocess.Popen(
                [_WEED, command, *map(str, options)], cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True, preexec_fn=tied_to_this_process(signal.SIGKILL))  # noqa: PLW1509

    def _wait_for(self, name: str, address: str) -> None:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                with urlopen(address, timeout=2):
                    return
            except (URLError, OSError) as error:
                if self._processes[name].poll() is not None or time.monotonic() > end:
                    last = (self._folder / f"{name}.log").read_text(errors="replace")[-800:]
                    raise RuntimeError(f"{name} of SeaweedFS did not start: {last}") from error
                time.sleep(0.1)


@contextmanager
def running_seaweed(folder: Path) -> Iterator[SeaweedFS]:
    """Start it, end it."""
    seaweed = SeaweedFS(folder)
    try:
        seaweed.start()
        yield seaweed
    finally:
        seaweed.stop()
