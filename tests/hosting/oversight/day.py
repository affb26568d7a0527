"""Days that pass, for tests of oversight: what was kept today becomes what was kept on an earlier day."""

from __future__ import annotations

from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.hosting.ground import Ground

AUDIT_KEY = Ed25519PrivateKey.generate()


async def kept_until_now(ground: Ground) -> None:
    """What this portal heard is kept now, not in a second."""
    client = ground.stores.copies.clients["reference"]
    assert client.heard is not None
    await client.heard.keep(ground.stores.hosting.oversight)


async def day_passes(ground: Ground, *tables: str) -> date:
    """What these tables keep of today is of yesterday; which day that is."""
    for table in tables:
        await ground.platform.portal.execute(f"update {table} set day = day - 1")
    yesterday: date = await ground.platform.portal.fetchval("select (clock_timestamp() at time zone 'utc')::date - 1")
    return yesterday
