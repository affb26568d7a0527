"""With more than three hosts: whichever are away, the first two that answer are the copies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
import pytest_asyncio

from carnet.errors import HostUnavailable, TooFewCopies
from carnet.hosting.directory import Directory, Host, Placement, Standing
from carnet.journal.chain import body_id
from carnet.journal.seal import SealedBody
from carnet.roles.postgres import Postgres
from tests.databases import Databases, databases
from tests.hosting.faults import held_until, no_answer, refused
from tests.hosting.ground import Ground, Kept, running_ground

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_ground(cluster: Postgres, templates: Databases) -> AsyncIterator[Ground]:
    async with (
        databases(cluster, templates) as create,
        running_ground(create, homes=("alpha", "beta", "gamma")) as ground,
    ):
        yield ground


async def test_a_stand_in_that_refuses_is_replaced_by_the_next(ground: Ground, kept: Kept) -> None:
    first, second = _stand_ins(ground, kept)
    ground.faults[kept.home].always("put", no_answer)
    ground.faults[first].always("put", refused(503, "full"))
    assert set(await _put(ground, kept)) == {second, kept.reference}
    assert set(await ground.stores.hosting.stand_ins_of(kept.placement)) == {first, second}


async def test_two_stand_ins_hold_it_when_home_and_reference_are_away(ground: Ground, kept: Kept) -> None:
    for host in kept.placement.both:
        ground.faults[host].always("put", no_answer)
    assert set(await _put(ground, kept)) == set(_stand_ins(ground, kept))


async def test_two_stand_ins_hold_it_when_home_and_reference_hang(ground: Ground, kept: Kept) -> None:
    ground.hurry()
    answer = asyncio.Event()
    for host in kept.placement.both:
        ground.faults[host].next("put", held_until(answer))
    assert set(await _put(ground, kept)) == set(_stand_ins(ground, kept))
    answer.set()
    await ground.stores.copies.hedged.settle()


async def test_one_host_left_of_four_is_not_enough(ground: Ground, kept: Kept) -> None:
    for host in (*kept.placement.both, _stand_ins(ground, kept)[0]):
        ground.faults[host].always("put", no_answer)
    with pytest.raises(TooFewCopies):
        await _put(ground, kept)


async def test_documents_put_at_two_stand_ins_reach_their_own_hosts(ground: Ground, kept: Kept) -> None:
    for host in kept.placement.both:
        ground.faults[host].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.read_back(kept, document)
    await ground.platform.quiet()
    assert len(await ground.platform.heads(kept.record)) == 1
    await ground.end_tickets(kept)
    assert await ground.collect(kept) == 2
    await ground.read_back(kept, document)


async def test_a_host_that_settings_no_longer_name_is_one_that_is_away(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    client = ground.stores.copies.clients.pop(kept.home)
    try:
        with pytest.raises(HostUnavailable):
            ground.stores.copies.clients[kept.home]
        assert kept.home not in await _put(ground, kept)
        assert (await ground.platform.worker.round()) >= 0
        body = next(iter(await ground.bodies_at(kept.reference, kept)))
        assert body_id(await ground.stores.copies.read(kept.placement, body)) == body
    finally:
        ground.stores.copies.clients[kept.home] = client
    await ground.read_back(kept, document)


async def test_records_spread_what_stands_in_over_all_hosts() -> None:
    hosts = [Host(name, "", b"", is_reference=name == "r") for name in ("a", "b", "c", "r")]
    active = [Standing(host.id, "active", is_active=True) for host in hosts]
    firsts = {
        Directory(hosts, active).stand_ins(Placement(uuid4(), 1, "a", "r"))[0].id for _ in range(60)}
    assert firsts == {"b", "c"}


def _stand_ins(ground: Ground, kept: Kept) -> Sequence[str]:
    return [host.id for host in ground.stores.copies.directory.stand_ins(kept.placement)]


async def _put(ground: Ground, kept: Kept) -> tuple[str, ...]:
    sealed = b"sealed " + uuid4().bytes
    return await ground.stores.copies.put(
        kept.placement, [SealedBody(body_id(sealed), sealed)], ticket_end=2_000_000_000)
