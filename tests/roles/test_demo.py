"""The demonstration with its real processes: it starts, heals, is found again, and leaves nothing running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

PATIENCE_SECONDS = 120


class Run:
    """One `carnet demo` on a folder, with the file it writes for scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = folder / "demo.json"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> dict[str, Any]:
        self.told.unlink(missing_ok=True)
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "carnet.roles.cli", "demo", "--json", str(self.told)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "CARNET_HOME": str(self.folder / "home")},
                start_new_session=True,
            )
        self.until(lambda: "Ready in" in self.output or not self.is_running)
        assert self.is_running, self.output
        return self.now

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def now(self) -> dict[str, Any]:
        return dict(json.loads(self.told.read_text(encoding="utf-8")))

    @property
    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, self.output
            time.sleep(0.1)

    def end(self, request: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(request)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    folder = Path(tempfile.mkdtemp(prefix="carnet-demo-"))
    folder.chmod(0o711)
    running = Run(folder)
    yield running
    if running.is_running:
        running.end(signal.SIGTERM)
    shutil.rmtree(folder)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_killed_host_is_started_again_and_scripts_are_told(run: Run) -> None:
    before = run.start()
    assert set(before["pids"]) >= {"supervisor", "portal", "worker", "identity", "alpha", "beta", "reference"}
    assert {host["id"] for host in before["hosts"]} == {"alpha", "beta"}
    assert all(answers(f"{host['url']}/v1/status") for host in [*before["hosts"], before["reference"]])
    assert run.told.stat().st_mode & 0o077 == 0
    os.kill(before["hosts"][0]["pid"], signal.SIGKILL)
    run.until(lambda: run.now["hosts"][0]["pid"] not in (None, before["hosts"][0]["pid"]))
    run.until(lambda: answers(f"{before['hosts'][0]['url']}/v1/status"))
    assert "alpha ended (signal 9)" in run.output


def test_a_killed_database_server_is_started_again(run: Run) -> None:
    before = run.now["pids"]["postgres-beta"]
    os.kill(before, signal.SIGKILL)
    run.until(lambda: run.now["pids"].get("postgres-beta") not in (None, before))


def test_a_second_demonstration_on_the_same_folder_says_that_one_runs(run: Run) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "carnet.roles.cli", "demo"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CARNET_HOME": str(run.folder / "home")},
    )
    assert second.returncode == 2
    assert "already runs" in second.stderr


def test_after_a_kill_of_the_supervisor_nothing_stays_and_a_start_finds_everything_again(run: Run) -> None:
    before, children = run.now, run.children
    run.end(signal.SIGKILL)
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert (len(gone) > 0, alive) == (True, [])
    after = run.start()
    assert (after["portal"], after["reference"]["data"]) == (before["portal"], before["reference"]["data"])


def test_after_a_kill_of_everything_a_start_finds_everything_again(run: Run) -> None:
    before, children = run.now, run.children
    assert run.process is not None
    run.process.kill()
    for child in children:
        if child.is_running():
            child.kill()
    run.process.wait()
    psutil.wait_procs(children, timeout=60)
    assert run.start()["databases"]["portal"] == before["databases"]["portal"]


def test_asked_to_stop_it_ends_all_of_it_with_success(run: Run) -> None:
    children = run.children
    assert run.end(signal.SIGTERM) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
