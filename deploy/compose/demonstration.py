"""What a demonstration in containers needs beside its processes.

`prepare` makes the keys that are missing, the settings of each process and the tables of each database; `accredit`
takes the hosts through their accreditation once they answer; `furnish` deposits the invented documents once portals
answer. Each may run again. All processes share one loopback address, as a demonstration must: see compose.yaml.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from carnet.roles.demo_accreditation import accredit
from carnet.roles.demo_issuer import Registration
from carnet.roles.demo_settings import HOSTS, USUAL_PORTS, Plan, write
from carnet.roles.furnish import furnish
from carnet.roles.migrate import migrate

DATABASES = {"portal": "portal", "keys": "keys", **dict.fromkeys(HOSTS, "host")}
"""Each database server, and which of our databases it has."""


def plan_of(home: Path, *, user: str, password: str) -> Plan:
    """Where everything is: database servers by the names of their services, all else on the loopback address."""
    databases = {name: f"postgresql://{user}:{password}@postgres-{name}/{name}" for name in DATABASES}
    return Plan(home, USUAL_PORTS, databases)


def write_settings(plan: Plan) -> None:
    """Make the keys that are not there yet, and the settings file of each process."""
    (plan.home / "settings").mkdir(mode=0o700, parents=True, exist_ok=True)
    plan.make_keys()
    write(plan.settings_file("portal"), plan.for_portal())
    for host in HOSTS:
        write(plan.settings_file(host), plan.for_host(host))
    registration = Registration(
        url=plan.url("identity"), key_file=str(plan.home / "keys" / "identity.json"),
        redirect_uris=(f"{plan.portal_url}/connexion/retour",))
    (plan.home / "settings" / "identity.json").write_bytes(msgspec.json.encode(registration))


async def prepare(plan: Plan) -> None:
    """Settings, keys and tables."""
    write_settings(plan)
    for name, which in DATABASES.items():
        print(f"{name}: {', '.join(await migrate(plan.databases[name], which)) or 'nothing to do'}")


async def main(what: str) -> None:
    """Do one of the three."""
    plan = plan_of(
        Path(os.environ["CARNET_HOME"]), user=os.environ["POSTGRES_USER"], password=os.environ["POSTGRES_PASSWORD"])
    match what:
        case "prepare":
            await prepare(plan)
        case "accredit":
            await accredit(plan)
        case "furnish":
            await furnish(plan, tell=print)
        case _:
            sys.exit("demonstration: accepted: prepare, accredit, furnish")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
