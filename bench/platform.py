"""A platform to measure on: one database server and one process for each host, and the portal's databases, durable.

The portal itself is in the process that measures: what is measured here is between portal and hosts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from carnet.record.stores import Stores
from carnet.roles.demo_accreditation import accredit
from carnet.roles.demo_settings import CLUSTERS, HOSTS, USUAL_PORTS, Plan, write
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres, free_port
from carnet.roles.program import Program
from carnet.roles.settings import Settings
from carnet.roles.settings_read import read
from carnet.roles.wiring import stores_of

_DATABASES = {"portal": {"portal": "portal"}, "keys": {"keys": "keys"}, **{host: {host: "host"} for host in HOSTS}}


@asynccontextmanager
async def measured_platform(folder: Path) -> AsyncIterator[tuple[Stores, asyncpg.Pool, Settings]]:
    """Hosts alpha, beta and reference as processes; all ends with the block. What `folder` holds already is used."""
    clusters = {name: Postgres(folder / "databases" / name) for name in CLUSTERS}
    programs: list[Program] = []
    try:
        plan = Plan(folder, {name: free_port() for name in USUAL_PORTS}, await _databases(clusters))
        plan.make_keys()
        # Nothing is refused because the machine is busy: what is measured is how long it takes.
        patient = {"stand_in_after_ms": 9_000, "host_budget_ms": 59_000}
        portal = {**plan.for_portal(), **patient, "unwraps_a_minute": 1_000_000}
        plan.settings_file("portal").parent.mkdir(parents=True, exist_ok=True)
        write(plan.settings_file("portal"), portal)
        for host in HOSTS:
            write(plan.settings_file(host), {**plan.for_host(host), "host_erasures_a_day": 10**9})
            log = folder / f"{host}.log"
            config = str(plan.settings_file(host))
            programs.append(Program("host", "--config", config, log=log, answers=f"{plan.url(host)}/v1/status"))
            programs[-1].launch()
        while not all(program.is_ready() for program in programs):     # noqa: ASYNC110 nothing else says so
            await asyncio.sleep(0.1)
        await accredit(plan)
        await accredit(plan)
        settings = read({"CARNET_CONFIG": str(plan.settings_file("portal"))})
        async with stores_of(settings) as (stores, pool):
            yield stores, pool, settings
    finally:
        for program in programs:
            program.ask_to_stop()
        for program in programs:
            if program.process is not None:
                program.process.wait()
        for cluster in clusters.values():
            cluster.stop()


async def _databases(clusters: dict[str, Postgres]) -> dict[str, str]:
    urls = {}
    for name, cluster in clusters.items():
        (cluster.folder).mkdir(parents=True, exist_ok=True)
        cluster.start()
        for database, which in _DATABASES[name].items():
            administration = await asyncpg.connect(cluster.url())
            if not await administration.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
                await administration.execute(f'CREATE DATABASE "{database}"')
            await administration.close()
            urls[database] = cluster.url(database)
            await migrate(urls[database], which)
    return urls
