"""One node of the portal's database as a machine of its own: an etcd member, Patroni's agent, PostgreSQL.

Started with the files of deploy/patroni/ and nothing else. When root runs the tests they run as `nobody`, from copies
of Patroni's packages that this user can read. Every process is ended by its number.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path
from string import Template
from urllib.error import URLError
from urllib.request import Request, urlopen

import msgspec
import psutil

from carnet.roles.lifeline import tied_to_this_process
from carnet.roles.postgres import end_leftovers, free_port
from carnet.roles.unprivileged import Identity

DEPLOYED = Path(__file__).parents[2] / "deploy" / "patroni"
ADDRESS = "127.0.0.1"
# Debian keeps one of them where only root looks.
PROGRAMS = {name: shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or "" for name in ("etcd", "haproxy")}
_NOBODY = 65534     # Patroni runs programs of PostgreSQL that ask for the name of their user
_PORTS = (12_000, 32_000)     # below those that Linux gives to whoever connects
_PACKAGES = (
    "patroni", "python-etcd", "psycopg", "psycopg-binary", "click", "dnspython", "prettytable", "psutil",
    "python-dateutil", "PyYAML", "typing_extensions", "urllib3", "wcwidth", "ydiff")


class Member(msgspec.Struct, frozen=True):
    """A node as Patroni sees it."""

    name: str
    role: str
    state: str


class View(msgspec.Struct, frozen=True):
    """What one agent says of all nodes."""

    members: tuple[Member, ...]

    @property
    def leader(self) -> str:
        """The primary's name; empty while there is none."""
        return next((each.name for each in self.members if (each.role, each.state) == ("leader", "running")), "")

    @property
    def synchronous(self) -> str:
        """The standby that every commit waits for; empty while there is none."""
        return next((each.name for each in self.members if each.role == "sync_standby"), "")

    @property
    def is_whole(self) -> bool:
        """A primary, its synchronous standby, another standby: all of them at work."""
        standbys = sorted(each.role for each in self.members if each.state == "streaming")
        return bool(self.leader) and standbys == ["replica", "sync_standby"]


class Own(msgspec.Struct, frozen=True):
    """What an agent says of its own node."""

    state: str
    replication_state: str = ""

    @property
    def is_at_work(self) -> bool:
        """A primary that runs, or a standby that follows one."""
        return self.state == "running" and self.replication_state in ("", "streaming")


