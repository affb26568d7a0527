"""Whatever is altered, removed or moved, in events, leaves or checkpoints, verification names it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.audit.checkpoint import Checkpoint
from carnet.audit.log.sequence import grown
from carnet.audit.log.verify import verify
from carnet.audit.merkle import Frontier, Root
from tests.audit.ground import Ground, event, write


async def test_a_log_that_nobody_touched_is_sound(ground: Ground) -> None:
    await ground.logged(10)
    verdict = await ground.verdict()
    assert (verdict.size, verdict.checkpoints, verdict.waiting, verdict.faults) == (10, 3, 0, ())


@pytest.mark.parametrize("change", [
    "outcome = 'refused'", "at = at + interval '1 microsecond'", "act = 'list'", "door = 'fhir'",
    "request_id = 'other'",
    "actor = actor || '{\"name\": \"Somebody Else\"}'", "actor = actor || '{\"unknown\": 1}'", "detail = '{}'",
    "detail = jsonb_set(detail, '{second}', '2')",
])
async def test_an_altered_event_is_named(ground: Ground, change: str) -> None:
    events = await ground.logged(10)
    await ground.pool.execute(f"update audit_event set {change} where event_id = $1", events[5].event_id)
    [fault] = await ground.faults()
    assert fault == (
        f"leaf 5: event {events[5].event_id} of record {events[5].record} was altered after it was logged")


async def test_an_event_given_to_another_record_is_named(ground: Ground) -> None:
    events, other = await ground.logged(6), event()
    for table in ("audit_event", "audit_leaf"):
        await ground.pool.execute(
            f"update {table} set record_id = $2 where event_id = $1", events[2].event_id, other.record)
    [fault] = await ground.faults()
    assert f"event {events[2].event_id}" in fault


async def test_a_deleted_event_is_named(ground: Ground) -> None:
    events = await ground.logged(10)
    await ground.pool.execute("delete from audit_event where event_id = $1", events[3].event_id)
    assert await ground.faults() == [f"leaf 3: event {events[3].event_id} of record {events[3].record} is missing"]


async def test_the_first_of_several_is_told_first(ground: Ground) -> None:
    events = await ground.logged(12)
    await ground.pool.execute("delete from audit_event where event_id = $1", events[9].event_id)
    await ground.pool.execute("update audit_event set act = 'list' where event_id = $1", events[2].event_id)
    first, second = await ground.faults()
    assert (str(events[2].event_id) in first, str(events[9].event_id) in second) == (True, True)


async def test_swapped_events_are_named(ground: Ground) -> None:
    events = await ground.logged(10)
    await ground.pool.execute("update audit_leaf set leaf_index = -1 where leaf_index = 4")
    await ground.pool.execute("update audit_leaf set leaf_index = 4 where leaf_index = 6")
    await ground.pool.execute("update audit_leaf set leaf_index = 6 where leaf_index = -1")
    first, second = await ground.faults()
    assert first.startswith(f"leaf 4: event {events[6].event_id} ")
    assert second.startswith(f"leaf 6: event {events[4].event_id} ")
    assert first.endswith("is out of its place")


@pytest.mark.parametrize("column", ["leaf_hash", "salt"])
async def test_an_altered_leaf_is_named(ground: Ground, column: str) -> None:
    events = await ground.logged(10)
    await ground.pool.execute(f"update audit_leaf set {column} = sha256('x') where leaf_index = 7")
    [fault] = await ground.faults()
    assert fault.startswith(f"leaf 7: event {events[7].event_id} ")


async def test_a_missing_leaf_is_named_with_its_event(ground: Ground) -> None:
    events = await ground.logged(10)
    await ground.pool.execute("delete from audit_leaf where leaf_index = 7")
    assert await ground.faults() == [
        "leaves 7 to 7 are missing",
        f"event {events[7].event_id} of record {events[7].record} has no leaf, and should have one"]


async def test_a_leaf_and_its_event_removed_together_are_noticed(ground: Ground) -> None:
    events = await ground.logged(10)
    for index in (8, 9):
        await ground.pool.execute("delete from audit_event where event_id = $1", events[index].event_id)
        await ground.pool.execute("delete from audit_leaf where leaf_index = $1", index)
    told, cut = await ground.faults()
    assert (told.endswith("is of more leaves: the log was cut short"), cut) == (True, "leaves 8 to 9 are missing")


async def test_an_event_slipped_into_the_past_is_named(ground: Ground) -> None:
    await ground.logged(5)
    slipped = event()
    await write(ground.pool, slipped)
    await ground.pool.execute("update audit_event set logged = '1' where event_id = $1", slipped.event_id)
    assert await ground.faults() == [
        f"event {slipped.event_id} of record {slipped.record} has no leaf, and should have one"]


async def test_a_past_that_was_rewritten_consistently_does_not_lead_to_the_checkpoints(ground: Ground) -> None:
    events = await ground.logged(12)
    await ground.pool.execute("update audit_event set detail = '{}' where event_id = $1", events[5].event_id)
    await rewrite(ground)
    [fault] = await ground.faults()
    assert fault.startswith("leaves 4 to 7: one was altered with its event, ")
    assert "do not lead to the checkpoint of 8 leaves" in fault


@pytest.mark.parametrize("change", ["root = sha256('x')", "at = at - interval '1 day'", "signature = signature || 'x'"])
async def test_an_altered_checkpoint_is_named(ground: Ground, change: str) -> None:
    await ground.logged(10)
    await ground.pool.execute(f"update audit_checkpoint set {change} where size = 8")
    [fault] = await ground.faults()
    assert fault.startswith("the checkpoint of 8 leaves, of ")
    assert fault.endswith("its signature does not hold")


async def test_checkpoints_of_another_key_are_named(ground: Ground) -> None:
    await ground.logged(5)
    verdict = await verify(ground.store, Ed25519PrivateKey.generate().public_key())
    assert len(verdict.faults) == 2


async def test_a_missing_last_checkpoint_is_named(ground: Ground) -> None:
    await ground.logged(10)
    await ground.pool.execute("delete from audit_checkpoint where size = 10")
    assert await ground.faults() == ["the checkpoint of 10 leaves is missing"]


async def test_a_log_cut_short_with_its_checkpoints_is_caught_by_one_kept_elsewhere(ground: Ground) -> None:
    await ground.logged(10)
    kept = await ground.store.last_checkpoint()
    assert kept is not None
    kept = Checkpoint.parse(kept.note(ground.public))
    for statement in (
        "delete from audit_event e using audit_leaf l where e.event_id = l.event_id and leaf_index > 3",
        "delete from audit_leaf where leaf_index > 3", "delete from audit_checkpoint where size > 4",
        "update audit_log set size = 4, signed_size = 4, peaks = ''",
    ):
        await ground.pool.execute(statement)
    await rewrite(ground)
    assert not await ground.faults()
    [fault] = await ground.faults(kept=kept)
    assert fault.startswith("the kept checkpoint of 10 leaves, of ")


async def test_a_past_rewritten_with_the_signing_key_is_caught_by_a_checkpoint_kept_elsewhere(ground: Ground) -> None:
    events = await ground.logged(8)
    kept = await ground.store.last_checkpoint()
    await ground.pool.execute("update audit_event set detail = '{}' where event_id = $1", events[5].event_id)
    await rewrite(ground, signed=True)
    assert not await ground.faults()
    [fault] = await ground.faults(kept=kept)
    assert "the kept checkpoint of 8 leaves" in fault


async def test_an_altered_subtree_is_named(ground: Ground) -> None:
    await ground.logged(257, checkpoint_each=257)
    await ground.pool.execute("update audit_node set hash = sha256('x')")
    assert await ground.faults() == ["the kept hash of the subtree (8, 0) is not that of its leaves"]


async def test_the_state_of_the_log_cannot_be_altered_alone(ground: Ground) -> None:
    await ground.logged(4)
    await ground.pool.execute("update audit_log set peaks = sha256('x')")
    assert await ground.faults() == ["what the log says of itself is not what its leaves lead to"]


async def test_events_after_the_last_checkpoint_are_verified_too(ground: Ground) -> None:
    await ground.logged(4)
    events = await ground.written(2)
    async with ground.store.turn() as turn:
        assert turn is not None
        await turn.append(*grown(turn.tree, await turn.pending(10)))
    await ground.pool.execute("update audit_event set act = 'list' where event_id = $1", events[1].event_id)
    [fault] = await ground.faults()
    assert fault.startswith(f"leaf 5: event {events[1].event_id} ")


async def rewrite(ground: Ground, *, signed: bool = False) -> None:
    """Make all leaves anew from what events say now, as one who owns the database could, and perhaps the key."""
    roots: dict[int, bytes] = {}
    tree = Frontier()
    async with ground.store.reading() as reading:
        logged = [each async for each in reading.leaves()]
        checkpoints = await reading.checkpoints()
    for each in logged:
        assert each.event is not None
        leaf = each.event.leaf(each.leaf.index, each.leaf.salt)
        tree, _ = tree.extended([leaf])
        roots[tree.size] = tree.root
        await ground.pool.execute("update audit_leaf set leaf_hash = $2 where leaf_index = $1", each.leaf.index, leaf)
    await ground.pool.execute("update audit_log set peaks = $1", b"".join(tree.peaks))
    for old in checkpoints if signed else ():
        new = Checkpoint.of(Root(old.size, roots[old.size]), old.at, ground.key)
        await ground.pool.execute(
            "update audit_checkpoint set root = $2, signature = $3 where size = $1", new.size, new.root, new.signature)
