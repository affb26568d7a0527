"""Circuits are seen from outside: which process takes which host for down, and since when."""

from __future__ import annotations

import pytest

from carnet.errors import HostUnavailable
from carnet.hosting.circuit import FAILURES_IN_A_ROW
from carnet.hosting.circuits.telling import telling
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_host_that_one_process_takes_for_down_is_told_with_what_it_is_down_for(
    ground: Ground, kept: Kept,
) -> None:
    clients, circuits = ground.stores.copies.clients, ground.stores.hosting.circuits
    ground.faults[kept.home].is_down = True
    for _ in range(FAILURES_IN_A_ROW):
        with pytest.raises(HostUnavailable):
            await clients[kept.home].head(kept.record, 1)
    async with telling("portal of the test", clients.values(), circuits):
        told = {seen.host: seen for seen in await circuits.seen() if seen.process == "portal of the test"}
    assert told[kept.home].down_for == ("reads",)
    assert told[kept.reference].down_for == ()


async def test_since_moves_only_when_the_state_does(ground: Ground) -> None:
    circuits = ground.stores.hosting.circuits
    seen = []
    for down_for in ((), (), ("puts",)):
        await circuits.tell("another", [("alpha", down_for)])
        [mine] = [each for each in await circuits.seen() if each.process == "another"]
        seen.append(mine)
    assert seen[0].since == seen[1].since < seen[2].since
    assert seen[0].told_at < seen[1].told_at


async def test_a_process_that_tells_no_more_is_not_shown(ground: Ground) -> None:
    circuits = ground.stores.hosting.circuits
    await circuits.tell("a dead one", [("alpha", ("puts",))])
    await ground.platform.portal.execute(
        "update circuit set told_at = told_at - interval '31 seconds' where process = 'a dead one'")
    assert "a dead one" not in {each.process for each in await circuits.seen()}
