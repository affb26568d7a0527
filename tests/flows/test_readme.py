"""The tour of the README, typed as it stands: its second terminal, on the running demonstration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.demonstration import Demonstration, until

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "cmp", "curl"))), reason="bash, cmp and curl are not here")

README = Path(__file__).resolve().parents[2] / "README.md"
HOMES = ("alpha", "beta")
# Other stories open Noé's record: here it is Lucia's, which is open already.
OTHER_PATIENT = {"open noe": "open lucia", "112074410900456": "290022A00400327"}
# What was set goes from one block to the next, as in one terminal.
_TYPED = "set -eu; [ ! -e state ] || . ./state\n{block}\ndeclare -p PORTAL TOKEN URL PIDS > state 2>&- || true\n"


def blocks() -> list[str]:
    """What is to be typed in the second terminal, but for entering the environment, which a test is in already."""
    _, _, tour = README.read_text(encoding="utf-8").partition("### In a second terminal")
    for name, other in OTHER_PATIENT.items():
        assert name in tour
        tour = tour.replace(name, other)
    found: list[str] = re.findall(r"^```sh\n(.*?)^```", tour.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    assert found[0].startswith(". .venv/bin/activate\n")
    return [found[0].partition("\n")[2], *found[1:]]


def run(block: str, folder: Path, demonstration: Demonstration) -> subprocess.CompletedProcess[str]:
    """Type it in a terminal that already is in the environment of the project."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", _TYPED.format(block=block)],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PATH": path, "CARNET_HOME": str(demonstration.home)})


def typed(block: str, folder: Path, demonstration: Demonstration) -> str:
    """What a terminal shows for it. Nothing may fail."""
    ran = run(block, folder, demonstration)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def answers(demonstration: Demonstration, host: str) -> bool:
    """True once this host can be called again."""
    address = next(each["url"] for each in demonstration.told["hosts"] if each["id"] == host)
    try:
        with urlopen(f"{address}/v1/status", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_tour_works_as_typed(demonstration: Demonstration, tmp_path: Path) -> None:
    (tmp_path / "demo.json").symlink_to(demonstration.folder / "demonstration.json")
    enter, feed, find, kill, freeze, move, count = blocks()
    typed(enter, tmp_path, demonstration)
    assert "1 kept" in typed(feed, tmp_path, demonstration)
    assert "already there" in typed(feed, tmp_path, demonstration)
    assert "byte for byte" in typed(find, tmp_path, demonstration)

    before = {host: demonstration.pid(host) for host in HOMES}
    assert "still there" in typed(kill, tmp_path, demonstration)
    for host in HOMES:
        until(lambda host=host: demonstration.pid(host) not in (None, before[host]), within_seconds=30)  # type: ignore[misc]
        until(lambda host=host: answers(demonstration, host), within_seconds=30)  # type: ignore[misc]

    assert "still there" in typed(freeze, tmp_path, demonstration)
    # The stories that follow find hosts that are taken for up again.
    more = feed.replace('"Angine."', '"Angine, suite."')
    until(lambda: "1 kept" in run(more, tmp_path, demonstration).stdout, within_seconds=30)
    assert "already there" in typed(feed, tmp_path, demonstration)      # the note is again what it was

    moved = typed(move, tmp_path, demonstration)
    assert ("0 wrong, 0 missing" in moved, "complete" in moved, "still there" in moved) == (True, True, True)

    counted = typed(count, tmp_path, demonstration)
    assert ("programme" in counted, (tmp_path / "history.csv").stat().st_size > 0) == (True, True)
