"""What deploy/ holds would run: settings exist, commands parse, units are sound, services know each other."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
import typer.main
import yaml  # type: ignore[import-untyped]

from carnet.errors import InvalidSetting
from carnet.roles.cli import app
from carnet.roles.demo_settings import HOSTS, USUAL_PORTS
from carnet.roles.key_files import make_key
from carnet.roles.settings import Settings
from carnet.roles.settings_read import PREFIX, read

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SETTINGS = sorted((DEPLOY / "settings").glob("*.env"))
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
CARNET = "/opt/carnet/.venv/bin/carnet"
NAMES = {field.name for field in msgspec.structs.fields(Settings)} | {"config"}
READ_FROM = {
    "carnet-portal@": ("portal",), "carnet-worker@": ("portal", "worker"), "carnet-host": ("host", "reference"),
    "carnet-keys-backup": ("portal",), "carnet-feed-": ("portal", "worker")}
HARDENING = (
    "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "CapabilityBoundingSet",
    "RestrictAddressFamilies", "SystemCallFilter", "MemoryDenyWriteExecute", "LimitCORE")

each_service = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
each_file = pytest.mark.parametrize("file", SETTINGS, ids=lambda file: file.stem)


def settings_in(file: Path) -> dict[str, str]:
    """What a settings file gives to a process, read as a shell and systemd do."""
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def said_in(unit: Path) -> dict[str, list[str]]:
    """The lines of a unit by key: several of a key are usual."""
    said: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            said.setdefault(key, []).append(value)
    return said


def environment_of(unit: Path) -> dict[str, str]:
    """What a unit itself puts into the environment."""
    return dict(each.split("=", 1) for each in said_in(unit).get("Environment", ()))


def parses(words: Sequence[str]) -> bool:
    """Is this a command of ours, with options that it has?"""
    root: Any = typer.main.get_command(app)
    command, left = root, list(words)
    while left and (found := getattr(command, "commands", {}).get(left[0])):
        command, left = found, left[1:]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts) if name.startswith("-")}
    given = {each.split("=")[0] for each in left if each.startswith("-")}
    takes_words = any(each.param_type_name == "argument" for each in command.params)
    has_words = bool(left) and not left[0].startswith("-")
    return command is not root and given <= options | {"--help"} and (takes_words or not has_words)


def commands_of(unit: Path) -> Iterator[list[str]]:
    """What follows `carnet` in the lines that start something."""
    for line in said_in(unit).get("ExecStart", ()):
        words = shlex.split(line.replace("%i", "portal"))
        yield words[words.index(CARNET) + 1:]


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert parses(["keys", "backup", "/folder"])
    assert parses(["migrate", "--only-before"])
    for wrong in (["portals"], ["keys", "backups"], ["migrate", "--only-after"], ["worker", "now"], []):
        assert not parses(wrong), wrong


@each_file
def test_every_line_of_the_settings_is_a_setting_that_is_explained(file: Path) -> None:
    given = settings_in(file)
    assert {name.removeprefix(PREFIX).lower() for name in given} <= NAMES
    text = file.read_text(encoding="utf-8")
    told = {name for line in re.findall(r"^#.*$", text, re.MULTILINE) for name in re.findall(r"`(?:\[\[)?(\w+)", line)}
    assert {name.removeprefix(PREFIX).lower() for name in given} <= told


@each_file
def test_the_settings_are_taken_as_they_stand(file: Path) -> None:
    assert not read(settings_in(file)).demonstration


@pytest.mark.parametrize(("file", "needed"), [
    ("portal", ("portal_database_url", "keys_database_url", "hosts", "issuers")),
    ("portal", ("partners",)), ("worker", ("portal_database_url", "keys_database_url", "hosts", "partners")),
    ("host", ("host_id", "host_database_url", "host_portal_key", "host_erasure_key")),
    ("reference", ("host_id", "host_database_url", "host_portal_key", "host_erasure_key")),
])
def test_the_settings_of_a_role_are_all_that_it_needs(file: str, needed: Sequence[str]) -> None:
    given = settings_in(DEPLOY / "settings" / f"{file}.env")
    read(given).require(*needed)
    for name in needed:
        without = {each: value for each, value in given.items() if each != f"{PREFIX}{name.upper()}"}
        with pytest.raises(InvalidSetting):
            read(without).require(*needed)


@each_service
def test_a_unit_starts_commands_that_exist_with_settings_that_exist(unit: Path) -> None:
    started = list(commands_of(unit))
    assert started
    assert [words for words in started if not parses(words)] == []
    assert {name.removeprefix(PREFIX).lower() for name in environment_of(unit)} <= NAMES


@pytest.mark.parametrize(("unit", "file"), [
    (unit, DEPLOY / "settings" / f"{file}.env") for unit in SERVICES
    for start, files in READ_FROM.items() for file in files if unit.name.startswith(start)
], ids=lambda path: path.stem)
def test_no_settings_file_undoes_what_a_unit_says(unit: Path, file: Path) -> None:
    assert environment_of(unit)
    assert set(environment_of(unit)).isdisjoint(settings_in(file))


def test_every_feed_that_runs_has_a_unit() -> None:
    started = {words[1] for unit in SERVICES for words in commands_of(unit) if words[0] == "feed"}
    assert started == {"hl7", "mail", "folder"}


def test_what_partners_are_told_apart_by_is_the_same_wherever_they_are_read() -> None:
    portal, worker = (settings_in(DEPLOY / "settings" / f"{name}.env") for name in ("portal", "worker"))
    for name in ("PARTNERS", "MAIL_MAILBOX", "MAIL_PATIENT_DOMAIN", "HOSTS"):
        assert portal[f"{PREFIX}{name}"] == worker[f"{PREFIX}{name}"], name


@each_service
def test_a_unit_reads_as_credentials_what_it_is_told_is_one(unit: Path) -> None:
    loaded = {each.split(":")[0] for each in said_in(unit).get("LoadCredential", ())}
    told = {value.removeprefix("%d/") for value in environment_of(unit).values() if value.startswith("%d/")}
    assert loaded == told


@each_service
def test_a_unit_is_hardened_and_ends_as_our_programs_do(unit: Path) -> None:
    said = said_in(unit)
    assert [key for key in HARDENING if key not in said] == []
    assert said["ProtectSystem"] == ["strict"]
    assert said["User"] in (["carnet"], ["postgres"])
    if said["Type"] == ["exec"]:
        assert said["KillSignal"] == ["SIGTERM"]
        assert said["Restart"] == ["always"]
        assert int(said["TimeoutStopSec"][0].removesuffix("s")) >= 20     # as the supervisor of the demonstration waits


def test_every_timer_has_its_service_and_every_backup_its_timer() -> None:
    timers = {unit.stem for unit in UNITS if unit.suffix == ".timer"}
    assert timers == {unit.stem for unit in SERVICES if said_in(unit)["Type"] == ["oneshot"]}
    for timer in (unit for unit in UNITS if unit.suffix == ".timer"):
        assert {"OnCalendar", "Persistent", "WantedBy"} <= set(said_in(timer))


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here: units were only read by us")
    copies = []
    for unit in UNITS:
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(unit.read_text(encoding="utf-8").replace(CARNET, "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)], check=False, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "carnet" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", ["haproxy.cfg", "compose/haproxy.cfg"])
def test_haproxy_takes_its_files_and_asks_an_address_that_exists(name: str, tmp_path: Path) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert "option httpchk GET /healthz\n" in text
    if shutil.which("haproxy") is None:
        pytest.skip("haproxy is not here: its files were only read by us")
    file = tmp_path / "haproxy.cfg"
    file.write_text(re.sub(r" ssl crt \S+ alpn \S+", "", text), encoding="utf-8")     # there is no certificate here
    done = subprocess.run(["haproxy", "-c", "-f", str(file)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# The compose file.


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file, as a program that runs them reads it."""
    read_file = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = read_file["services"]
    named = {each.split(":")[0] for service in found.values() for each in service.get("volumes", ())}
    assert {each for each in named if not each.startswith(".")} == set(read_file["volumes"])
    return found


