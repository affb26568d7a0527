"""Catch-up: what one host lost or missed comes back from the outbox, the other copy or a stand-in, and only that."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from carnet.documents.submission import SubmittedDocument
from carnet.errors import IntegrityError
from carnet.hosting.catch_up import CatchUp
from carnet.hosting.wire import EntryToAppend
from carnet.journal.chain import Header, genesis, next_head
from tests.hosting.faults import garbage, lie, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHICH = pytest.mark.parametrize("which", ["home", "reference"])


@WHICH
async def test_a_host_that_lost_all_of_a_record_gets_all_of_it_back(ground: Ground, kept: Kept, which: str) -> None:
    documents = await _settled(ground, kept)
    host = getattr(kept, which)
    await ground.platform.hosts[host].forget(kept.record)
    await _whole_again(ground, kept, documents)


@WHICH
async def test_a_host_that_lost_its_last_entries_gets_them_back(ground: Ground, kept: Kept, which: str) -> None:
    documents = await _settled(ground, kept)
    await back_to(ground.platform.hosts[getattr(kept, which)].pool, kept.record, place=3)
    await _whole_again(ground, kept, documents)


@WHICH
async def test_a_host_that_lost_one_body_gets_it_back(ground: Ground, kept: Kept, which: str) -> None:
    documents = await _settled(ground, kept)
    host = getattr(kept, which)
    lost = min(await ground.bodies_at(host, kept))
    await ground.platform.hosts[host].pool.execute("delete from body where body_id = $1", lost)
    await _whole_again(ground, kept, documents)


async def test_a_damaged_body_is_found_by_reading_it_and_replaced(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    pool = ground.platform.hosts[kept.home].pool
    await pool.execute("update body set sealed = sealed || '\\x00' where record_id = $1", kept.record)
    await ground.read_back(kept, *documents)
    await ground.platform.quiet()
    assert await _catch_up(ground).settle(kept.record)
    assert await pool.fetchval(
        "select bool_and(sha256(sealed) = body_id) from body where record_id = $1", kept.record)


async def test_a_host_restored_to_an_old_head_while_new_entries_wait_gets_both(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    await back_to(ground.platform.hosts[kept.home].pool, kept.record, place=2)
    ground.faults[kept.reference].next("append", no_answer)
    documents.append(await ground.deposit(kept))
    await ground.stores.delivery.settle()
    assert len(await ground.entries_at(kept.home, kept)) == 2
    assert len(await ground.entries_at(kept.reference, kept)) == 4
    await _whole_again(ground, kept, documents)


async def test_a_hole_in_the_outbox_is_filled_from_the_other_copy(ground: Ground, kept: Kept) -> None:
    """Entry 3 waits for its body at home, entry 4 was delivered; then the home loses all."""
    ground.faults[kept.home].next("put", no_answer)
    documents = [await ground.deposit(kept)]
    documents.append(await ground.deposit(kept))
    await ground.stores.delivery.settle()
    assert [row.place for row in await ground.stores.hosting.tail(kept.record)] == [3]
    await ground.platform.hosts[kept.home].forget(kept.record)
    assert await _catch_up(ground).settle(kept.record)
    await _whole_again(ground, kept, documents)


async def test_a_body_that_is_only_at_the_stand_in_comes_from_there(ground: Ground, kept: Kept) -> None:
    """The stand-in and the home hold it, the reference never got it; the home loses it."""
    ground.faults[kept.reference].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await ground.platform.hosts[kept.home].pool.execute("delete from body where record_id = $1", kept.record)
    await _whole_again(ground, kept, [document])


async def test_a_stand_in_is_asked_even_when_no_outbox_row_names_it(ground: Ground, kept: Kept) -> None:
    ground.faults[kept.reference].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    assert await ground.stores.hosting.tail(kept.record) == []
    for host in (kept.home, kept.reference):
        await ground.platform.hosts[host].pool.execute("delete from body where record_id = $1", kept.record)
    await _whole_again(ground, kept, [document])


@pytest.mark.parametrize("fault", [garbage(), no_answer, lie(lambda _: {"bodies": [b"false"]})], ids=["1", "2", "3"])
async def test_a_source_that_gives_no_true_body_is_passed_over(ground: Ground, kept: Kept, fault: Any) -> None:
    ground.faults[kept.reference].next("put", no_answer)
    document = await ground.deposit(kept)
    await ground.stores.delivery.settle()
    ground.faults[kept.home].next("read", fault)
    await _whole_again(ground, kept, [document])


async def test_another_chain_at_a_host_is_an_integrity_error_and_nothing_is_overwritten(
    ground: Ground, kept: Kept,
) -> None:
    await _settled(ground, kept)
    forged = await _forge(ground, kept, kept.home, entries=1)
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.entries_at(kept.home, kept) == forged


async def test_another_chain_of_the_same_length_is_an_integrity_error(ground: Ground, kept: Kept) -> None:
    await _settled(ground, kept)
    forged = await _forge(ground, kept, kept.home, entries=4)
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.entries_at(kept.home, kept) == forged


async def test_a_longer_chain_that_is_another_one_keeps_the_outbox_row(ground: Ground, kept: Kept) -> None:
    await _settled(ground, kept)
    ground.faults[kept.home].next("append", no_answer)
    await ground.deposit(kept)
    await ground.stores.delivery.settle()
    await _forge(ground, kept, kept.home, entries=7)
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.stores.hosting.tail(kept.record)


async def test_an_entry_beyond_what_is_due_is_no_error(ground: Ground, kept: Kept) -> None:
    """More was committed and delivered while the worker looked."""
    documents = await _settled(ground, kept)
    early = await ground.stores.hosting.locked_head(kept.record)
    documents.append(await ground.deposit(kept))
    await ground.stores.delivery.settle()
    assert early is not None
    worker = _catch_up(ground)
    client = ground.stores.copies.clients[kept.home]
    there = await client.head(kept.record, 1)
    assert there.place == early[1] + 1
    page = await client.journal(kept.record, 1, after=early[1], limit=1)
    assert page.head == early[2]
    assert await worker.settle(kept.record)


async def test_a_false_journal_of_the_other_copy_is_not_shipped(ground: Ground, kept: Kept) -> None:
    """The home lost all; the reference lies: the home must stay empty rather than begin a false chain."""
    documents = await _settled(ground, kept)
    await ground.platform.hosts[kept.home].forget(kept.record)

    def alter(page: dict[str, Any]) -> dict[str, Any]:
        first, *rest = page["entries"]
        return {**page, "entries": [{**first, "sealed": first["sealed"] + b"!"}, *rest]}

    ground.faults[kept.reference].next("journal", lie(alter))
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    assert await ground.entries_at(kept.home, kept) == []
    await _whole_again(ground, kept, documents)


@pytest.mark.parametrize(
    "answer",
    [b"\xff", b"{}", b'{"place": 0, "head": "00", "version": 1, "bodies": 0}',
     b'{"place": 9, "head": "%s", "version": 1, "bodies": 0, "lacking": ["x"]}' % (b"0" * 64)],
    ids=["garbage", "nothing", "no head", "no body's name"])
async def test_a_head_that_is_none_leaves_the_record_due(ground: Ground, kept: Kept, answer: bytes) -> None:
    documents = await _settled(ground, kept)
    ground.faults[kept.home].always("head", garbage(answer))
    with pytest.raises(IntegrityError):
        await _catch_up(ground).settle(kept.record)
    ground.faults[kept.home].none()
    await _whole_again(ground, kept, documents)


async def test_a_lack_noted_while_a_check_is_under_way_is_not_forgotten(ground: Ground, kept: Kept) -> None:
    store = ground.stores.hosting
    await store.note_lack(kept.record, kept.home, "first")
    began = await store.now()
    await store.note_lack(kept.record, kept.home, "again")
    await store.caught_up(kept.record, began)
    assert kept.record in await store.claim_lacks()
    await store.caught_up(kept.record, await store.now())


async def test_doing_it_twice_at_once_stores_everything_once(ground: Ground, kept: Kept) -> None:
    documents = await _settled(ground, kept)
    await ground.platform.hosts[kept.home].forget(kept.record)
    await asyncio.gather(*(_catch_up(ground).settle(kept.record) for _ in range(3)), return_exceptions=True)
    await _whole_again(ground, kept, documents)


def _catch_up(ground: Ground) -> CatchUp:
    return CatchUp(ground.stores.copies, ground.stores.hosting)


async def _settled(ground: Ground, kept: Kept) -> list[SubmittedDocument]:
    """Two letters, delivered to both hosts: four entries."""
    documents = [await ground.deposit(kept, f"Lettre {number}.") for number in range(2)]
    await ground.platform.quiet()
    assert len(await ground.entries_at(kept.home, kept)) == 4
    return documents


async def _whole_again(ground: Ground, kept: Kept, documents: list[SubmittedDocument]) -> None:
    """The next check makes both copies equal, once each entry, and all is readable from either host."""
    assert await _catch_up(ground).settle(kept.record)
    heads = await ground.entries_at(kept.home, kept)
    assert heads == await ground.entries_at(kept.reference, kept)
    assert len(set(heads)) == len(heads)
    assert len(await ground.platform.heads(kept.record)) == 1
    assert await ground.stores.hosting.tail(kept.record) == []
    for host in kept.placement.both:
        ground.faults[host].is_down = True
        await ground.read_back(kept, *documents)
        ground.faults[host].is_down = False
        ground.probe()


async def _forge(ground: Ground, kept: Kept, host: str, *, entries: int) -> list[bytes]:
    """The host forgets its copy and holds another chain of this record instead."""
    await ground.platform.hosts[host].forget(kept.record)
    head, chain = genesis(kept.record), []
    for place in range(1, entries + 1):
        header, sealed = Header(kept.record, uuid4()).encode(), b"forged" + uuid4().bytes
        chain.append(EntryToAppend(kept.record, 1, place, head, header, sealed))
        head = next_head(head, header, sealed)
    results = await ground.stores.copies.clients[host].append_all(chain)
    assert all(result.status == "appended" for result in results)
    return await ground.entries_at(host, kept)
