"""The demonstration's hosts are accredited at its first start.

May import: `demo_settings` of this room. Touches the world: the portal's database.
"""

from __future__ import annotations

import asyncpg

from carnet.roles.demo_settings import HOSTS


async def accredit(url: str) -> None:
    """Make the demonstration's hosts active, those that never were."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            """
            insert into host_standing (host_id, siren, company, state, active_from, active_until, capacity)
            select host, lpad(number::text, 9, '9'), host, 'active', clock_timestamp() - interval '1 day',
              clock_timestamp() + interval '3 years', 1000000
            from unnest($1::text[]) with ordinality as h(host, number) on conflict do nothing
            """, list(HOSTS))
    finally:
        await connection.close()