class Node:
    """One machine: what is killed together."""

    def __init__(self, name: str, folder: Path, identity: Identity) -> None:
        self.name = name
        self.folder = folder
        self.data = folder / "data"
        self.ports = {which: steady_port() for which in ("ETCD", "ETCD_PEER", "REST", "POSTGRES")}
        self._identity = identity
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self, told: Mapping[str, str]) -> None:
        """Write its settings, from the templates that are shipped, and hand its folder over."""
        self.folder.mkdir(mode=0o711, exist_ok=True)
        values = {
            **told, "NODE": self.name, "ADDRESS": ADDRESS, "FOLDER": str(self.folder),
            "POSTGRES_DATA": str(self.data), "ETCD_DATA": str(self.folder / "etcd"),
            **{f"{which}_PORT": str(port) for which, port in self.ports.items()}}
        for name in ("etcd.conf.yml", "patroni.yml"):
            fill(DEPLOYED / name, self.folder / name, values)
        self._identity.take_over(self.folder)

    def start_etcd(self) -> None:
        """The member of etcd starts."""
        self._run("etcd", PROGRAMS["etcd"], "--config-file", self.folder / "etcd.conf.yml")

    def start_agent(self, python: str, packages: Path) -> None:
        """Patroni starts, and PostgreSQL by it."""
        self._run("agent", python, "-m", "patroni", self.folder / "patroni.yml",
                  PYTHONPATH=str(packages), HOME=str(self.folder))

    def kill(self) -> None:
        """The machine is gone: agent, PostgreSQL and etcd at once, `kill -9`."""
        self.kill_server()
        self._processes["etcd"].kill()
        self._processes["etcd"].wait()

    def kill_server(self) -> None:
        """`kill -9` of the agent and of PostgreSQL; etcd lives."""
        self._processes["agent"].kill()
        self.kill_postgres()
        self._processes["agent"].wait()

    def kill_postgres(self) -> None:
        """`kill -9` of the server and all that it started; its agent lives."""
        with suppress(FileNotFoundError, psutil.NoSuchProcess):
            server = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            if server.cwd() == str(self.data):
                _kill(server, *server.children(recursive=True))

    def hold_still(self, *names: str) -> None:
        """SIGSTOP of its agent, or of etcd."""
        for name in names:
            self._processes[name].send_signal(signal.SIGSTOP)

    def go_on(self, *names: str) -> None:
        """What was held still goes on."""
        for name in names:
            self._processes[name].send_signal(signal.SIGCONT)

    def view(self) -> View | None:
        """All nodes as its agent sees them, if it answers."""
        try:
            return msgspec.json.decode(ask(f"{self.rest}/cluster"), type=View)
        except OSError:
            return None

    def is_at_work(self) -> bool:
        """Does its agent say so? What the others say of a machine that is gone is old until its time is over."""
        try:
            return msgspec.json.decode(ask(f"{self.rest}/patroni"), type=Own).is_at_work
        except OSError:
            return False

    @property
    def rest(self) -> str:
        """Where its agent answers."""
        return f"http://{ADDRESS}:{self.ports['REST']}"

    def stop(self) -> None:
        """End all that still runs here."""
        for process in self._processes.values():
            process.kill()      # of one that is held still, too
            process.wait()
        end_leftovers(self.data)

    def last_words(self) -> str:
        """The ends of its logs."""
        logs = (self.folder / f"{name}.log" for name in ("etcd", "agent"))
        return f"{self.name}: " + "\n".join(log.read_text(errors="replace")[-2500:] for log in logs if log.exists())

    def _run(self, name: str, *command: object, **environment: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = run(command, self._identity, log.fileno(), environment, cwd=self.folder)


def run(
    command: tuple[object, ...], identity: Identity, log: int, environment: Mapping[str, str], *, cwd: Path,
) -> subprocess.Popen[bytes]:
    """A process of the drill: as who it must be, and gone when the drill is."""
    return subprocess.Popen(
        [str(each) for each in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=cwd,
        env={**os.environ, **environment}, start_new_session=True,
        preexec_fn=tied_to_this_process(signal.SIGTERM),  # noqa: PLW1509 one system call, nothing else
        **identity.process_options)


def fill(template: Path, file: Path, values: Mapping[str, str]) -> None:
    """A file that is shipped, filled in."""
    file.write_text(Template(template.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")


def ask(url: str, body: bytes | None = None, *, seconds: float = 2) -> bytes:
    """What this address answers within so many seconds. Raises OSError."""
    try:
        with urlopen(Request(url, data=body), timeout=seconds) as answer:
            said: bytes = answer.read()
            return said
    except URLError as error:
        raise OSError(str(error)) from error


def steady_port() -> int:
    """A free port that no outgoing connection is given: a machine that is killed finds its own free when it is back."""
    while True:
        port = random.randrange(*_PORTS)
        if free_port(port) == port:
            return port


def unprivileged() -> Identity:
    """Who the processes of a node run as."""
    return Identity(_NOBODY if os.geteuid() == 0 else None)


def python_for(identity: Identity, packages: Path) -> str:
    """A Python that this user can run Patroni with, from copies of its packages in that folder."""
    for name in _PACKAGES:
        for source, place in _files_of(name):
            target = packages / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    identity.take_over(packages)
    looked_for = f"import sys; sys.path.insert(0, {str(packages)!r}); import patroni, psycopg, psutil, etcd, yaml"
    for python in (sys.executable, "/usr/bin/python3"):
        if identity.runs(python, "-c", looked_for):
            return python
    raise RuntimeError("no Python of this machine can run Patroni as another user than root")


def _files_of(name: str) -> Iterator[tuple[Path, Path]]:
    for file in distribution(name).files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            yield Path(str(file.locate())), Path(*file.parts)


def _kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)
