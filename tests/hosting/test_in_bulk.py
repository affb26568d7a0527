"""A host that was away is brought many records in a call: in order, from where it is, and nothing that is false."""

from __future__ import annotations

import pytest

from carnet.documents.submission import SubmittedDocument
from carnet.hosting.in_bulk import InBulk
from carnet.hosting.store import NOT_PROVEN
from tests.hosting.faults import Call, answer_lost, no_answer
from tests.hosting.ground import Ground, Kept
from tests.hosting.losses import back_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

Documents = dict[str, list[SubmittedDocument]]


async def test_many_records_are_brought_in_one_call(ground: Ground) -> None:
    records = await _records(ground, 4)
    documents = await _while_away(ground, records)
    assert await _settled(ground, records) == {kept.record for kept in records}
    assert {name: ground.faults[name].calls["fill"] for name in ("alpha", "beta")} == {"alpha": 0, "beta": 0}
    assert ground.faults["reference"].calls["fill"] == len({kept.home for kept in records})
    assert ground.faults["reference"].calls["append"] == ground.faults["reference"].calls["put"] == 0
    for kept in records:
        assert len(await ground.platform.heads(kept.record)) == 1
        assert await ground.stores.hosting.tail(kept.record) == []
        await ground.platform.hosts[kept.home].forget(kept.record)
        await ground.read_back(kept, *documents[str(kept.record)])


async def test_copies_larger_than_a_call_are_brought_in_several(ground: Ground) -> None:
    records = await _records(ground, 4)
    await _while_away(ground, records)
    # What they lack is 6 kB each: one fits, and never another with it.
    assert await _settled(ground, records, most_bytes=8_000) == {kept.record for kept in records}
    assert ground.faults["reference"].calls["fill"] == len(records)


async def test_it_goes_on_where_it_was_broken_off(ground: Ground) -> None:
    records = await _records(ground, 3)
    documents = await _while_away(ground, records)
    ground.faults["reference"].always("fill", answer_lost)
    assert await _settled(ground, records) == set()
    ground.faults["reference"].none()
    assert await _settled(ground, records) == {kept.record for kept in records}
    for kept in records:
        assert len(await ground.entries_at("reference", kept)) == (await ground.known(kept)).place
        await ground.read_back(kept, *documents[str(kept.record)])


async def test_what_is_committed_meanwhile_is_kept_and_waits(ground: Ground, kept: Kept) -> None:
    documents = (await _while_away(ground, [kept]))[str(kept.record)]

    async def deposited_meanwhile(call: Call) -> None:
        ground.faults["reference"].always("append", no_answer)
        documents.append(await ground.deposit(kept))
        await ground.stores.delivery.settle()
        await call.answer(*await call.do())

    ground.faults["reference"].next("fill", deposited_meanwhile)
    assert await _settled(ground, [kept]) == {kept.record}
    assert [row.place for row in await ground.stores.hosting.tail(kept.record)] == [(await ground.known(kept)).place]
    ground.faults["reference"].none()
    await ground.platform.quiet()
    await ground.read_back(kept, *documents)


async def test_a_host_back_from_an_old_copy_is_brought_what_it_lost(ground: Ground, kept: Kept) -> None:
    documents = [await ground.deposit(kept, f"Lettre {number}.") for number in range(3)]
    await ground.platform.quiet()
    await back_to(ground.platform.hosts["reference"].pool, kept.record, place=3)
    await ground.stores.hosting.note_lack(kept.record, "reference", "found by an inventory")
    assert await _settled(ground, [kept]) == {kept.record}
    assert await ground.stores.hosting.lacks_of([kept.record]) == {}
    await ground.platform.hosts[kept.home].forget(kept.record)
    await ground.read_back(kept, *documents)


async def test_a_false_chain_is_sent_to_nobody(ground: Ground, kept: Kept) -> None:
    await _while_away(ground, [kept])
    await ground.platform.hosts[kept.home].pool.execute(
        "update entry set sealed = set_byte(sealed, 9, 255 - get_byte(sealed, 9))"
        " where record_id = $1 and place = (select place from record where record_id = $1)", kept.record)
    assert await _settled(ground, [kept]) == set()
    assert ground.faults["reference"].calls["fill"] == 0


async def test_suspected_bytes_and_two_hosts_behind_are_left_to_the_slow_way(ground: Ground) -> None:
    suspected, both = await _records(ground, 2)
    await _while_away(ground, [suspected, both])
    await ground.stores.hosting.note_lack(suspected.record, suspected.home, NOT_PROVEN)
    await ground.stores.hosting.note_lack(both.record, both.home, "found by an inventory")
    assert await _settled(ground, [suspected, both]) == set()
    await ground.platform.quiet()
    for kept in (suspected, both):
        assert len(await ground.platform.heads(kept.record)) == 1


async def test_a_host_that_is_taken_for_down_is_not_asked(ground: Ground, kept: Kept) -> None:
    await _while_away(ground, [kept])
    for _ in range(5):
        ground.stores.copies.clients["reference"].writes.failed(0.0)
    assert await _settled(ground, [kept]) == set()
    assert ground.faults[kept.home].calls["export"] == 0


async def _records(ground: Ground, count: int) -> list[Kept]:
    return [await ground.opened() for _ in range(count)]


async def _while_away(ground: Ground, records: list[Kept]) -> Documents:
    """Two documents come to each record while the reference takes nothing; then it is there again."""
    for kind in ("put", "append"):
        ground.faults["reference"].always(kind, no_answer)
    documents = {str(kept.record): [await ground.deposit(kept, f"Lettre {n}.") for n in range(2)] for kept in records}
    await ground.stores.delivery.settle()
    for faults in ground.faults.values():
        faults.none()
        faults.calls.clear()
    ground.probe()
    return documents


async def _settled(ground: Ground, records: list[Kept], *, most_bytes: int = 2**20) -> set[object]:
    in_bulk = InBulk(ground.stores.copies, ground.stores.hosting, most_bytes=most_bytes)
    return set(await in_bulk.settle([kept.record for kept in records]))
