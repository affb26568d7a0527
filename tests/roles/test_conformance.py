"""`carnet host check` and `carnet verify conformance`, as people run them; with a real process that is killed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console

from carnet.errors import HostUnavailable, IntegrityError, InvalidInput, InvalidSetting
from carnet.hosting.conformance.report import read_report
from carnet.roles.conformance import KEY_NAMES, Wished, check_host, checks_told, make_keys, verify_report
from carnet.roles.key_files import make_key, public_key, read_signing_key
from tests.conftest import CreateDatabase
from tests.listening import held_port

_RESTART = '''
"""Kill the host whose number is in a file, start it again, and wait until it answers."""
import os, pathlib, signal, subprocess, sys, time, urllib.error, urllib.request

folder, url = pathlib.Path(sys.argv[1]), sys.argv[2]
number = folder / "host.pid"
if number.exists():
    os.kill(int(number.read_text()), signal.SIGKILL)
log = (folder / "host.log").open("ab")
command = [sys.executable, "-m", "carnet.roles.cli", "host", "--config", str(folder / "host.toml")]
started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
number.write_text(str(started.pid))
for _ in range(600):
    try:
        sys.exit(urllib.request.urlopen(url + "/v1/status", timeout=2).status != 200)
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.05)
    if started.poll() is not None:
        break
sys.exit("the host did not start: " + (folder / "host.log").read_text()[-300:])
'''


@dataclass(frozen=True)
class Place:
    """Where keys are, where the host listens, and the command that starts it again."""

    folder: Path
    url: str

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def restart(self) -> str:
        return f"{sys.executable} {self.folder / 'restart.py'} {self.folder} {self.url}"


@pytest.fixture
def port() -> Iterator[int]:
    """Where the host listens, each time it is started."""
    with held_port() as port:
        yield port


@pytest.fixture
async def place(tmp_path: Path, create_database: CreateDatabase, port: int) -> AsyncIterator[Place]:
    """A place for a real host, which is not started yet; what runs there at the end is killed."""
    place = Place(tmp_path, f"http://127.0.0.1:{port}")
    make_keys(place.keys, _console())
    make_key(tmp_path / "receipt.key", demonstration=False)
    portal, erasure, officer, _ = (public_key(_key(place, name)) for name in KEY_NAMES)
    (tmp_path / "host.toml").write_text(
        f'home = "{tmp_path}"\nhost_id = "alpha"\nhost_port = {port}\nreceipt_key_file = "receipt.key"\n'
        f'host_database_url = "{await create_database("host")}"\nhost_portal_key = "{portal}"\n'
        f'host_erasure_key = "{erasure}"\nhost_officer_key = "{officer}"\nhost_erasures_a_day = 200\n')
    (tmp_path / "restart.py").write_text(_RESTART)
    yield place
    number = tmp_path / "host.pid"
    if number.exists():
        os.kill(int(number.read_text()), signal.SIGKILL)


@pytest.mark.slow
async def test_a_real_host_that_is_killed_while_it_writes_passes(place: Place) -> None:
    file = place.folder / "report"
    _run(place.restart)
    wished = Wished(place.url, place.keys, restart=place.restart, report=file)
    console = _console()
    code = await check_host(wished, console)
    assert code == 0, _said(console)
    report = read_report(file.read_bytes(), _key(place, "kit").public_key().public_bytes_raw())
    assert report.has_passed
    assert {speed.what for speed in report.speeds} == {"puts", "appends", "reads"}
    for name in KEY_NAMES:
        assert _key(place, name).private_bytes_raw() not in file.read_bytes()
    assert verify_report(file, public_key(_key(place, "kit")), console) == 0


def test_keys_are_made_once_and_only_their_public_halves_are_said(tmp_path: Path) -> None:
    first, again = _console(), _console()
    make_keys(tmp_path / "keys", first)
    make_keys(tmp_path / "keys", again)
    assert _said(first) == _said(again)
    for name in KEY_NAMES:
        file = tmp_path / "keys" / f"{name}.key"
        assert file.read_text().strip() not in _said(first)
        assert file.stat().st_mode & 0o077 == 0
        assert public_key(read_signing_key(file, setting="", demonstration=False)) in _said(first)


def test_the_page_says_what_each_check_proves() -> None:
    page = (Path(__file__).parents[2] / "docs" / "hosts" / "conformance.md").read_text(encoding="utf-8")
    assert "".join(f"{line}\n" for line in checks_told()) in page     # `carnet host check --list` prints it


def test_a_report_is_verified_with_the_key_of_the_kit_alone(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys", _console())
    (tmp_path / "report").write_bytes(b"this is no report")
    with pytest.raises(IntegrityError):
        verify_report(tmp_path / "report", "A" * 43, _console())
    with pytest.raises(InvalidSetting):
        verify_report(tmp_path / "report", "no key", _console())


async def test_what_is_asked_wrongly_is_said_at_once(tmp_path: Path) -> None:
    for url, ceiling in (("ftp://host", 200), ("", 200), ("http://host", 0), ("http://host", 500)):
        with pytest.raises(InvalidInput):
            Wished(url, tmp_path, ceiling=ceiling)
    with pytest.raises(InvalidInput, match="no-such-check"):
        Wished("http://host", tmp_path, only=("no-such-check",))
    with pytest.raises(InvalidSetting):
        await check_host(Wished("http://127.0.0.1:9", tmp_path), _console())
    make_keys(tmp_path, _console())
    with held_port() as port, pytest.raises(HostUnavailable):
        await check_host(Wished(f"http://127.0.0.1:{port}", tmp_path), _console())


def _key(place: Place, name: str) -> Ed25519PrivateKey:
    return read_signing_key(place.keys / f"{name}.key", setting="", demonstration=False)


def _console() -> Console:
    """One that keeps what is said."""
    return Console(file=StringIO(), width=200)


def _said(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _run(command: str) -> None:
    subprocess.run(shlex.split(command), check=True)
