"""What the demonstration tells people, as tables, and scripts, as JSON.

May import: `demo_people` and `demo_settings` of this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from carnet.roles.demo_people import IDENTITIES, Identity
from carnet.roles.demo_settings import HOSTS, REFERENCE, Plan


def addresses(plan: Plan) -> Table:
    """Where everything answers."""
    table = Table(title="Addresses", title_justify="left", box=None, show_header=False)
    table.add_row("Portal: pages and FHIR doors", f"[bold]{plan.portal_url}[/]")
    for host in HOSTS:
        table.add_row("Reference operator" if host == REFERENCE else f"Host {host}", plan.url(host))
    table.add_row("Identity provider", plan.url("identity"))
    table.add_row("HL7 v2 over MLLP, as the laboratory", f"127.0.0.1:{plan.ports['hl7']}")
    return table


def who_can_log_in() -> Table:
    """Logins and passwords of the invented people."""
    table = Table("Who", "Kind", "Login", "Password", title="\nHow to log in", title_justify="left", box=None)
    for person in IDENTITIES:
        table.add_row(person.who, person.kind, f"[bold]{person.login}[/]", person.password)
    return table


def described(plan: Plan, *, pids: Mapping[str, int], data: Mapping[str, str]) -> dict[str, Any]:
    """The same for scripts: addresses, process numbers, data folders, identities."""
    hosts = [
        {"id": host, "url": plan.url(host), "pid": pids.get(host), "data": data[host], "database": plan.databases[host]}
        for host in HOSTS
    ]
    return {
        "portal": plan.portal_url,
        "hl7_port": plan.ports["hl7"],
        "home": str(plan.home),
        "settings": str(plan.settings_file("portal")),
        "hosts": [host for host in hosts if host["id"] != REFERENCE],
        "reference": next(host for host in hosts if host["id"] == REFERENCE),
        "databases": {name: plan.databases[name] for name in ("portal", "keys")},
        "issuer": {kind: plan.issuer(kind) for kind in ("professional", "patient", "officer", "accountant")},
        "identities": [_identity(plan, person) for person in IDENTITIES],
        "pids": dict(pids),
    }


def _identity(plan: Plan, person: Identity) -> dict[str, Any]:
    named = {"ins": "ins", "ins_oid": "ins_oid", "ps_id": "SubjectNameID", "struct_id": "SubjectOrganizationID"}
    return {
        "who": person.who,
        "kind": person.kind,
        "login": person.login,
        "password": person.password,
        "issuer": plan.issuer(person.kind),
        "family": person.claims.get("family_name", ""),
        "given": person.claims.get("given_name", ""),
        **{name: person.claims[claim] for name, claim in named.items() if claim in person.claims},
    }
