"""A host that a conformance kit looks at: real, on a loopback socket, behind an application that may lie."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.host.config import HostConfig
from carnet.host.store import open_pool
from carnet.hosting.conformance.client import Target, line_to
from carnet.hosting.conformance.kit import Circumstances, Extent, examine
from carnet.hosting.conformance.report import ConformanceReport
from carnet.hosting.conformance.tokens import Keys
from carnet.hosting.directory import Host
from carnet.roles.postgres import Postgres
from tests.databases import Databases, databases
from tests.hosting.faults import Faults
from tests.listening import held_port
from tests.running import HostProcess

CEILING = 100


@dataclass
class Checked:
    """The host, what is in front of it, and the keys of the check."""

    process: HostProcess
    faults: Faults
    keys: Keys
    while_it_is_off: Callable[[], Awaitable[None]] | None = None

    @property
    def receipts(self) -> Ed25519PrivateKey:
        """The key with which the host, and who lies in its name, signs."""
        return self.process.config.receipt_private_key

    async def restart(self) -> None:
        """End the host and start it again."""
        await self.process.stop()
        if self.while_it_is_off is not None:
            await self.while_it_is_off()
        await self.process.start()

    async def examined(self, *only: str) -> ConformanceReport:
        """The report on it; of these checks alone."""
        host = self.process.host
        target = Target(host.url, host.id, host.receipt_key)
        wished = Extent(restart=self.restart, only=only, speed_seconds=0.2)
        async with line_to(target, self.keys, time.time) as line:
            line.ceiling = CEILING
            return await examine(line, wished, Circumstances("test"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_host(cluster: Postgres, templates: Databases) -> AsyncIterator[Checked]:
    keys = Keys(*(Ed25519PrivateKey.generate() for _ in range(4)))
    receipts = Ed25519PrivateKey.generate()
    faults = Faults()
    with held_port() as port:
        async with databases(cluster, templates) as create, await open_pool(await create("host")) as pool:
            config = HostConfig(
                "alpha", keys.portal.public_key().public_bytes_raw(), keys.erasure.public_key().public_bytes_raw(),
                receipts, officer_public_key=keys.officer.public_key().public_bytes_raw(), erasures_a_day=CEILING)
            host = Host("alpha", f"http://127.0.0.1:{port}", receipts.public_key().public_bytes_raw())
            process = HostProcess(host, pool, config, faults)
            await process.start()
            yield Checked(process, faults, keys)
            await process.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def checked(shared_host: Checked) -> AsyncIterator[Checked]:
    """A host that does what it must, until the test has it lie."""
    yield shared_host
    shared_host.faults.none()
    shared_host.while_it_is_off = None
