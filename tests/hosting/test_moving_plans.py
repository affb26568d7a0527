"""A batch of a move finds its records by their whole key, however long the list and whatever is known of the table."""

from __future__ import annotations

import re

import pytest

from carnet.hosting.moving import sql
from tests.hosting.ground import Ground

pytestmark = pytest.mark.asyncio(loop_scope="module")

_STATEMENTS = {"take": sql.TAKE, "switch": sql.SWITCH, "hold": sql.HOLD, "released": sql.RELEASED}
_UPDATED = re.compile(r"Scan .*on (?:move m|placement p)\b.*\n *(Index Cond: .*)?")


@pytest.mark.parametrize("statement", _STATEMENTS.values(), ids=_STATEMENTS)
async def test_a_batch_reads_no_more_of_a_campaign_than_its_own_records(ground: Ground, statement: str) -> None:
    values = ", ".join(["null"] * max(int(number) for number in re.findall(r"\$(\d+)", statement)))
    async with ground.platform.portal.acquire() as connection, connection.transaction():
        await connection.execute("set local enable_seqscan = off; set local enable_hashjoin = off")
        await connection.execute("set local enable_mergejoin = off; set local plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare batch as {statement}")
        lines = await connection.fetch(f"explain execute batch ({values})")
        await connection.execute("deallocate batch")
    plan = "\n".join(line[0] for line in lines)
    found = _UPDATED.findall(plan)
    assert found, plan
    assert [how for how in found if "record_id" not in how] == [], plan
