"""The settings of each process of the demonstration, from its ports, keys and databases. Written as TOML.

May import: `key_files`, `demo_people` and `settings` of this room.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.roles.demo_people import AUDIENCE, COMMAND_CLIENT, WEB_CLIENT
from carnet.roles.key_files import make_key, public_key, read_signing_key

HOMES = {"alpha": "Alpha Santé (fictif)", "beta": "Beta Hébergement (fictif)"}
REFERENCE = "reference"
HOSTS = (*HOMES, REFERENCE)
CLUSTERS = ("portal", *HOSTS)
# `postgres-<cluster>` is the server of a database, the other names are those of processes.
USUAL_PORTS = {
    "portal": 8080,
    "identity": 8070,
    **{host: 8091 + place for place, host in enumerate(HOSTS)},
    **{f"postgres-{cluster}": 5441 + place for place, cluster in enumerate(CLUSTERS)},
}
_KINDS = {"professional": "professionals", "patient": "patients", "officer": "officers"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything of one demonstration is."""

    home: Path
    ports: Mapping[str, int]
    databases: Mapping[str, str]

    @property
    def portal_url(self) -> str:
        """Where people and software reach the portal."""
        return self.url("portal")

    def url(self, name: str) -> str:
        """The loopback address of one of our processes."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def issuer(self, kind: str) -> str:
        """The issuer that speaks for this kind of person."""
        return f"{self.url('identity')}/{_KINDS.get(kind, 'professionals')}"

    def settings_file(self, process: str) -> Path:
        """Where the settings of a process are written."""
        return self.home / "settings" / f"{process}.toml"

    def make_keys(self) -> None:
        """Make the demonstration keys that are not there yet."""
        for name in ("platform", "portal", "erasure", "audit", *HOSTS):
            make_key(self._key(name), demonstration=True)

    def for_portal(self) -> dict[str, Any]:
        """The portal's settings, and its worker's."""
        return {
            "home": str(self.home),
            "demonstration": True,
            "portal_port": self.ports["portal"],
            "public_url": self.portal_url,
            "portal_database_url": self.databases["portal"],
            "keys_database_url": self.databases["keys"],
            "ins_key": "warn",
            "identifier_key": "warn",
            "hosts": [self._host(name) for name in HOSTS],
            "issuers": [self._issuer(kind) for kind in _KINDS],
        }

    def for_host(self, name: str) -> dict[str, Any]:
        """One host's settings: it knows two public keys of the portal, and nothing of the other hosts."""
        return {
            "home": str(self.home),
            "demonstration": True,
            "host_id": name,
            "host_port": self.ports[name],
            "host_database_url": self.databases[name],
            "host_portal_key": self._public("portal"),
            "host_erasure_key": self._public("erasure"),
            "receipt_key_file": f"keys/{name}.key",
        }

    def _host(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "url": self.url(name),
            "receipt_key": self._public(name),
            "company": HOMES.get(name, "Opérateur de référence (fictif)"),
            "role": "reference" if name == REFERENCE else "home",
        }

    def _issuer(self, kind: str) -> dict[str, Any]:
        return {
            "url": self.issuer(kind),
            "audience": AUDIENCE,
            "client_id": WEB_CLIENT,
            "own_clients": [COMMAND_CLIENT],
            "kind": kind,
            "demonstration": True,
        }

    def _key(self, name: str) -> Path:
        return self.home / "keys" / f"{name}.key"

    def _public(self, name: str) -> str:
        return public_key(read_signing_key(self._key(name), setting=name, demonstration=True))


def write(file: Path, settings: Mapping[str, Any]) -> None:
    """Write a settings file, readable by its owner only: database addresses hold passwords."""
    plain = {name: value for name, value in settings.items() if not isinstance(value, list)}
    lines = [f"{name} = {_value(value)}" for name, value in plain.items()]
    for name, tables in settings.items():
        if isinstance(tables, list):
            for table in tables:
                lines += ["", f"[[{name}]]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _value(value: str | int | bool | list[str]) -> str:
    # JSON's texts, whole numbers, booleans and lists of these are TOML's too.
    return json.dumps(value, ensure_ascii=False)
