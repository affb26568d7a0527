"""Moving records between hosts: all of it, while deposits go on, whatever fails and whoever dies."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from carnet.documents.submission import SubmittedDocument
from carnet.errors import Conflict, InvalidInput
from carnet.hosting.moving.background import Background, end_if_done
from carnet.hosting.moving.campaign import Plan
from carnet.hosting.moving.closing import Signing, exit_lines, still_held
from carnet.hosting.moving.copy import Copying
from carnet.hosting.moving.exit_check import Verdict, check_exit
from carnet.hosting.moving.listing import check
from carnet.hosting.moving.mover import Pace
from carnet.record.history import history
from carnet.record.retrieve import retrieve
from carnet.roles.key_files import public_key, written
from tests.hosting.faults import no_answer, refused
from tests.hosting.ground import Ground, Kept
from tests.hosting.moves import Moves
from tests.running import patient

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_record_moves_with_all_it_has_and_its_old_host_keeps_nothing(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}") for number in range(3)]
    await ground.platform.quiet()
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    assert (await ground.known(kept)).placement.both == (kept.third, kept.reference)
    assert await ground.entries_at(kept.home, kept) == []
    assert await ground.bodies_at(kept.home, kept) == set()
    assert await moves.role(kept, kept.home) == "former"
    assert (await proved(moves, campaign)).is_complete
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, *documents)


async def test_a_holder_reads_in_the_history_that_the_record_moved(ground: Ground, kept: Kept) -> None:
    await ground.platform.quiet()
    moves = Moves(ground)
    await moves.run(await moves.begun(Plan("migrate", kept.home, kept.third), kept))
    lines = await history(patient(kept.patient), kept.patient.ins, ground.stores)
    assert [(line.actor_kind, line.outcome) for line in lines if line.act == "record_moved"] == [("system", "done")]


async def test_deposits_go_on_while_records_move(ground: Ground) -> None:
    records = [await ground.opened() for _ in range(4)]
    moves = Moves(ground)
    over = asyncio.Event()
    deposited: dict[UUID, list[SubmittedDocument]] = {kept.record: [] for kept in records}

    async def feed() -> None:
        while not over.is_set():
            for kept in records:
                deposited[kept.record].append(await ground.deposit(kept))

    async with asyncio.TaskGroup() as working:
        working.create_task(feed())
        for home, other in (("alpha", "beta"), ("beta", "alpha")):
            campaign = await moves.begun(Plan("migrate", home, other), *records)
            counts = await moves.run(campaign, moves.mover(Pace(batch=3, at_once=2, patience=20, pause_seconds=0.05)))
            assert not counts.to_do
        over.set()
    await ground.platform.quiet()
    for kept in records:
        assert (await ground.known(kept)).placement.home == "alpha"
        assert await ground.entries_at("beta", kept) == []
        await ground.read_back(kept, *deposited[kept.record])


async def test_the_part_of_reference_moves_as_the_part_of_home_does(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.reference, kept.third, "reference"), kept)
    assert (await moves.run(campaign)).released == 1
    assert (await ground.known(kept)).placement.both == (kept.home, kept.third)
    assert await ground.entries_at(kept.reference, kept) == []
    await ground.platform.hosts[kept.home].forget(kept.record)
    await ground.read_back(kept, document)


async def test_what_one_copy_lost_comes_from_the_other(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}") for number in range(3)]
    await ground.platform.quiet()
    await ground.platform.hosts[kept.home].pool.execute(
        "delete from body where body_id = (select min(body_id) from body where record_id = $1)", kept.record)
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    await ground.platform.hosts[kept.reference].forget(kept.record)
    await ground.read_back(kept, *documents)


async def test_what_is_too_large_for_one_call_goes_piece_by_piece(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}") for number in range(3)]
    await ground.platform.quiet()
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    before = ground.faults[kept.third].calls["fill"]
    assert (await moves.run(campaign, moves.mover(Pace(export_bytes=1, patience=1)))).released == 1
    assert ground.faults[kept.third].calls["fill"] == before
    await ground.read_back(kept, *documents)


async def test_a_host_that_is_away_is_left_from_the_other_copy_and_erases_when_it_is_back(
    ground: Ground, kept: Kept,
) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    moves = Moves(ground)
    ground.faults[kept.home].is_down = True
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    counts = await moves.run(campaign)
    assert (counts.released, counts.leaving) == (0, 1)
    verdict = await proved(moves, campaign)
    assert (verdict.faults, verdict.is_complete) == ((), False)
    assert verdict.not_erased == {"its old host has not erased it: no answer": 1}
    await ground.read_back(kept, document)
    ground.faults[kept.home].none()
    ground.probe()
    assert (await moves.run(campaign)).released == 1
    assert await ground.bodies_at(kept.home, kept) == set()


async def test_a_ceiling_of_erasures_pauses_the_campaign_until_an_officer_speaks(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    moves = Moves(ground)
    ground.faults[kept.home].always("erase", refused(403, "ceiling"))
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).held == 1
    now = await moves.campaign(campaign)
    assert (now.state, kept.home in now.why) == ("paused", True)
    assert await moves.role(kept, kept.home) == "stand_in"      # deposits may need it meanwhile
    ground.faults[kept.home].none()
    await moves.store.change(campaign, "running")
    assert (await moves.run(campaign)).released == 1
    await ground.read_back(kept, document)


async def test_a_campaign_is_paused_and_gone_on_with_from_elsewhere(ground: Ground, kept: Kept) -> None:
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    await moves.store.change(campaign, "paused")
    working = asyncio.create_task(moves.run(campaign))
    while not (await moves.campaign(campaign)).is_at_work:      # noqa: ASYNC110 only its row says so
        await asyncio.sleep(0.01)
    with pytest.raises(Conflict):
        await moves.run(campaign)       # somebody is at work on it: they wait, for it is paused
    assert (await moves.store.counts(campaign)).waiting == 1
    await moves.store.change(campaign, "running")
    assert (await working).released == 1


async def test_a_host_that_leaves_altogether_ends_with_an_empty_inventory(ground: Ground, kept: Kept) -> None:
    """Home of some, and of others a stand-in that was forgotten: all goes, and the host itself says so."""
    leaving = "alpha"
    _, stood_in = await ground.opened_at(leaving), await ground.opened_at("beta")
    ground.faults["beta"].next("put", no_answer)
    document = await ground.deposit(stood_in)
    await ground.stores.delivery.settle()
    ground.probe()
    await ground.platform.quiet()
    assert await ground.bodies_at(leaving, stood_in)
    moves = Moves(ground)
    campaign = await moves.begun(Plan("exit", leaving, part="any"))
    while (counts := await moves.run(campaign)).to_do:      # other tests had hosts forget: the worker brings it first
        assert counts.held + counts.waiting == counts.to_do
        await ground.platform.quiet()
    assert await end_if_done(await moves.campaign(campaign), moves.store, ground.stores.copies)
    assert await still_held(ground.stores.copies.clients[leaving]) == ()
    verdict = await proved(moves, campaign)
    assert (verdict.faults, verdict.is_complete) == ((), True)
    await ground.read_back(stood_in, document)


async def test_a_record_whose_erasure_was_ordered_has_nothing_left_to_move(ground: Ground, kept: Kept) -> None:
    await ground.deposit(kept)
    await ground.platform.quiet()
    answer = await ground.stores.copies.clients[kept.home].erase_all([(kept.record, 1)])
    await ground.platform.portal.execute("update record set state = 'erased' where record_id = $1", kept.record)
    await ground.platform.portal.execute(
        "insert into erasure_order (record_id, host_id, due_at, receipt, done_at)"
        " values ($1, $2, now(), $3, now())", kept.record, kept.home, answer.receipt)
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    assert await ground.holders(kept) == {kept.home, kept.reference}
    assert (await proved(moves, campaign)).is_complete


async def test_a_patient_who_asked_for_another_host_gets_it(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    portal = ground.platform.portal
    await portal.execute("insert into move_request (record_id, host_id) values ($1, $2)", kept.record, kept.third)
    moves = Moves(ground)
    campaign = await moves.begun(Plan("requests", ""), kept)
    assert (await moves.run(campaign)).released == 1
    assert await portal.fetchval("select state from move_request where record_id = $1", kept.record) == "done"
    assert await portal.fetchval("select placed_by from record where record_id = $1", kept.record) == "patient"
    await ground.read_back(kept, document)


async def test_no_record_goes_to_a_host_that_is_not_active_or_has_no_room(ground: Ground, kept: Kept) -> None:
    moves, portal = Moves(ground), ground.platform.portal
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    for change, undo in (
        ("state = 'suspended'", "state = 'active'"), ("capacity = 0", "capacity = 1000000"),
        ("siren = (select siren from host_standing where host_id = 'reference')", "siren = '123456789'"),
    ):
        await portal.execute(f"update host_standing set {change} where host_id = $1", kept.third)
        assert (await moves.run(campaign)).waiting == 1, change
        assert (await moves.state(campaign, kept))[1], change
        await portal.execute(f"update host_standing set {undo} where host_id = $1", kept.third)
    assert (await moves.run(campaign)).released == 1


async def test_a_plan_says_what_is_wrong_with_it(ground: Ground) -> None:
    for plan in (("migrate", "alpha", "gamma"), ("migrate", "nobody", "beta"), ("migrate", "alpha", "reference")):
        with pytest.raises(InvalidInput):
            check(Plan(*plan), ground.stores.copies.directory)
    with pytest.raises(InvalidInput):
        Plan("migrate", "alpha", "alpha")


async def test_records_of_a_host_that_was_silent_for_a_week_are_placed_elsewhere(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    moves = Moves(ground)
    background = Background(ground.stores.copies, ground.stores.hosting, moves.store)
    await ground.platform.worker.watch_hosts()
    assert await background.give_up_the_lost() == []
    await ground.platform.portal.execute(
        "update host_state set surveyed_at = now() - interval '8 days' where host_id = $1", kept.home)
    assert await background.give_up_the_lost() == []            # nobody looked, but it is there
    ground.faults[kept.home].is_down = True
    assert await background.give_up_the_lost() == [kept.home]
    assert await background.give_up_the_lost() == []
    await background.step(asyncio.Event())
    assert (await ground.known(kept)).placement.both == (kept.third, kept.reference)
    await ground.read_back(kept, document)
    await ground.platform.portal.execute("update move_campaign set state = 'ended'")
    await ground.platform.portal.execute("update host_state set surveyed_at = now()")


async def test_who_believes_in_the_old_home_still_reads_when_the_reference_is_down(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(campaign)).released == 1
    ground.faults[kept.reference].is_down = True
    ground.stores.views.forget(kept.record)
    assert ground.stores.last_known[kept.record].placement == kept.placement
    back = await retrieve(patient(kept.patient), document.entry.unique_id, ground.stores)
    assert back.content == document.content


async def test_a_wrong_chain_is_given_to_nobody(ground: Ground, kept: Kept) -> None:
    """What the old host exports does not lead to the head: it comes from the reference."""
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    await ground.platform.hosts[kept.home].pool.execute(
        "update entry set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) where record_id = $1 and place = 2",
        kept.record)
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    await Copying(ground.stores.copies, ground.stores.hosting).fill(await moves.taken(campaign))
    await moves.run(campaign)
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.read_back(kept, document)


async def proved(moves: Moves, campaign: UUID) -> Verdict:
    """The exit file as it is now, checked with the keys of the hosts."""
    ground, key = moves.ground, Ed25519PrivateKey.generate()
    receipt_keys = {name: host.host.receipt_key for name, host in ground.platform.hosts.items()}
    signing = Signing(
        key, public_key(key), {name: written(each) for name, each in receipt_keys.items()}, 1,
        await ground.stores.hosting.now())
    now = await moves.campaign(campaign)
    held = await still_held(ground.stores.copies.clients[now.from_host]) if now.kind == "exit" else None
    lines = [line async for line in exit_lines(now, moves.store, signing, held=held)]
    return check_exit(lines, portal_key=key.public_key().public_bytes_raw(), host_keys=receipt_keys)


async def test_a_move_ends_also_when_the_record_came_back_before_its_old_host_erased_it(
    ground: Ground, kept: Kept,
) -> None:
    """Found by the machine of lives: the first campaign would have waited for ever."""
    moves = Moves(ground)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    ground.faults[kept.reference].always("challenge", no_answer)
    there = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(there)).held == 1
    ground.faults[kept.reference].none()
    ground.probe()
    back = await moves.begun(Plan("migrate", kept.third, kept.home), kept)
    assert (await moves.run(back)).released == 1
    assert not (await moves.run(there)).to_do
    assert (await moves.state(there, kept))[0] == "elsewhere"
    await ground.read_back(kept, document)


async def test_a_move_ends_also_when_another_campaign_had_its_old_host_erase_it(ground: Ground, kept: Kept) -> None:
    """The first one would have ordered an erasure of an older version for ever."""
    moves = Moves(ground)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    ground.faults[kept.home].always("erase", no_answer)
    first = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    assert (await moves.run(first)).leaving == 1
    ground.faults[kept.home].none()
    ground.probe()
    second = await moves.begun(Plan("exit", kept.home, part="any"), kept)
    assert (await moves.run(second)).released == 1
    assert (await moves.run(first)).released == 1
    assert await ground.holders(kept) == {kept.home, kept.third, kept.reference}        # of the one, a tombstone
    assert await ground.bodies_at(kept.home, kept) == set()
    await ground.read_back(kept, document)
