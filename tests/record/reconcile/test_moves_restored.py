"""Moves that a restored portal knows an older state of."""

from __future__ import annotations

from contextlib import AsyncExitStack

from carnet.hosting.moving.campaign import Plan
from carnet.hosting.moving.copy import Copying
from tests.conftest import CreateDatabase
from tests.hosting.ground import Ground
from tests.hosting.moves import Moves
from tests.record.reconcile.restored import backed_up, restored
from tests.running import Platform


async def test_a_move_that_was_leaving_ends_also_when_the_record_came_back_after_the_backup(
    platform: Platform, create_database: CreateDatabase,
) -> None:
    """Found by the machine of lives: its old host is the home again, and the move would have waited for ever."""
    async with AsyncExitStack() as stack:
        ground = Ground(platform, {}, stack)
        kept = await ground.opened()
        document = await ground.deposit(kept)
        await platform.quiet()
        moves = Moves(ground)
        there = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
        filled = await Copying(ground.stores.copies, ground.stores.hosting).fill(await moves.taken(there))
        assert len(await moves.store.switch(there, filled)) == 1            # and the mover dies
        backup = await backed_up(platform, create_database)
        assert (await moves.run(there)).released == 1
        back = await moves.begun(Plan("migrate", kept.third, kept.home), kept)
        assert (await moves.run(back)).released == 1
        async with restored(platform, backup) as portal:
            assert await portal.walk()
            moves = Moves(ground)
            assert (await ground.known(kept)).placement.home == kept.home
            assert not (await moves.run(there)).to_do
            assert (await moves.state(there, kept))[0] == "elsewhere"
            await platform.quiet()
            await ground.read_back(kept, document)
