"""Moving records between hosts: all of it, while deposits go on, whatever fails and whoever dies."""

from __future__ import annotations

import pytest

from carnet.hosting.moving.campaign import Plan
from tests.hosting.ground import Ground, Kept
from tests.hosting.moves import Moves

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_record_moves_with_all_it_has_and_its_old_host_keeps_nothing(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}") for number in range(3)]
    await ground.platform.quiet()
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    counts = await moves.run(campaign)
    assert (counts.released, counts.to_do) == (1, 0), await moves.state(campaign, kept)
    assert (await ground.known(kept)).placement.both == (kept.third, kept.reference)
    assert await ground.entries_at(kept.home, kept) == []
    assert await ground.bodies_at(kept.home, kept) == set()
    assert await moves.role(kept, kept.home) == "former"
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, *documents)
