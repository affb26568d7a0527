"""Three nodes on the loopback address, and the HAProxy through which the portal finds their primary.

The first node takes over the data folder of a server that was stopped, as an operator does who had one server before.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from tests.failover.nodes import (
    ADDRESS,
    DEPLOYED,
    PROGRAMS,
    Node,
    View,
    ask,
    fill,
    python_for,
    run,
    steady_port,
    unprivileged,
)
from tests.flows.load import eventually

REPLICATOR = "replicator"
WHOLE_SECONDS = 120.0
_NAMES = ("a", "b", "c")


@dataclass(frozen=True)
class Server:
    """The single server that there was: where its data and its programs are, and who its owner is."""

    data: Path
    programs: Path
    user: str
    password: str


class Cluster:
    """The portal's database on three nodes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._identity = unprivileged()
        self._nodes = {name: Node(name, folder / name, self._identity) for name in _NAMES}
        self._packages = folder / "packages"
        self._python = ""
        self._haproxy: subprocess.Popen[bytes] | None = None
        self._replicator_password = secrets.token_urlsafe(18)
        self.port = steady_port()

    async def admit(self, connection: asyncpg.Connection) -> None:
        """Make the role that standbys come with, while the single server still runs."""
        await connection.execute(
            f"create role {REPLICATOR} with replication login password '{self._replicator_password}'")

    async def take_over(self, server: Server) -> None:
        """Start all nodes on a copy of what the single server kept, and wait until all of them are at work."""
        self._python = python_for(self._identity, self._packages)
        told = self._told(server)
        first, *others = self._nodes.values()
        first.folder.mkdir(mode=0o711)
        await asyncio.to_thread(shutil.copytree, server.data, first.data)
        for node in self._nodes.values():
            node.prepare(told)
            node.start_etcd()
        # The others only once it leads: an agent with an empty folder, alone in an empty etcd, makes a new database.
        self.start_server(first.name)
        await self._until(lambda: self.view().leader == first.name)
        for node in others:
            self.start_server(node.name)
        self._start_haproxy()
        await self.whole()

    def switch_on(self, name: str) -> None:
        """A machine that was killed starts again."""
        self._nodes[name].start_etcd()
        self.start_server(name)

    def start_server(self, name: str) -> None:
        """Patroni starts there, and PostgreSQL by it."""
        self._nodes[name].start_agent(self._python, self._packages)

    def node(self, name: str) -> Node:
        """One machine."""
        return self._nodes[name]

    def view(self, *, without: str = "") -> View:
        """The nodes as the first agent that answers sees them."""
        seen = (node.view() for name, node in self._nodes.items() if name != without)
        return next((view for view in seen if view is not None), View(()))

    async def whole(self) -> View:
        """Wait until nothing lacks in Patroni's own view: for PostgreSQL a standby is synchronous before that."""
        await self._until(lambda: self.view().is_whole and all(node.is_at_work() for node in self._nodes.values()))
        return self.view()

    async def led_by_another(self, former: str, *, within_seconds: float = 90.0) -> None:
        """Wait until another node is the primary."""
        await eventually(lambda: self.view(without=former).leader not in ("", former), within_seconds=within_seconds)

    def switch_over(self) -> None:
        """A planned change of the primary: to the synchronous standby."""
        view = self.view()
        order = {"leader": view.leader, "candidate": view.synchronous}
        ask(f"{self._nodes[view.leader].rest}/switchover", msgspec.json.encode(order), seconds=WHOLE_SECONDS)

    def every(self) -> list[Node]:
        """All machines."""
        return list(self._nodes.values())

    def stop(self) -> None:
        """End everything."""
        for node in self._nodes.values():
            node.stop()
        if self._haproxy is not None:
            self._haproxy.kill()
            self._haproxy.wait()

    async def _until(self, holds: Callable[[], bool]) -> None:
        try:
            await eventually(holds, within_seconds=WHOLE_SECONDS)
        except TimeoutError as error:
            raise RuntimeError("\n\n".join(each.last_words() for each in self._nodes.values())) from error

    def _told(self, server: Server) -> dict[str, str]:
        nodes = self._nodes.values()
        return {
            "ETCD_SCHEME": "http", "WATCHDOG": "off", "NETWORK": f"{ADDRESS}/32", "SOCKETS": "",
            "ETCD_HOSTS": ", ".join(f"{ADDRESS}:{node.ports['ETCD']}" for node in nodes),
            "ETCD_PEERS": ",".join(f"{node.name}=http://{ADDRESS}:{node.ports['ETCD_PEER']}" for node in nodes),
            "POSTGRES_PROGRAMS": str(server.programs), "SUPERUSER": server.user, "SUPERUSER_PASSWORD": server.password,
            "REPLICATOR": REPLICATOR, "REPLICATOR_PASSWORD": self._replicator_password}

    def _start_haproxy(self) -> None:
        values = {"DATABASE_PORT": str(self.port)}
        for name, node in self._nodes.items():
            values[f"POSTGRES_{name.upper()}"] = f"{ADDRESS}:{node.ports['POSTGRES']}"
            values[f"REST_{name.upper()}"] = str(node.ports["REST"])
        file = self._folder / "haproxy.cfg"
        fill(DEPLOYED / "haproxy.cfg", file, values)
        with (self._folder / "haproxy.log").open("ab") as log:
            self._haproxy = run(
                (PROGRAMS["haproxy"], "-db", "-f", file), self._identity, log.fileno(), {}, cwd=self._folder)


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    """A cluster that is ended, whatever became of it."""
    folder.mkdir(mode=0o711)
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.stop()
