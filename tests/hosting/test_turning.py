"""Moves whose target may not be given the record any more: another host is chosen, or who asked is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from carnet.hosting.moving.campaign import Plan
from carnet.record.notifications import my_notifications
from carnet.roles.postgres import Postgres
from tests.databases import Databases, databases
from tests.hosting.ground import Ground, Kept, running_ground
from tests.hosting.moves import Moves
from tests.running import patient

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_THE_REFERENCE = "siren = (select siren from host_standing where host_id = 'reference')"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_ground(cluster: Postgres, templates: Databases) -> AsyncIterator[Ground]:
    """With four hosts: there is another one to choose."""
    async with (
        databases(cluster, templates) as create,
        running_ground(create, homes=("alpha", "beta", "gamma")) as ground,
    ):
        yield ground


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def standings(ground: Ground) -> AsyncIterator[None]:
    """As they were, after each test."""
    before = await ground.platform.portal.fetch("select host_id, state, capacity, siren, counted from host_standing")
    yield
    await ground.platform.portal.executemany(
        "update host_standing set state = $2, capacity = $3, siren = $4, counted = $5 where host_id = $1", before)
    ground.stores.copies.directory.learn(await ground.stores.hosting.accreditation.standings())


async def _change(ground: Ground, host: str, change: str) -> None:
    await ground.platform.portal.execute(f"update host_standing set {change} where host_id = $1", host)


async def _asked(ground: Ground, kept: Kept, host: str) -> None:
    await ground.stores.records.keepers.ask(kept.record, host)


async def _target(moves: Moves, kept: Kept) -> str:
    host: str = await moves.ground.platform.portal.fetchval(
        "select to_host from move where record_id = $1", kept.record)
    return host


@pytest.mark.parametrize(("change", "why"), [
    ("state = 'suspended'", "not_active"), (OF_THE_REFERENCE, "same_company"), ("capacity = 0", "full")])
async def test_a_wish_that_cannot_be_granted_is_refused_with_its_reason_and_its_patient_told(
    ground: Ground, kept: Kept, change: str, why: str,
) -> None:
    moves, document = Moves(ground), await ground.deposit(kept)
    await ground.platform.quiet()
    await _asked(ground, kept, kept.third)
    campaign = await moves.begun(Plan("requests", ""), kept)
    await _change(ground, kept.third, change)
    counts = await moves.run(campaign)
    assert (counts.elsewhere, counts.to_do) == (1, 0)
    assert (await moves.state(campaign, kept))[1].startswith(f"host {kept.third} may not be given it")
    keeper = await ground.stores.records.keepers.of(kept.record)
    assert (keeper.home, keeper.asked_state, keeper.answer) == (kept.home, "refused", why)
    assert "move_refused" in await _told(ground, kept)
    assert await ground.platform.portal.fetchval(
        "select detail->>'why' from audit_event where record_id = $1 and act = 'move_refused'", kept.record) == why
    await ground.read_back(kept, document)


async def test_a_wish_that_was_changed_meanwhile_is_not_refused(ground: Ground, kept: Kept) -> None:
    moves = Moves(ground)
    await _asked(ground, kept, kept.third)
    campaign = await moves.begun(Plan("requests", ""), kept)
    await _asked(ground, kept, "gamma")
    await _change(ground, kept.third, "state = 'suspended'")
    assert not (await moves.run(campaign)).to_do
    keeper = await ground.stores.records.keepers.of(kept.record)
    assert (keeper.asked_host, keeper.asked_state) == ("gamma", "asked")
    assert "move_refused" not in await _told(ground, kept)


@pytest.mark.parametrize("change", ["state = 'suspended'", OF_THE_REFERENCE, "capacity = 0, counted = 1"])
async def test_another_host_is_chosen_when_the_one_of_the_list_may_not_have_the_record(
    ground: Ground, kept: Kept, change: str,
) -> None:
    moves, document = Moves(ground), await ground.deposit(kept)
    await ground.platform.quiet()
    campaign = await moves.begun(Plan("exit", kept.home, part="any"), kept)
    first = await _target(moves, kept)
    await _change(ground, first, change)
    assert (await moves.run(campaign)).released == 1
    home = (await ground.known(kept)).placement.home
    assert home == await _target(moves, kept)
    assert home not in (first, kept.home, kept.reference)
    await ground.read_back(kept, document)


async def test_a_host_that_was_being_filled_stands_in_when_another_one_is_chosen(ground: Ground, kept: Kept) -> None:
    moves = Moves(ground)
    campaign = await moves.begun(Plan("exit", kept.home, part="any"), kept)
    first = await _target(moves, kept)
    assert [move.state for move in await moves.taken(campaign)] == ["waiting"]      # as it was when it was taken
    assert await moves.role(kept, first) == "filling"
    await _change(ground, first, "state = 'suspended'")
    assert (await moves.run(campaign)).released == 1
    assert await moves.role(kept, first) == "stand_in"      # rule EVER: it is known that it may hold something


async def test_what_no_host_may_be_given_waits_and_says_why(ground: Ground, kept: Kept) -> None:
    moves = Moves(ground)
    campaign = await moves.begun(Plan("exit", kept.home, part="any"), kept)
    for host in {"alpha", "beta", "gamma"} - {kept.home}:
        await _change(ground, host, "state = 'suspended'")
    assert (await moves.run(campaign)).waiting == 1
    [(why, records)] = await moves.store.turning.reasons(campaign)
    assert records == 1
    assert why == f"host {await _target(moves, kept)} may not be given it: it is not active"
    await ground.platform.portal.execute("update host_standing set state = 'active'")
    assert (await moves.run(campaign)).released == 1


async def test_where_an_officer_named_the_host_no_other_one_is_chosen(ground: Ground, kept: Kept) -> None:
    moves = Moves(ground)
    campaign = await moves.begun(Plan("migrate", kept.home, kept.third), kept)
    await _change(ground, kept.third, "state = 'suspended'")
    assert (await moves.run(campaign)).waiting == 1
    assert await _target(moves, kept) == kept.third
    assert (await moves.state(campaign, kept))[1] == f"host {kept.third} may not be given it: it is not active"


async def _told(ground: Ground, kept: Kept) -> list[str]:
    return [each.act for each in await my_notifications(patient(kept.patient), ground.stores)]
