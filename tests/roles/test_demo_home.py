"""The folder of a demonstration is held by one at a time, and remembers its ports."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from carnet.errors import Unavailable
from carnet.roles.demo_home import DemoHome, Ports


def test_a_second_demonstration_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with DemoHome(tmp_path / "home"), pytest.raises(Unavailable, match="already runs"):
        DemoHome(tmp_path / "home").__enter__()
    with DemoHome(tmp_path / "home"):
        pass


def test_keys_and_settings_are_closed_to_others(tmp_path: Path) -> None:
    with DemoHome(tmp_path / "home") as home:
        for name in ("keys", "settings", "logs"):
            assert home.path(name).stat().st_mode & 0o077 == 0
        assert home.folder.stat().st_mode & 0o066 == 0


def test_what_a_killed_demonstration_left_running_is_ended(tmp_path: Path) -> None:
    with DemoHome(tmp_path / "home") as home:
        mark = str(home.path("settings", "portal.toml"))
        orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", mark])
        assert home.end_leftovers() == 1
        orphan.wait(10)
        assert home.end_leftovers() == 0


def test_ports_are_found_again_and_two_demonstrations_differ(tmp_path: Path) -> None:
    first, second = Ports(tmp_path / "first.json"), Ports(tmp_path / "second.json")
    first.take({"portal": 0, "alpha": 0})
    second.take({"portal": first.numbers["portal"]})
    assert second.numbers["portal"] != first.numbers["portal"]
    first.release("portal", "alpha")
    again = Ports(tmp_path / "first.json")
    again.take({"portal": 0, "alpha": 0})
    assert again.numbers == first.numbers
    again.release("portal", "alpha")
    second.release("portal")


def test_a_port_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        ports.take({"portal": other.getsockname()[1]})
        assert ports.numbers["portal"] != other.getsockname()[1]
        ports.release("portal")