def test_services_wait_for_services_that_exist(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys() - {name}
        assert service.get("network_mode", "service:proxy") == "service:proxy"


def test_images_are_names_and_ports_are_open_to_this_machine_only(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        assert re.fullmatch(r"[a-z]+(:[\w.]+)?", service["image"]), service["image"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("FROM")] == ["FROM python:3.11-slim"]


def test_services_start_commands_that_exist_with_settings_that_exist(services: dict[str, dict[str, Any]]) -> None:
    ours = {name: service for name, service in services.items() if service["image"] == "carnet"}
    assert sum(service["command"][0] == "portal" for service in ours.values()) >= 3
    for name, service in ours.items():
        if "entrypoint" in service:
            assert service["command"] == [name]
            assert f'case "{name}":' in (DEPLOY / "compose" / "demonstration.py").read_text(encoding="utf-8")
        else:
            assert parses(service["command"]), name
        told = {each.removeprefix(PREFIX).lower() for each in service.get("environment", ()) if each.startswith(PREFIX)}
        assert told <= NAMES


def test_the_proxy_of_the_containers_knows_every_portal(services: dict[str, dict[str, Any]]) -> None:
    ports = {
        service["environment"]["CARNET_PORTAL_PORT"] for service in services.values()
        if service["image"] == "carnet" and service["command"][0] == "portal"}
    text = (DEPLOY / "compose" / "haproxy.cfg").read_text(encoding="utf-8")
    assert set(re.findall(r"server portal-\d 127\.0\.0\.1:(\d+)", text)) == ports
    published = {port.split(":")[1]: port.split(":")[2] for port in services["proxy"]["ports"]}
    assert set(published) == {str(USUAL_PORTS[name]) for name in ("portal", "identity")}
    assert all(f"bind :{inside}\n" in text for inside in published.values())


def demonstration() -> ModuleType:
    """The script beside the compose file."""
    spec = importlib.util.spec_from_file_location("demonstration", DEPLOY / "compose" / "demonstration.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_that_containers_start_with_are_taken(
    tmp_path: Path, services: dict[str, dict[str, Any]],
) -> None:
    script = demonstration()
    plan = script.plan_of(tmp_path, user="carnet", password="secret")
    script.write_settings(plan)
    assert {f"postgres-{name}" for name in script.DATABASES} <= services.keys()
    portal = read({"CARNET_CONFIG": str(plan.settings_file("portal")), "CARNET_PORTAL_PORT": "8083"})
    portal.require("portal_database_url", "keys_database_url", "hosts", "issuers")
    assert portal.demonstration
    for host in HOSTS:
        told = read({"CARNET_CONFIG": str(plan.settings_file(host))})
        told.require("host_id", "host_database_url", "host_portal_key", "host_erasure_key")
        assert services[f"postgres-{host}"]["environment"]["POSTGRES_DB"] == told.host_database_url.rsplit("/", 1)[1]
    before = plan.settings_file("portal").read_bytes()
    script.write_settings(plan)
    assert plan.settings_file("portal").read_bytes() == before      # keys that are there stay


# The pages of deploy/.


@pytest.mark.parametrize("page", sorted(DEPLOY.glob("*.md")), ids=lambda page: page.stem)
def test_commands_units_and_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    code = [line.split("#")[0] for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)
    for words in code:
        for said in re.findall(r"(?<!-u )(?<!-t )\bcarnet ([a-z][a-z-]*(?: [a-z][a-z-]*)*(?: (?:--|/)\S+)*)", words):
            assert parses(said.split()), said
        for unit in re.findall(r"carnet-(?:[a-z0-9-]+)(?:@\w*)?(?:\.(?:service|timer))?", words):
            stems = {each.stem for each in UNITS} | {"carnet-demonstration"}
            assert re.sub(r"@\w+", "@", unit).split(".")[0] in stems, unit
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        assert "://" in link or (page.parent / link).exists(), link


def test_no_key_of_an_example_is_a_key(tmp_path: Path) -> None:
    """A key in a repository is everybody's: those of the examples are zeros."""
    make_key(tmp_path / "real.key", demonstration=False)
    for file in SETTINGS:
        for key in re.findall(r"(?<![\w-])[A-Za-z0-9_-]{43}(?![\w-])", file.read_text(encoding="utf-8")):
            assert key == "A" * 43
