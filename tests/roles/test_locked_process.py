"""A real worker on a locked platform key: it waits, says so, ends when asked, and works once two people came."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.roles.demo_settings import write
from carnet.roles.key_files import make_key, public_key
from carnet.roles.lock_file import locked, make_lock, write_secret
from carnet.roles.unlocking import offer_to_all
from tests.conftest import CreateDatabase
from tests.listening import held_port

FIRST, OTHER = "une phrase de la première", "a phrase of the second"


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    """Where nobody listens."""
    with held_port() as home, held_port() as reference:
        yield {"home": home, "reference": reference}


@pytest.fixture
async def settings(create_database: CreateDatabase, tmp_path: Path, ports: dict[str, int]) -> Path:
    """The settings file of a worker whose hosts are away and whose platform key is locked."""
    for name in ("platform", "portal", "erasure", "audit"):
        make_key(tmp_path / "keys" / f"{name}.key", demonstration=True)
    lock, key = make_lock(FIRST, OTHER, cost=2**4)
    write_secret(tmp_path / "keys" / "platform.lock", msgspec.json.encode(lock).decode())
    platform = tmp_path / "keys" / "platform.key"
    write_secret(platform, locked(key, platform.read_text().strip(), what="platform key 1"))
    hosts = [
        {"id": name, "url": f"http://127.0.0.1:{ports[role]}", "role": role,
         "receipt_key": public_key(Ed25519PrivateKey.generate())}
        for name, role in (("alpha", "home"), ("reference", "reference"))]
    write(tmp_path / "worker.toml", {
        "home": str(tmp_path), "demonstration": True, "hosts": hosts,
        "portal_database_url": await create_database("portal"), "keys_database_url": await create_database("keys")})
    return tmp_path / "worker.toml"


async def started(settings: Path) -> asyncio.subprocess.Process:
    """A worker that waits at its socket."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "carnet.roles.cli", "worker", "--config", str(settings),
        stderr=asyncio.subprocess.PIPE)
    while not await offer_to_all(settings.parent):
        assert process.returncode is None
        await asyncio.sleep(0.05)
    return process


@pytest.mark.slow
async def test_a_locked_worker_waits_for_two_people_and_ends_when_asked(settings: Path, cluster: object) -> None:
    url = msgspec.toml.decode(settings.read_bytes())["keys_database_url"]
    async with asyncio.timeout(60):
        waiting = await started(settings)
        waiting.send_signal(signal.SIGTERM)
        assert await waiting.wait() != 0        # nothing had begun
        process = await started(settings)
        assert process.stderr is not None
        assert b"LOCKED" in await process.stderr.readline()
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select count(*) from key_process") == 0
        for passphrase in (OTHER, FIRST):
            told = await offer_to_all(settings.parent, passphrase)
        assert [each.told.state for each in told] == ["open"]
        while not (rows := await connection.fetch("select * from key_process")):     # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert (rows[0]["process"].startswith("worker "), rows[0]["versions"]) == (True, [1])
        if sys.platform == "linux":
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            [core] = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")]
            assert core[4:6] == ["0", "0"]
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0, (await process.stderr.read()).decode()
        assert await connection.fetchval("select count(*) from key_process") == 0
        await connection.close()
    assert not list((settings.parent / "run").iterdir())
