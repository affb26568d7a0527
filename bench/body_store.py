"""What a host's body stores do: puts and reads a second of one body each, in the database, a folder, and SeaweedFS.

    python -m bench.body_store [--seconds 4] [--clients 8]

A host's real application is called in this process, without a network before it; the database and SeaweedFS (three
volume servers, each object twice, forced to disk) are started here. Figures go to bench/results/body_store.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import machine
from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.objects import opened
from carnet.host.outside import Outside
from carnet.host.store import open_pool
from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres
from tests.host.portal import HOST, Portal
from tests.seaweed import running_seaweed

RESULTS = Path(__file__).parent / "results" / "body_store.json"
SIZES = {"30 KB": 30_000, "200 KB": 200_000, "8 MiB": 8 * 2**20}

Bodies = list[tuple[UUID, bytes]]


def main() -> None:
    """Read the options, measure, print, keep."""
    options = argparse.ArgumentParser(prog="bench.body_store", description=__doc__)
    options.add_argument("--seconds", type=float, default=4.0, help="how long each run lasts")
    options.add_argument("--clients", type=int, default=8, help="calls at the same time")
    options.add_argument("--output", type=Path, default=RESULTS)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_seaweed(_made(folder, "seaweed")) as seaweed:
        postgres = Postgres(Path(folder) / "postgres")
        postgres.start()
        try:
            stores = {
                "database": "", "folder": f"file://{_made(folder, 'bodies')}", "SeaweedFS": seaweed.url,
            }
            figures = asyncio.run(_measure(postgres, stores, given.seconds, given.clients))
        finally:
            postgres.stop()
        figures["machine"] = machine.describe(Path(folder))
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"machine: {figures['machine']}\nkept in {given.output}")


def _made(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


async def _measure(postgres: Postgres, stores: dict[str, str], seconds: float, clients: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"clients": clients, "seconds": seconds}
    print(f"{'':12}{'size':>8}{'puts/s':>10}{'reads/s':>10}")
    administration = await asyncpg.connect(postgres.url())
    for name, url in stores.items():
        database = f"bench_{name.lower()}"
        await administration.execute(f"CREATE DATABASE {database}")
        await migrate(postgres.url(database), "host")
        figures[name] = {}
        async with await open_pool(postgres.url(database), size=8) as pool:
            portal = _portal(pool, url)
            for label, size in SIZES.items():
                found = await _one_size(portal, size, seconds, clients)
                figures[name][label] = found
                print(f"{name:12}{label:>8}", *(f"{rate:9.1f}" for rate in found.values()), flush=True)
    await administration.close()
    return figures


def _portal(pool: asyncpg.Pool, url: str) -> Portal:
    key, erasure, receipts = (Ed25519PrivateKey.generate() for _ in range(3))
    config = HostConfig(
        HOST, key.public_key().public_bytes_raw(), erasure.public_key().public_bytes_raw(), receipts)
    app = build(pool, config, Outside(pool, opened(url)) if url else None)
    return Portal(app, key, erasure, receipts.public_key().public_bytes_raw())


async def _one_size(portal: Portal, size: int, seconds: float, clients: int) -> dict[str, float]:
    kept: Bodies = []
    tail = secrets.token_bytes(size - 16)

    async def put() -> None:
        body = (uuid4(), secrets.token_bytes(16) + tail)
        answer = await portal.put(body)
        assert answer.status == 200, answer.raw
        if len(kept) < 64:
            kept.append(body)

    async def read() -> None:
        body = secrets.choice(kept)
        assert (await portal.read(body)).content == {"bodies": [body[1]]}

    return {
        "puts_per_second": await _rate(put, seconds, clients),
        "reads_per_second": await _rate(read, seconds, clients),
    }


async def _rate(call: Callable[[], Awaitable[None]], seconds: float, clients: int) -> float:
    done = 0
    began = perf_counter()

    async def client() -> None:
        nonlocal done
        while perf_counter() - began < seconds:
            await call()
            done += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return round(done / (perf_counter() - began), 1)


if __name__ == "__main__":
    main()
