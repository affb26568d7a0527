"""The command line says what it refuses in a line, and never with a traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from carnet.roles.cli import main
from carnet.roles.demo_people import IDENTITIES
from carnet.roles.key_files import make_key
from carnet.roles.settings_page import page
from tests.conftest import CreateDatabase

Carnet = Callable[..., tuple[int, str, str]]


@pytest.fixture
def carnet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Carnet:
    """Run `carnet` with these arguments in an empty folder: its exit code, and what it said on both channels."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["carnet", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_help_names_every_command(carnet: Carnet) -> None:
    code, out, _ = carnet("--help")
    assert code == 0
    for command in ("demo", "portal", "worker", "host", "token", "migrate", "record", "submit", "settings", "doctor"):
        assert command in out


def test_the_page_of_settings_is_printed(carnet: Carnet) -> None:
    assert carnet("settings") == (0, page(), "")


def test_a_wrong_setting_is_said_with_what_is_accepted(carnet: Carnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARNET_PORTAL_PORT", "eighty")
    code, out, err = carnet("portal")
    assert (code, out) == (2, "")
    assert "CARNET_PORTAL_PORT" in err
    assert "a whole number from 1 to 65535" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("process", ["portal", "worker", "host"])
def test_a_process_without_its_settings_says_all_that_it_lacks(carnet: Carnet, process: str) -> None:
    code, _, err = carnet(process)
    assert code == 2
    assert err.count("is needed by this process") >= 1


def test_a_token_for_nobody_names_those_there_are(carnet: Carnet) -> None:
    code, _, err = carnet("token", "nobody")
    assert code == 2
    assert all(person.login in err for person in IDENTITIES)


def test_a_token_outside_of_a_demonstration_is_refused(carnet: Carnet) -> None:
    code, _, err = carnet("token", "moreau")
    assert (code, "carnet demo" in err) == (2, True)


def test_a_file_that_is_not_there_is_not_submitted(carnet: Carnet) -> None:
    code, _, err = carnet("submit", "nowhere.xml")
    assert (code, "nowhere.xml" in err) == (2, True)


def test_a_patient_written_wrong_is_refused_before_anything_is_sent(carnet: Carnet, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7")
    code, _, err = carnet("submit", "letter.pdf", "--patient", "12")
    assert (code, "INS^^^&OID&ISO^NH" in err) == (2, True)


def test_migrations_of_an_unknown_database_are_refused(carnet: Carnet) -> None:
    code, _, err = carnet("migrate", "--database", "elsewhere")
    assert (code, "accepted: portal, keys, host" in err) == (2, True)


async def test_migrations_run_once_and_say_so(
    carnet: Carnet, create_database: CreateDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setenv("CARNET_HOST_DATABASE_URL", await create_database("empty"))
    code, out, _ = await asyncio.to_thread(carnet, "migrate")
    assert (code, "host: 0001.before" in out) == (0, True)
    assert (await asyncio.to_thread(carnet, "migrate"))[1] == "host: nothing to do\n"


def test_the_doctor_says_what_is_wrong_and_what_to_do(
    carnet: Carnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("platform", "portal"):
        make_key(tmp_path / ".carnet" / "keys" / f"{name}.key", demonstration=True)
    (tmp_path / ".carnet" / "keys" / "platform.key").chmod(0o644)
    host = {"url": "http://127.0.0.1:1", "receipt_key": "A" * 43}
    hosts = [{**host, "id": "alpha"}, {**host, "id": "reference", "role": "reference"}]
    monkeypatch.setenv("CARNET_DEMONSTRATION", "true")
    monkeypatch.setenv("CARNET_HOSTS", json.dumps(hosts))
    monkeypatch.setenv("CARNET_PORTAL_DATABASE_URL", "postgresql://carnet:secret@127.0.0.1:1/portal")
    code, out, _ = carnet("doctor")
    assert code == 1
    assert "open to others" in out
    assert "well  portal_key_file" in out
    assert "cannot be read" in out
    assert "host alpha" in out
    assert "wrong portal database" in out
    assert "secret" not in out
