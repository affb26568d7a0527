"""The demonstration with its real processes: it starts, heals, is found again, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import psutil
import pytest

from tests.demonstration import Demonstration, demonstration_folder, running_demonstration, until

PATIENCE = 120


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Demonstration]:
    with demonstration_folder() as folder, running_demonstration(folder) as running:
        yield running


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_killed_host_is_started_again_and_scripts_are_told(demonstration: Demonstration) -> None:
    told = demonstration.told
    assert set(told["pids"]) >= {"supervisor", "portal", "worker", "identity", "alpha", "beta", "reference"}
    assert {host["id"] for host in told["hosts"]} == {"alpha", "beta"}
    addresses = {host["id"]: f"{host['url']}/v1/status" for host in [*told["hosts"], told["reference"]]}
    assert all(map(answers, addresses.values()))
    os.kill(told["pids"]["alpha"], signal.SIGKILL)
    until(lambda: demonstration.pid("alpha") not in (None, told["pids"]["alpha"]), within_seconds=PATIENCE)
    until(lambda: answers(addresses["alpha"]), within_seconds=PATIENCE)
    assert "alpha ended (signal 9)" in demonstration.log.read_text(encoding="utf-8")


def test_a_killed_database_server_is_started_again(demonstration: Demonstration) -> None:
    before = demonstration.pid("postgres-beta")
    assert before is not None
    os.kill(before, signal.SIGKILL)
    until(lambda: demonstration.pid("postgres-beta") not in (None, before), within_seconds=PATIENCE)


def test_what_it_writes_for_scripts_is_for_its_owner_only(demonstration: Demonstration) -> None:
    for file in demonstration.folder.glob("*.json"):
        assert file.stat().st_mode & 0o077 == 0


def test_a_second_demonstration_on_the_same_folder_says_that_one_runs(demonstration: Demonstration) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "carnet.roles.cli", "demo"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CARNET_HOME": str(demonstration.home)},
    )
    assert second.returncode == 2
    assert "already runs" in second.stderr


def test_when_only_the_supervisor_is_killed_all_the_others_end(demonstration: Demonstration) -> None:
    before, (supervisor, *children) = demonstration.told, demonstration.processes()
    supervisor.kill()
    gone, alive = psutil.wait_procs(children, timeout=PATIENCE)
    assert (len(gone) > 0, alive) == (True, [])
    demonstration.kill_everything()
    demonstration.start()
    assert demonstration.told["portal"] == before["portal"]
    assert demonstration.told["reference"]["data"] == before["reference"]["data"]


def test_after_a_kill_of_everything_a_start_finds_everything_again(demonstration: Demonstration) -> None:
    before = demonstration.told
    demonstration.kill_everything()
    demonstration.start()
    assert demonstration.told["databases"] == before["databases"]


def test_asked_to_stop_it_ends_all_of_it_with_success(demonstration: Demonstration) -> None:
    _, *children = demonstration.processes()
    assert demonstration.stop() == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
