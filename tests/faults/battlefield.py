"""The real processes of a demonstration, with a network of ours between portal and hosts, and the means to break them.

Portal, worker, identity provider, three hosts, a PostgreSQL server each. While the supervisor is held still, nothing is
started again: files can be changed under a server that is stopped, or a host be run with another clock.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import psutil

from tests.demonstration import Demonstration
from tests.faults.proxy import Proxy, proxies
from tests.flows.load import eventually

HOSTS = ("alpha", "beta", "reference")
DISK_BYTES = 420 * 2**20
_HEAL_SECONDS = 90


class Battlefield:
    """What can be broken, by name."""

    def __init__(self, demonstration: Demonstration, network: dict[str, Proxy]) -> None:
        self.demonstration = demonstration
        self.network = network
        self.disk: Path | None = None       # a file system of its own, of which one host's database is all
        self.copy_of_alpha: Path | None = None

    def host(self, name: str) -> dict[str, Any]:
        """What the demonstration tells of a host."""
        told = self.demonstration.told
        found: dict[str, Any] = next(each for each in (*told["hosts"], told["reference"]) if each["id"] == name)
        return found

    def settings(self, process: str) -> Path:
        """The settings file of a process, which it reads when it starts."""
        return Path(self.demonstration.told["settings"]).with_name(f"{process}.toml")

    async def kill(self, *names: str) -> None:
        """`kill -9`, until what is started in their place answers."""
        pids = {name: self.demonstration.pid(name) for name in names}
        for pid in pids.values():
            if pid is not None:
                os.kill(pid, signal.SIGKILL)
        for name in names:
            await self.is_up_again(name, pids[name])

    async def is_up_again(self, name: str, former: int | None) -> None:
        """Wait until another process of this name answers."""
        await eventually(lambda: self.demonstration.pid(name) not in (former, None), within_seconds=_HEAL_SECONDS)
        await eventually(lambda: self.answers(name), within_seconds=_HEAL_SECONDS)

    async def is_whole(self) -> None:
        """Wait until every host is taken for up again."""
        await eventually(lambda: not self._down(), within_seconds=_HEAL_SECONDS)

    def answers(self, name: str) -> bool:
        """Does this process answer, or take connections?"""
        told = self.demonstration.told
        if name.startswith("postgres-"):
            which = name.removeprefix("postgres-")
            address = urlsplit(told["databases"].get(which) or self.host(which)["database"])
            with suppress(OSError), socket.create_connection((address.hostname, address.port), timeout=1):
                return True
            return False
        urls = {host: f"{self.host(host)['url']}/v1/status" for host in HOSTS}
        urls["portal"] = f"{told['portal']}/healthz"
        return name not in urls or _got(urls[name]) is not None

    @asynccontextmanager
    async def held_still(self, *names: str) -> AsyncIterator[None]:
        """SIGSTOP while the block lasts: connections are taken, and nothing is answered."""
        processes = [psutil.Process(self.demonstration.told["pids"][name]) for name in names]
        try:
            for process in processes:
                process.suspend()
            yield
        finally:
            for process in processes:
                process.resume()

    @asynccontextmanager
    async def unsupervised(self, *stopped: str, until_well: bool = True) -> AsyncIterator[None]:
        """While the block lasts these are stopped, and nothing is started again; after it they are, well or not."""
        pids = {name: self.demonstration.pid(name) for name in stopped}
        async with self.held_still("supervisor"):
            for name, pid in pids.items():
                if pid is not None:
                    await _stopped(pid, signal.SIGINT if name.startswith("postgres-") else signal.SIGKILL)
            yield
        for name, pid in pids.items() if until_well else ():
            await self.is_up_again(name, pid)

    @asynccontextmanager
    async def with_settings(self, host: str, line: str) -> AsyncIterator[None]:
        """While the block lasts this host runs with one more setting."""
        file = self.settings(host)
        before = file.read_text(encoding="utf-8")
        try:
            file.write_text(f"{line}\n{before}", encoding="utf-8")
            await self.kill(host)
            yield
        finally:
            file.write_text(before, encoding="utf-8")
            await self.kill(host)

    @asynccontextmanager
    async def at_another_time(self, host: str, shift: str) -> AsyncIterator[None]:
        """While the block lasts this host's program runs with its clock moved, as `faketime` writes it: `+2h`."""
        config = self.settings(host)
        async with self.unsupervised(host):
            command = [
                "faketime", "-f", shift, sys.executable, "-m", "carnet.roles.cli", "host", "--config", str(config)]
            environment = {**os.environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            with self.demonstration.log.open("ab") as log:
                strange = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                await eventually(lambda: self.answers(host), within_seconds=_HEAL_SECONDS)
                yield
            finally:
                for process in (*psutil.Process(strange.pid).children(recursive=True), strange):
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                strange.wait()

    async def in_database(self, host: str, *statements: str) -> list[Any]:
        """Have a host's own database do this; the rows of the last statement."""
        connection = await asyncpg.connect(self.host(host)["database"])
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = list(await connection.fetch(statement))
            return rows
        finally:
            await connection.close()

    async def take_copy(self, host: str) -> Path:
        """Stop the server of a host and copy its data folder, as a cold backup does."""
        data = Path(self.host(host)["data"])
        copy = data.with_name("data.copy")
        async with self.unsupervised(f"postgres-{host}"):
            await _ran("cp", "-a", str(data), str(copy))
        return copy

    async def restore_copy(self, host: str, copy: Path) -> None:
        """The host begins again on an old data folder; its program is started again, as operators would."""
        data = Path(self.host(host)["data"])
        async with self.unsupervised(f"postgres-{host}", host):
            await asyncio.to_thread(shutil.rmtree, data)
            await _ran("cp", "-a", str(copy), str(data))
        await asyncio.to_thread(shutil.rmtree, copy)

    def _down(self) -> bool:
        answer = _got(f"{self.demonstration.told['portal']}/healthz")
        return answer is None or bool(msgspec.json.decode(answer)["hosts_down"])

    async def put_network_between(self) -> None:
        """The portal and the worker are started again with the proxies' addresses for hosts."""
        file = self.settings("portal")
        written = file.read_text(encoding="utf-8")
        for name, proxy in self.network.items():
            written = re.sub(re.escape(json_of(self.host(name)["url"])), json_of(proxy.url), written)
        # Hosts prove what they hold as often as may be asked: what nobody reads is looked at too, within minutes.
        file.write_text(f"challenges_per_hour = 3600\n{written}", encoding="utf-8")
        await self.kill("portal", "worker")


def json_of(text: str) -> str:
    """As the settings write it."""
    return f'"{text}"'


@asynccontextmanager
async def battlefield(demonstration: Demonstration, *, disk: Path | None = None) -> AsyncIterator[Battlefield]:
    """A demonstration that runs, its network in our hands while the block lasts."""
    told = demonstration.told
    ports = {host["id"]: urlsplit(host["url"]).port or 0 for host in (*told["hosts"], told["reference"])}
    async with proxies(ports) as network:
        field = Battlefield(demonstration, network)
        field.disk = disk
        before = field.settings("portal").read_text(encoding="utf-8")
        try:
            await field.put_network_between()
            await field.is_whole()
            yield field
        finally:
            field.settings("portal").write_text(before, encoding="utf-8")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A small file system of its own there, while the block lasts; None for who may not mount."""
    folder.mkdir(parents=True)
    options = f"size={DISK_BYTES},mode=0711"
    mounted = shutil.which("mount") is not None and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def _stopped(pid: int, how: signal.Signals) -> None:
    process = psutil.Process(pid)
    process.send_signal(how)
    await eventually(lambda: not _is_alive(process), within_seconds=_HEAL_SECONDS)


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


async def _ran(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise RuntimeError(f"{command[0]} failed")


def _got(url: str) -> bytes | None:
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=1)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else None
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()
