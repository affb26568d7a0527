"""`carnet demo` on a machine that is not all its own: ports taken, no privilege, killed in the middle of its work.

What it does with its own processes is shown in tests/roles/test_demo.py; here: what people left in it is still there.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

import carnet
from carnet.roles.demo_settings import USUAL_PORTS
from tests.demonstration import Demonstration, demonstration_folder
from tests.flows.doors import addresses, doors_of
from tests.running import another_patient, letter

ORDINARY = "nobody"


def as_ordinary_user(folder: Path) -> dict[str, Any]:
    """What makes a child process an ordinary user's, when root runs the tests; the folder becomes theirs."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(ORDINARY)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def python_for(options: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """A Python that this user can run with our packages, and the environment for it. Skips, saying why, if none."""
    packages = os.pathsep.join((str(Path(carnet.__file__).parents[1]), sysconfig.get_path("purelib")))
    environment = {**os.environ, "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    same = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(same, path="/usr/local/bin:/usr/bin")):
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                [str(python), "-c", "import carnet.roles.cli, asyncpg"], check=True, capture_output=True, cwd="/",
                env=environment, **options)
            return str(python), environment
    pytest.skip(f"neither this Python nor a {same} of the system, with our packages, can be run by {ORDINARY}")


@pytest.fixture
def demonstration() -> Iterator[Demonstration]:
    """An ordinary user's, in a folder of theirs; it ends with the test."""
    with demonstration_folder() as folder:
        options = as_ordinary_user(folder)
        python, environment = python_for(options)
        demonstration = Demonstration(folder, python=python, env=environment, **options)
        try:
            yield demonstration
        finally:
            demonstration.stop()


@pytest.fixture
def usual_ports_taken() -> Iterator[None]:
    """Somebody listens on every usual port, if only this test."""
    with ExitStack() as stack:
        for port in USUAL_PORTS.values():
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                taken.bind(("127.0.0.1", port))
                taken.listen(1)
        yield


async def test_what_an_ordinary_user_left_is_there_after_a_kill_of_everything_and_after_a_stop(
    demonstration: Demonstration, usual_ports_taken: None
) -> None:
    demonstration.start()
    ports = {int(url.rpartition(":")[2]) for url in _addresses_told(demonstration)}
    assert not ports & set(USUAL_PORTS.values())
    assert all(process.uids().effective != 0 for process in demonstration.processes())
    patient = another_patient(900)
    first, second = letter("Avant la coupure.", of=patient), letter("Après la coupure.", of=patient)

    async with doors_of(demonstration, "moreau") as doctor:
        assert (await doctor.open_record(patient)).status == 201
        assert (await doctor.publish(first.content, patient.ins)).status == 201
    demonstration.kill_everything()

    demonstration.start()
    async with doors_of(demonstration, "moreau") as doctor:
        assert (await doctor.publish(second.content, patient.ins)).status == 201
    processes = demonstration.processes()
    assert demonstration.stop() == 0
    assert [process for process in processes if _lives(process)] == []

    demonstration.start()
    async with doors_of(demonstration, "moreau") as doctor:
        found = addresses(await doctor.find(patient.ins))
        assert set(found) == {first.entry.unique_id, second.entry.unique_id}
        for document in (first, second):
            assert (await doctor.get(found[document.entry.unique_id])).body == document.content


def _addresses_told(demonstration: Demonstration) -> list[str]:
    told = demonstration.told
    return [told["portal"], told["reference"]["url"], *(host["url"] for host in told["hosts"])]


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False
