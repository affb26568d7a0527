"""The embedded database server: it starts, survives, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from carnet.roles import postgres, unprivileged
from carnet.roles.postgres import Postgres, free_port
from tests.listening import held_port

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops its privileges")


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="carnet-postgres-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path) -> Iterator[Postgres]:
    server = Postgres(home / "cluster")
    server.start()
    yield server
    server.stop()


async def ask(server: Postgres, question: str) -> object:
    connection = await asyncpg.connect(server.url())
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_commits_are_durable_and_pages_are_checked(server: Postgres) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await ask(server, f"SHOW {setting}") == "on"


async def test_a_caller_without_the_password_is_refused(server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url().replace(":", ":wrong", 2).replace(":wrong", ":", 1))


async def test_a_killed_server_keeps_what_it_committed(server: Postgres) -> None:
    connection = await asyncpg.connect(server.url())
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    await connection.close()
    assert server.process is not None
    server.process.kill()
    server.start()
    assert await ask(server, "SELECT value FROM kept") == 42


async def test_another_port_is_taken_when_the_usual_one_is_not_free(home: Path, server: Postgres) -> None:
    second = Postgres(home / "second", port=server.port)
    second.start()
    try:
        assert second.port != server.port
        assert await ask(second, "SELECT 1") == 1
    finally:
        second.stop()


async def test_a_lock_file_that_names_a_living_stranger_does_not_stop_the_start(server: Postgres) -> None:
    server.stop()
    lock = server.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.data}\n", encoding="utf-8")
    server.start()
    assert await ask(server, "SELECT 1") == 1


async def test_the_server_ends_with_the_process_that_started_it(home: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from carnet.roles.postgres import Postgres\n"
        "server = Postgres(Path(sys.argv[1])); server.start(); print(server.process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, home / "cluster"], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    postmaster = psutil.Process(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    gone, _ = psutil.wait_procs([postmaster], timeout=20)
    assert gone
    again = Postgres(home / "cluster")
    again.start()
    assert await ask(again, "SELECT 1") == 1
    again.stop()


@as_root
async def test_root_never_runs_the_server_and_opens_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(unprivileged, "STATE", home / "state")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(closed / "cluster")
    server.start()
    try:
        assert server.process is not None
        assert psutil.Process(server.process.pid).uids().effective == unprivileged.SERVER_UID
        assert closed.stat().st_mode & 0o777 == 0o700
        assert server.data.is_relative_to(home / "state")
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()
    again = Postgres(closed / "cluster")
    again.start()
    assert again.data == server.data
    again.stop()


@as_root
def test_programs_out_of_reach_are_copied_where_the_server_can_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(unprivileged, "STATE", home)
    installed = tmp_path / "installed"
    installed.mkdir(mode=0o700)
    for folder in ("package", "package.libs"):
        (installed / folder).mkdir(mode=0o700)
    shutil.copy("/bin/true", installed / "package" / "probe")
    server = unprivileged.Identity(unprivileged.SERVER_UID)
    found = [
        unprivileged.reachable_programs(
            installed, ("package", "package.libs"), probes=("package/probe",), identity=server
        )
        for _ in range(2)
    ]
    assert found[0] == found[1] != installed
    assert server.runs(found[0] / "package" / "probe")
    assert (found[0] / "package.libs").is_dir()


@as_root
async def test_a_server_runs_from_programs_that_lie_under_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(unprivileged, "STATE", home / "state")
    closed = tmp_path / "site"
    for folder in postgres._FOLDERS:
        shutil.copytree(postgres._site() / folder, closed / folder, symlinks=True)
    tmp_path.chmod(0o700)
    monkeypatch.setattr(postgres, "_site", lambda: closed)
    server = Postgres(home / "cluster")
    server.start()
    try:
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_free_port_is_the_preferred_one_when_nobody_listens() -> None:
    with held_port() as port:
        assert free_port(port) == port
