"""The settings of each process of the demonstration, from its ports, keys and databases. Written as TOML.

May import: `key_files`, `demo_people` and `settings` of this room.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carnet.roles.demo_people import AUDIENCE, COMMAND_CLIENT, LABORATORY, WEB_CLIENT
from carnet.roles.key_files import make_key, public_key, read_signing_key

HOMES = {"alpha": "Alpha Santé (fictif)", "beta": "Beta Hébergement (fictif)"}
REFERENCE = "reference"
HOSTS = (*HOMES, REFERENCE)
COMPANIES = {**HOMES, REFERENCE: "Opérateur de référence (fictif)"}


def applicant_of(host: str) -> str:
    """Who signs for this host."""
    return f"applicant-{host}"


# Who signs the steps of an accreditation here, and as what: all of them invented.
SIGNATORIES = {
    **{applicant_of(host): (f"{company}, représentant (fictif)", "applicant") for host, company in COMPANIES.items()},
    "conformance": ("Laboratoire de conformité (fictif)", "conformance"),
    "security": ("Agence de sécurité (fictive)", "security"),
    "cnil": ("Commission informatique et libertés (fictive)", "cnil"),
    "committee": ("Comité d'agrément des hébergeurs (fictif)", "committee"),
    "minister": ("Ministère chargé de la santé (fictif)", "minister"),
    "auditor": ("Cour des comptes (fictive)", "auditor"),
}
CLUSTERS = ("portal", *HOSTS, "keys")
# `postgres-<cluster>` is the server of a database, the other names are those of processes.
USUAL_PORTS = {
    "portal": 8080,
    "identity": 8070,
    "hl7": 2575,
    **{host: 8091 + place for place, host in enumerate(HOSTS)},
    **{f"postgres-{cluster}": 5441 + place for place, cluster in enumerate(CLUSTERS)},
}
PARTNER = {
    "id": "laboratoire", "organisation": LABORATORY.struct_id, "name": LABORATORY.name, "software": "SGL (fictif) 1.0",
}
INSURER = {
    "id": "assurance-maladie", "organisation": "1990001067", "name": "Caisse d'assurance maladie (fictive)",
    "software": "Historique (fictif) 1.0",
}
_KINDS = {"professional": "professionals", "patient": "patients", "officer": "officers"}
_REALMS = {**_KINDS, "accountant": "officers"}


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
        return f"{self.url('identity')}/{_REALMS.get(kind, 'professionals')}"

    def settings_file(self, process: str) -> Path:
        """Where the settings of a process are written."""
        return self.home / "settings" / f"{process}.toml"

    def make_keys(self) -> None:
        """Make the demonstration keys that are not there yet."""
        names = ("platform", "portal", "erasure", "audit", "officer", *HOSTS)
        for name in (*names, *(f"signatory-{each}" for each in SIGNATORIES)):
            make_key(self.key(name), demonstration=True)

    def for_portal(self) -> dict[str, Any]:
        """The portal's settings, and its worker's."""
        return {
            "home": str(self.home),
            "demonstration": True,
            "portal_port": self.ports["portal"],
            "public_url": self.portal_url,
            "portal_database_url": self.databases["portal"],
            "keys_database_url": self.databases["keys"],
            "hl7_port": self.ports["hl7"],
            "hl7_port_is_shared": True,     # bench/feed_hl7.py starts a process for each core
            "ins_key": "warn",
            "identifier_key": "warn",
            "hosts": [self._host(name) for name in HOSTS],
            "signatories": [self._signatory(name) for name in SIGNATORIES],
            "officer_public_keys": [self.public("officer")],
            "issuers": [self._issuer(kind) for kind in _KINDS],
            "partners": [PARTNER],
        }

    def for_insurer(self) -> dict[str, Any]:
        """What the command reads that brings the insurer's batches: without TLS, HL7's knows one partner only."""
        return {**self.for_portal(), "partners": [INSURER]}

    def for_host(self, name: str) -> dict[str, Any]:
        """One host's settings: it knows public keys of the portal and its officers, nothing of the other hosts."""
        return {
            "home": str(self.home),
            "demonstration": True,
            "host_id": name,
            "host_port": self.ports[name],
            "host_database_url": self.databases[name],
            "host_portal_key": self.public("portal"),
            "host_erasure_key": self.public("erasure"),
            "host_officer_key": self.public("officer"),
            "receipt_key_file": f"keys/{name}.key",
        }

    def _host(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "url": self.url(name),
            "receipt_key": self.public(name),
            "company": COMPANIES[name],
            "role": "reference" if name == REFERENCE else "home",
        }

    def _signatory(self, name: str) -> dict[str, Any]:
        words, role = SIGNATORIES[name]
        host = {"host": name.removeprefix(applicant_of(""))} if role == "applicant" else {}
        return {"id": name, "name": words, "role": role, "public_key": self.public(f"signatory-{name}"), **host}

    def _issuer(self, kind: str) -> dict[str, Any]:
        return {
            "url": self.issuer(kind),
            "audience": AUDIENCE,
            "client_id": WEB_CLIENT,
            "own_clients": [COMMAND_CLIENT],
            "kind": kind,
            "demonstration": True,
        }

    def key(self, name: str) -> Path:
        """The file of a key of the demonstration."""
        return self.home / "keys" / f"{name}.key"

    def public(self, name: str) -> str:
        """The public half of a key of the demonstration, as settings write it."""
        return public_key(read_signing_key(self.key(name), setting=name, demonstration=True))


def write(file: Path, settings: Mapping[str, Any]) -> None:
    """Write a settings file, readable by its owner only: database addresses hold passwords."""
    tables = {name: value for name, value in settings.items() if isinstance(value, list) and isinstance(value[0], dict)}
    lines = [f"{name} = {_value(value)}" for name, value in settings.items() if name not in tables]
    for name, each in tables.items():
        for table in each:
            lines += ["", f"[[{name}]]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _value(value: str | int | bool | list[str]) -> str:
    # JSON's texts, whole numbers, booleans and lists of these are TOML's too.
    return json.dumps(value, ensure_ascii=False)
