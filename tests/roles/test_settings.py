"""Settings: read once, all that is wrong is said, and what is unsafe does not start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from carnet.errors import InvalidSetting
from carnet.roles.settings import HostSetting, IssuerSetting, Settings
from carnet.roles.settings_page import describes, page
from carnet.roles.settings_read import read

KEY = "A" * 43
ALPHA = {"id": "alpha", "url": "http://127.0.0.1:8091", "receipt_key": KEY}
REFERENCE = {**ALPHA, "id": "reference", "role": "reference"}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said_of(**environment: str) -> str:
    with pytest.raises(InvalidSetting) as refusal:
        read({f"CARNET_{name}": text for name, text in environment.items()})
    return str(refusal.value)


def test_without_anything_every_setting_has_its_default() -> None:
    assert read({}) == Settings()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "carnet.toml").write_text("portal_port = 8181\nsession_hours = 2\n", encoding="utf-8")
    settings = read({"CARNET_PORTAL_PORT": "8282"})
    assert (settings.portal_port, settings.session_hours) == (8282, 2)


def test_a_list_is_written_as_json_in_the_environment() -> None:
    settings = read({"CARNET_HOSTS": json.dumps([ALPHA, REFERENCE])})
    assert [host.role for host in settings.hosts] == ["home", "reference"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    said = said_of(PORTAL_PORT="eighty", INS_KEY="maybe", SESION_HOURS="2")
    assert "CARNET_PORTAL_PORT" in said
    assert "accepted: a whole number from 1 to 65535" in said
    assert "accepted: refuse or warn" in said
    assert "near: session_hours" in said


@pytest.mark.parametrize(
    ("environment", "what"),
    [
        ({"DEMONSTRATION": "true", "PORTAL_ADDRESS": "0.0.0.0"}, "portal_address"),
        ({"DEMONSTRATION": "true", "HOST_ADDRESS": "192.0.2.1"}, "host_address"),
        ({"PUBLIC_URL": "http://carnet.example"}, "public_url"),
        ({"PORTAL_DATABASE_URL": "postgresql://a/b", "KEYS_DATABASE_URL": "postgresql://a/b"}, "keys_database_url"),
        ({"HOST_DATABASE_URL": "sqlite:///x"}, "host_database_url"),
        ({"HOST_ADDRESS": "localhost"}, "host_address"),
        ({"HOSTS": json.dumps([ALPHA])}, "exactly one host of role reference"),
        ({"HOSTS": json.dumps([ALPHA, REFERENCE, ALPHA])}, "same id"),
        ({"HOSTS": json.dumps([{**ALPHA, "colour": "red"}])}, "colour"),
        ({"STAND_IN_AFTER_MS": "2000"}, "host_budget_ms"),
        ({"CONFIG": "/nowhere/carnet.toml"}, "CARNET_CONFIG"),
    ],
)
def test_what_is_unsafe_or_does_not_go_together_is_refused(environment: dict[str, str], what: str) -> None:
    assert what in said_of(**environment)


def test_a_demonstration_issuer_is_refused_outside_of_a_demonstration() -> None:
    issuer = {"url": "http://127.0.0.1:1", "audience": "a", "client_id": "c", "kind": "patient", "demonstration": True}
    assert "demonstration" in said_of(ISSUERS=json.dumps([issuer]))
    assert read({"CARNET_ISSUERS": json.dumps([issuer]), "CARNET_DEMONSTRATION": "1"}).issuers[0].demonstration


def test_a_wrong_setting_never_repeats_a_password() -> None:
    assert "secret" not in said_of(PORTAL_DATABASE_URL="mysql://carnet:secret@db/portal")


def test_a_process_says_which_settings_it_cannot_do_without() -> None:
    with pytest.raises(InvalidSetting, match=r"host_id.*host_database_url"):
        Settings().require("host_id", "host_database_url")


@pytest.mark.parametrize("kind", [Settings, HostSetting, IssuerSetting])
def test_every_setting_has_its_sentence(kind: type[msgspec.Struct]) -> None:
    hints: dict[str, Any] = get_type_hints(kind, include_extras=True)
    assert [name for name, hint in hints.items() if not describes(hint)] == []


def test_the_page_of_settings_is_that_of_the_code() -> None:
    kept = Path(__file__).resolve().parents[2] / "docs" / "operators" / "settings.md"
    assert kept.read_text(encoding="utf-8") == page(), "run: carnet settings > docs/operators/settings.md"
