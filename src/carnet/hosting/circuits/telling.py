"""Each process tells its circuits every few seconds, so that people see them in one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from carnet.hosting.circuits.store import CircuitStore
from carnet.hosting.client import HostClient
from carnet.hosting.repeating import repeating

EVERY_SECONDS = 5.0


def down_for(client: HostClient) -> tuple[str, ...]:
    """The kinds of calls that this process does not try at this host now."""
    circuits = {"puts": client.puts, "writes": client.writes, "reads": client.reads}
    return tuple(kind for kind, circuit in circuits.items() if circuit.is_open)


@asynccontextmanager
async def telling(process: str, clients: Collection[HostClient], store: CircuitStore) -> AsyncIterator[None]:
    """Tell the circuits of these clients now and again until the block ends. Raises Unavailable at the start."""
    async def tell() -> None:
        await store.tell(process, [(client.host.id, down_for(client)) for client in clients])

    await tell()
    async with repeating(tell, EVERY_SECONDS, what="circuits are told"):
        yield
