"""Yesterday's portal with today's hosts: the rows of the portal's database as they were, in a database of their own.

A copy of all rows at one moment is a true older state, and takes a tenth of a second; `test_drill.py` does the same
with real physical backups.
"""

from __future__ import annotations

import copy
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.hosting.worker import Worker
from carnet.record.reconcile.found import Finding
from carnet.record.reconcile.values import Reconcile
from carnet.record.reconcile.walk import Walk
from carnet.record.stores import Stores
from carnet.roles.wiring import assembled, open_pool
from tests.conftest import CreateDatabase
from tests.running import Platform

_TABLES = """
select c.relname from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  and c.relname <> 'schema_migration' order by 1
"""


@dataclass
class Restored:
    """A portal on an older database, beside the hosts and the key store that went on."""

    platform: Platform
    stores: Stores
    former: Stores
    audit_key: Ed25519PrivateKey
    page: int = 1000

    async def walk(self) -> bool:
        """Compare all with the hosts."""
        return await Walk(self.stores, self.stores.guard, self.audit_key, page=self.page).run()

    async def now(self) -> Reconcile:
        """The reconcile under way, or the last."""
        found = await self.stores.guard.store.reconcile()
        assert found is not None
        return found

    async def differed(self) -> set[tuple[str, UUID, str]]:
        """What is on the list: kind, record, host."""
        return {(each.kind, each.record, each.host) for each in await self.findings()}

    async def findings(self) -> list[Finding]:
        reconcile = await self.now()
        return [each async for each in self.stores.guard.store.findings(reconcile.reconcile_id)]


async def backed_up(platform: Platform, create_database: CreateDatabase) -> str:
    """The portal's database as it is now, in another one; its address."""
    url = await create_database("portal")
    there = await asyncpg.connect(url)
    async with platform.portal.acquire() as here, here.transaction(isolation="repeatable_read"):
        await there.execute("set session_replication_role = replica")
        for [table] in await here.fetch(_TABLES):
            rows = io.BytesIO()
            await here.copy_from_table(table, output=rows, format="binary")
            rows.seek(0)
            await there.execute(f'delete from "{table}"')
            await there.copy_to_table(table, source=rows, format="binary")
    await there.close()
    return url


@asynccontextmanager
async def restored(platform: Platform, url: str) -> AsyncIterator[Restored]:
    """The portal begins again on an older database; the one there was is still in memory, as a frozen process is."""
    await platform.stores.delivery.settle()
    await platform.stores.guard.look()      # what worker and portal do every second
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(url, 8))
        parts = replace(platform.parts, signer=copy.copy(platform.parts.signer))
        stores = await stack.enter_async_context(assembled(parts, pool, platform.keys))
        former, portal = platform.stores, platform.portal
        platform.stores, platform.portal = stores, pool
        platform.worker = Worker(stores.copies, stores.hosting)
        yield Restored(platform, stores, former, Ed25519PrivateKey.generate())
        platform.stores, platform.portal = former, portal
