"""Demo: the whole platform on one machine, supervised, with invented people and their documents.

Five database servers, the identity provider, two home hosts and the reference, the portal and its worker: each a
process of its own, as in production. `carnet demo` is what `make run` calls.
May import: errors, and every file of this room.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
from rich.console import Console

from carnet.errors import CarnetError
from carnet.roles.comparison import make_invented
from carnet.roles.demo_accreditation import accredit
from carnet.roles.demo_costs import enter_costs
from carnet.roles.demo_home import DemoHome, Ports
from carnet.roles.demo_issuer import Registration
from carnet.roles.demo_settings import CLUSTERS, HOSTS, USUAL_PORTS, Plan, write
from carnet.roles.demo_shown import addresses, described, who_can_log_in
from carnet.roles.furnish import furnish
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from carnet.roles.program import Program
from carnet.roles.settings_read import read
from carnet.roles.supervisor import Supervisor

# Which database each server holds: the key store has a server of its own, for it is never restored with the portal's.
_DATABASES = {"portal": {"portal": "portal"}, "keys": {"keys": "keys"}, **{host: {host: "host"} for host in HOSTS}}


class Demo:
    """One run of the demonstration on one folder."""

    def __init__(self, home: DemoHome, *, console: Console, json_file: Path | None) -> None:
        self._home = home
        self._console = console
        self._json_file = json_file
        self._clusters = {name: Postgres(home.path("databases", name)) for name in CLUSTERS}
        self._ports = Ports(home.path("ports.json"))
        self._plan: Plan | None = None
        self._is_ready = False
        self.supervisor = Supervisor(tell=self._tell, changed=self._write_json)

    async def start(self) -> None:
        """Start everything, in order. What is already there from a former run is found again."""
        began = time.monotonic()
        if self._json_file is not None:
            self._json_file.unlink(missing_ok=True)  # That of a former life: its numbers are others' by now.
        async with self._step("Ports and keys"):
            await asyncio.to_thread(self._home.end_leftovers)
            self._ports.take(USUAL_PORTS)
        async with self._step("Databases"):
            await self._start_databases()
        async with self._step("Tables"):
            plan = self._plan = await self._make_plan()
        async with self._step("Identity provider and hosts"):
            await self._start_first_programs(plan)
        async with self._step("Portal and worker"):
            await self._start_portal(plan)
        async with self._step("Invented patients and their documents"):
            await self._furnish(plan)
        self._is_ready = True
        self._write_json()
        self._tell(f"\nReady in {time.monotonic() - began:.0f} s. Data is in {self._where}.\n")
        self._console.print(addresses(plan), who_can_log_in())
        self._console.print("Ctrl-C stops everything; the data stays for the next start.\n")

    async def _start_databases(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(cluster.prepare) for cluster in self._clusters.values()))
        names = [f"postgres-{name}" for name in self._clusters]
        for name, cluster in self._clusters.items():
            cluster.port = self._ports.numbers[f"postgres-{name}"]
        self._ports.release(*names)
        await self.supervisor.start(dict(zip(names, self._clusters.values(), strict=True)))

    async def _make_plan(self) -> Plan:
        urls = {}
        for name, cluster in self._clusters.items():
            for database, which in _DATABASES[name].items():
                # A folder of a former version has its keys beside the portal's database: they stay where they are.
                is_old = database == "keys" and await _holds(self._clusters["portal"], database)
                urls[database] = await _database(self._clusters["portal"] if is_old else cluster, database)
                await migrate(urls[database], which)
        plan = Plan(self._home.folder, self._ports.numbers, urls)
        plan.make_keys()
        write(plan.settings_file("portal"), plan.for_portal())
        write(plan.settings_file("insurer"), plan.for_insurer())
        for host in HOSTS:
            write(plan.settings_file(host), plan.for_host(host))
        registration = Registration(
            url=plan.url("identity"),
            key_file=str(self._home.path("keys", "identity.json")),
            redirect_uris=(f"{plan.portal_url}/connexion/retour",),
        )
        self._home.path("settings", "identity.json").write_bytes(msgspec.json.encode(registration))
        return plan

    async def _start_first_programs(self, plan: Plan) -> None:
        identity = f"{plan.issuer('patient')}/.well-known/openid-configuration"
        programs = {"identity": self._program("identity", "identity", "settings/identity.json", answers=identity)}
        for host in HOSTS:
            programs[host] = self._program("host", host, f"settings/{host}.toml", answers=f"{plan.url(host)}/v1/status")
        self._ports.release(*programs)
        await self.supervisor.start(programs)
        await accredit(plan)

    async def _start_portal(self, plan: Plan) -> None:
        self._ports.release("portal", "hl7")
        portal = self._program("portal", "portal", "settings/portal.toml", answers=plan.portal_url)
        worker = self._program("worker", "worker", "settings/portal.toml")
        hl7 = self._program("feed hl7", "hl7", "settings/portal.toml", answers=f"tcp://127.0.0.1:{plan.ports['hl7']}")
        await self.supervisor.start({"portal": portal, "worker": worker, "hl7": hl7})

    async def _furnish(self, plan: Plan) -> None:
        try:
            await enter_costs(plan)
            # The comparison is made while hosts and portal take the documents: it makes nobody wait.
            settings = read({"CARNET_CONFIG": str(plan.settings_file("portal"))})
            await asyncio.gather(furnish(plan, tell=self._tell), make_invented(settings))
        except (CarnetError, aiohttp.ClientError, TimeoutError) as error:
            self._tell(f"[yellow]the demonstration's documents could not all be deposited: {error}[/]")

    @property
    def _where(self) -> str:
        places = sorted({str(cluster.data.parents[1]) for cluster in self._clusters.values()})
        outside = [place for place in places if not Path(place).is_relative_to(self._home.folder)]
        return " and ".join([str(self._home.folder), *outside])

    def _program(self, command: str, name: str, settings: str, *, answers: str = "") -> Program:
        config = str(self._home.path(settings))
        log = self._home.path("logs", f"{name}.log")
        return Program(*command.split(), "--config", config, log=log, answers=answers)

    def _tell(self, line: str) -> None:
        self._console.print(line, highlight=False)

    def _write_json(self) -> None:
        # A script waits for the file: it is there once everything answers, and not before.
        if self._plan is None or self._json_file is None or not self._is_ready:
            return
        pids = {"supervisor": os.getpid(), **self.supervisor.pids}
        data = {name: str(cluster.data) for name, cluster in self._clusters.items()}
        fresh = self._json_file.with_name(f"{self._json_file.name}.new")
        fresh.touch(mode=0o600)  # Addresses of databases hold passwords.
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(described(self._plan, pids=pids, data=data))))
        fresh.rename(self._json_file)

    @asynccontextmanager
    async def _step(self, what: str) -> AsyncIterator[None]:
        began = time.monotonic()
        with self._console.status(f"{what}…"):
            yield
        self._console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - began:.1f} s[/]", highlight=False)


async def run(folder: Path, *, console: Console, json_file: Path | None = None) -> None:
    """Start the demonstration, keep it running until Ctrl-C, SIGTERM or SIGHUP, and stop all of it."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with DemoHome(folder) as home:
        demo = Demo(home, console=console, json_file=json_file)
        try:
            if await _started(demo, stop):
                await demo.supervisor.watch(stop)
        finally:
            console.print("Stopping…")
            await demo.supervisor.stop()


async def _started(demo: Demo, stop: asyncio.Event) -> bool:
    """True once all has started, False if asked to stop meanwhile."""
    starting = asyncio.create_task(demo.start())
    asked = asyncio.create_task(stop.wait())
    watching = asyncio.create_task(demo.supervisor.watch(stop))
    await asyncio.wait((starting, asked), return_when=asyncio.FIRST_COMPLETED)
    for task in (asked, watching) if starting.done() else (starting, watching):
        task.cancel()
    await asyncio.gather(asked, watching, return_exceptions=True)
    if not starting.done():
        await asyncio.gather(starting, return_exceptions=True)
        return False
    await starting
    return True


async def _holds(cluster: Postgres, name: str) -> bool:
    connection = await asyncpg.connect(cluster.url())
    try:
        return await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name) is True
    finally:
        await connection.close()


async def _database(cluster: Postgres, name: str) -> str:
    if not await _holds(cluster, name):
        connection = await asyncpg.connect(cluster.url())
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()
    return cluster.url(name)
