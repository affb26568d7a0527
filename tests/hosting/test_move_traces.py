"""The traces of docs/protocol.md that are about moves, on the real code: each fails when the rule it names is removed.

The docstring of each says which line carries the rule. They were checked once by removing it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from carnet.documents.submission import SubmittedDocument
from carnet.errors import TooFewCopies
from carnet.hosting.moving.campaign import Filled, Left, Plan
from carnet.hosting.moving.copy import EXPORT_BYTES, Copying
from carnet.record.submit import submit
from tests.hosting.faults import no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.moves import IMPATIENT, Moves
from tests.running import letter, lot, professional

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_trace_7_a_deposit_begun_before_a_move_is_not_committed_after_it(ground: Ground, kept: Kept) -> None:
    """PLACE: moving/sql.py, SWITCH, `r.placement_version + 1`, and what compares it: record/sql.py, COMMIT."""
    moves = Moves(ground)
    frozen = await ground.frozen(kept)          # its bodies are at the old home and at the reference
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    assert await ground.commit(frozen) is None
    await submit(professional(), lot(frozen.document), ground.stores)       # this process still believed the old home
    await ground.platform.quiet()
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, frozen.document)


async def test_trace_8a_acknowledged_and_lost_with_no_host_lost(ground: Ground, kept: Kept) -> None:
    """SWITCH: moving/sql.py, SWITCH, `r.place = i.place and r.head = i.head`. Heads were compared before a commit."""
    moves = Moves(ground)
    ground.faults[kept.reference].always("put", no_answer)
    frozen = await ground.frozen(kept)          # its body is at the home and at a stand-in: the one it will move to
    campaign, filled = await _filled(moves, kept)
    assert await ground.commit(frozen) is not None
    assert await moves.store.switch(campaign, filled) == []
    await moves.run(campaign)
    assert len(await ground.bodies_at(kept.home, kept)) == 1                # the reference does not hold it yet
    await _reference_is_back(ground, kept)
    assert (await moves.run(campaign)).released == 1
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.platform.hosts[kept.third].forget(kept.record)
    await ground.read_back(kept, frozen.document)


async def test_trace_8a_what_is_committed_while_the_switch_waits_for_the_row_stops_it(
    ground: Ground, kept: Kept,
) -> None:
    """SWITCH: moving/sql.py, SWITCH, `for update of r`: it compares once it has the lock, not what it saw before."""
    moves = Moves(ground)
    await ground.platform.quiet()
    campaign, filled = await _filled(moves, kept)
    async with ground.platform.portal.acquire() as connection, connection.transaction():
        await connection.execute("update record set place = place + 1 where record_id = $1", kept.record)
        switching = asyncio.ensure_future(moves.store.switch(campaign, filled))
        while not await ground.platform.portal.fetchval(        # noqa: ASYNC110 nobody tells when PostgreSQL waits
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        ):
            await asyncio.sleep(0.01)
    assert await switching == []
    await ground.platform.portal.execute("update record set place = place - 1 where record_id = $1", kept.record)
    assert [left.both for left in await moves.store.switch(campaign, filled)] == [(kept.third, kept.reference)]


async def test_trace_8b_a_move_erases_the_last_good_copy(ground: Ground, kept: Kept) -> None:
    """RELEASE: moving/release.py, `_verified` before `_erased`. The reference is late, and then the new home dies."""
    moves = Moves(ground)
    ground.faults[kept.reference].always("put", no_answer)
    ground.faults[kept.reference].always("append", no_answer)
    document = await ground.deposit(kept)       # its body is at the home and at the host it moves to
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    counts = await moves.run(campaign)
    assert (counts.released, counts.held) == (0, 1)
    assert (await ground.known(kept)).placement.home == kept.third
    await ground.platform.hosts[kept.third].forget(kept.record)             # it dies before the reference was served
    await _reference_is_back(ground, kept)
    await ground.read_back(kept, document)
    assert (await moves.run(campaign)).released == 1
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.read_back(kept, document)


async def test_trace_8b_a_copy_that_rotted_unseen_is_not_the_one_that_stays(ground: Ground, kept: Kept) -> None:
    """RELEASE: moving/release.py, `is_proved`: what a host says it holds is compared with the other, byte for byte."""
    moves = Moves(ground)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    pool = ground.platform.hosts[kept.reference].pool
    await pool.execute("update body set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where record_id = $1",
                       kept.record)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 0
    assert len(await ground.bodies_at(kept.home, kept)) == 1
    await ground.platform.quiet()                                           # the worker looks, and brings it again
    assert (await moves.run(campaign)).released == 1
    await ground.platform.hosts[kept.third].forget(kept.record)
    await ground.read_back(kept, document)


async def test_trace_9_what_waits_for_the_old_home_is_brought_to_the_new_one(ground: Ground, kept: Kept) -> None:
    """SWITCH: the same line; and the worker addresses what waits by where the record is then (hosting/catch_up.py)."""
    moves = Moves(ground)
    campaign, filled = await _filled(moves, kept)
    ground.faults[kept.home].late("append")
    document = await ground.deposit(kept)       # heads were compared before; its delivery is on its way to the old home
    await ground.stores.delivery.settle()
    assert await moves.store.switch(campaign, filled) == []
    assert (await moves.run(campaign)).released == 1
    await ground.faults[kept.home].land()
    assert await ground.entries_at(kept.home, kept) == []                   # nothing after its signed erasure
    await ground.platform.quiet()
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, document)


async def test_trace_10_what_lands_after_the_erasure(ground: Ground) -> None:
    """TOMB: host/settle.py and host/bodies.py, `ours.erased_version < excluded.version`.

    The first append is the one that an empty host would take: it follows no head but the first.
    """
    moves = Moves(ground)
    for host in ("alpha", "beta"):
        ground.faults[host].late("append")
    kept = await ground.opened()
    ground.faults[kept.home].late("put")
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    assert len(ground.faults[kept.home].in_the_air) == 2
    await ground.faults[kept.home].land()
    assert await ground.entries_at(kept.home, kept) == []
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.platform.quiet()
    await ground.read_back(kept, document)


@pytest.mark.parametrize("export_bytes", [EXPORT_BYTES, 1], ids=["in bulk", "piece by piece"])
async def test_trace_10_a_late_order_to_erase_when_the_record_came_back(
    ground: Ground, kept: Kept, export_bytes: int,
) -> None:
    """TOMB: host/settle.py, `_PLACED`, and moving/copy.py, `_place`. Only its version says that it is home again."""
    moves = Moves(ground)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    ground.faults[kept.home].late("erase")
    there = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(there)).leaving == 1
    ground.faults[kept.reference].always("challenge", no_answer)
    assert (await moves.run(there)).held == 1
    await _reference_is_back(ground, kept)
    back = await moves.begun(Plan("migrate", kept.third, kept.home), kept)
    mover = moves.mover(replace(IMPATIENT, export_bytes=export_bytes))
    assert (await moves.run(back, mover)).released == 1
    assert await ground.faults[kept.home].land() == [200]
    assert len(await ground.bodies_at(kept.home, kept)) == 1
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, document)


async def test_trace_11_a_host_that_leaves_does_not_stand_in(ground: Ground, kept: Kept) -> None:
    """STANDIN: hosting/store.py, `note_stand_in`, `where p.role in ('stand_in', 'former')`. One copy is not two."""
    moves = Moves(ground)
    left = await _switched(moves, kept)
    assert await moves.role(kept, kept.home) == "leaving"
    assert await _deposit_without_reference(ground, kept) is None
    assert await ground.bodies_at(kept.home, kept) == set()
    await moves.store.hold(left[0], left[1:], "as the test wants it")       # it will not be told to erase for now
    document = await _deposit_without_reference(ground, kept)
    assert document is not None
    assert len(await ground.bodies_at(kept.home, kept)) == 1
    await ground.platform.quiet()
    assert (await moves.run(left[0])).released == 1
    await ground.read_back(kept, document)


async def test_trace_11_a_host_that_is_being_filled_does_not_stand_in(ground: Ground, kept: Kept) -> None:
    """STANDIN: the same line, for the host that the record goes to."""
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    await moves.taken(campaign)
    assert await moves.role(kept, kept.third) == "filling"
    assert await _deposit_without_reference(ground, kept) is None
    assert (await moves.run(campaign)).released == 1


async def _filled(moves: Moves, kept: Kept) -> tuple[UUID, list[Filled]]:
    """The new host holds what was committed until now, and said so."""
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    copying = Copying(moves.ground.stores.copies, moves.ground.stores.hosting)
    filled = await copying.fill(await moves.taken(campaign))
    assert len(filled) == 1
    return campaign, filled


async def _switched(moves: Moves, kept: Kept) -> tuple[UUID, Left]:
    """The record has its new home; the old one was not ordered anything yet."""
    campaign, filled = await _filled(moves, kept)
    [left] = await moves.store.switch(campaign, filled)
    return campaign, left


async def _deposit_without_reference(ground: Ground, kept: Kept) -> SubmittedDocument | None:
    """A deposit while the reference takes no body; None when it is refused."""
    ground.stores.last_known.clear()
    ground.faults[kept.reference].always("put", no_answer)
    document = letter(of=kept.patient)
    try:
        await submit(professional(), lot(document), ground.stores)
    except TooFewCopies:
        return None
    finally:
        ground.faults[kept.reference].none()
        ground.probe()
        await ground.stores.delivery.settle()
    return document


async def _reference_is_back(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.reference].none()
    ground.probe()
    await ground.platform.quiet()
