"""The client's calls in bulk: what a host answers is believed only as far as it can be checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from carnet.errors import HostUnavailable, IntegrityError
from carnet.host.receipts import Receipts
from carnet.hosting.bulk import CeilingReached
from carnet.hosting.bulk_wire import CopyFrom, CopyToFill, Question, RecordCopy
from carnet.hosting.client import HostClient
from carnet.journal.chain import SealedEntry, genesis, verify_suffix
from tests.hosting.faults import garbage, lie, refused
from tests.hosting.ground import Ground, Kept

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAR = 2_000_000_000
Change = Callable[[Any], Any]


def _client(ground: Ground, host: str) -> HostClient:
    return ground.stores.copies.clients[host]


async def _export(ground: Ground, kept: Kept) -> RecordCopy:
    [copy] = await _client(ground, kept.home).export([CopyFrom(kept.record, 1)])
    return copy


def _to_fill(copy: RecordCopy) -> CopyToFill:
    entries = tuple(SealedEntry(each.header, each.sealed) for each in copy.entries)
    return CopyToFill(copy.record, 1, 1, copy.before, copy.head, entries, copy.bodies, FAR)


def _first(name: str, **changed: Any) -> Change:
    """The first of these in the answer, changed."""
    return lambda answer: {**answer, name: [{**answer[name][0], **changed}, *answer[name][1:]]}


async def test_a_record_exported_from_one_host_fills_another(ground: Ground, kept: Kept) -> None:
    document = await ground.deposit(kept)
    await ground.platform.quiet()
    copy = await _export(ground, kept)
    filled = _to_fill(copy)
    verify_suffix(kept.record, genesis(kept.record), filled.entries, head=copy.head)
    third = _client(ground, kept.third)
    for status in ("appended", "already"):
        [result] = await third.fill([filled])
        assert (result.status, result.place, result.head, result.lacking) == (status, copy.place, copy.head, ())
    there = await third.head(kept.record, 1, verify=True)
    assert (there.place, bytes.fromhex(there.head), there.lacking, there.damaged) == (copy.place, copy.head, (), ())
    answer = await third.erase_all([(kept.record, 1)])
    assert [(each.record, each.entries, each.bodies) for each in answer.items] == [
        (kept.record, copy.place, len(copy.bodies))]
    await ground.read_back(kept, document)


async def test_large_calls_go_in_pieces(ground: Ground, kept: Kept) -> None:
    """Written at once they would keep all other calls of the process waiting: aiohttp warns, and a warning fails here.
    """
    document = await ground.deposit(kept, os.urandom(1_200_000).hex())
    await ground.platform.quiet()
    [result] = await _client(ground, kept.third).fill([_to_fill(await _export(ground, kept))])
    assert result.status == "appended"
    await _client(ground, kept.third).erase_all([(kept.record, 1)])
    await ground.read_back(kept, document)


@pytest.mark.parametrize("change", [
    lambda answer: {"copies": []},
    lambda answer: {"copies": answer["copies"] * 2},
    _first("copies", record=str(uuid4())),
    _first("copies", bodies=[{"id": b"i" * 32, "sealed": b"other"}]),
    _first("copies", head=None),
])
async def test_an_export_of_other_things_is_not_believed(ground: Ground, kept: Kept, change: Change) -> None:
    ground.faults[kept.home].next("export", lie(change))
    with pytest.raises(IntegrityError):
        await _export(ground, kept)


@pytest.mark.parametrize("change", [
    _first("results", head=b"h" * 32),
    _first("results", place=9),
    _first("results", lacking=[b"i" * 32]),
    _first("results", status="appended", head=b"h" * 32),
    lambda answer: {**answer, "results": []},
    lambda answer: {**answer, "receipt": "x"},
])
async def test_a_fill_whose_receipt_says_another_thing_is_not_believed(
    ground: Ground, kept: Kept, change: Change,
) -> None:
    copy = await _export(ground, kept)
    ground.faults[kept.home].next("fill", lie(change))
    with pytest.raises(IntegrityError):
        await _client(ground, kept.home).fill([_to_fill(copy)])


async def test_a_fill_that_reached_another_head_is_not_believed_though_it_is_signed(ground: Ground, kept: Kept) -> None:
    copy = await _export(ground, kept)
    host = ground.platform.hosts[kept.third]
    receipts = Receipts(kept.third, host.config.receipt_private_key)

    def signed_lie(answer: dict[str, Any]) -> dict[str, Any]:
        head = b"h" * 32
        receipt = receipts.sign("fill", [(str(kept.record), copy.place, head.hex(), 0)])
        return {"results": [{**answer["results"][0], "head": head}], "receipt": receipt}

    ground.faults[kept.third].next("fill", lie(signed_lie))
    with pytest.raises(IntegrityError, match="another head"):
        await _client(ground, kept.third).fill([_to_fill(copy)])


async def test_an_erasure_of_other_records_is_not_believed(ground: Ground, kept: Kept) -> None:
    record, other = uuid4(), uuid4()
    for change in (
        _first("items", record=str(other)), _first("items", entries=7), lambda answer: {**answer, "items": []},
        lambda answer: {**answer, "refused": [{"record": str(record), "version": 1, "why": "placed_since"}]},
    ):
        ground.faults[kept.home].next("erase", lie(change))
        with pytest.raises(IntegrityError):
            await _client(ground, kept.home).erase_all([(record, 1)])


async def test_records_whose_order_came_late_are_told(ground: Ground, kept: Kept) -> None:
    newer = uuid4()
    client = _client(ground, kept.third)
    await client.erase(newer, 5)
    answer = await client.erase_all([(newer, 4), (uuid4(), 1)])
    assert [(each.record, each.why) for each in answer.refused] == [(newer, "erased_later")]
    assert len(answer.items) == 1


async def test_a_ceiling_is_an_error_of_its_own_and_no_sign_of_a_host_that_is_down(ground: Ground, kept: Kept) -> None:
    client = _client(ground, kept.home)
    for _ in range(6):
        ground.faults[kept.home].next("erase", refused(403, "ceiling"))
        with pytest.raises(CeilingReached, match="as the test wants it"):
            await client.erase_all([(uuid4(), 1)])
    ground.faults[kept.home].next("erase", refused(403, "ceiling"))
    with pytest.raises(CeilingReached):
        await client.erase(uuid4(), 1)
    assert not client.writes.is_open


async def test_answers_to_challenges_are_those_the_host_signed(ground: Ground, kept: Kept) -> None:
    copy = await _export(ground, kept)
    client = _client(ground, kept.home)
    questions = [Question(kept.record, 1, tuple(body.id for body in copy.bodies), 1, copy.place), Question(uuid4(), 1)]
    answers = await client.challenge(b"n" * 32, questions)
    assert [(len(each.bodies), each.journal is not None) for each in answers] == [(len(copy.bodies), True), (0, False)]
    both = [await _client(ground, host).challenge(b"n" * 32, questions) for host in kept.placement.both]
    assert both[0] == both[1]
    for change in (
        _first("answers", journal=b"j" * 32), _first("answers", journal=None), _first("answers", bodies=[None] * 9),
        lambda answer: {**answer, "answers": answer["answers"][::-1]},
    ):
        ground.faults[kept.home].next("challenge", lie(change))
        with pytest.raises(IntegrityError):
            await client.challenge(b"n" * 32, questions)


async def test_counts_are_those_the_host_signed_of_that_day(ground: Ground, kept: Kept) -> None:
    client = _client(ground, kept.home)
    counts = await client.counts("2026-01-01")
    assert (counts.day, counts.bodies_read, counts.exported, counts.challenged) == ("2026-01-01", 0, 0, 0)
    other_day = msgspec.json.encode(await client.counts("2026-01-02"))
    for answer in (other_day, msgspec.json.encode(msgspec.structs.replace(counts, bytes_read=1))):
        ground.faults[kept.home].next("2026-01-01", garbage(answer))
        with pytest.raises(IntegrityError):
            await client.counts("2026-01-01")


async def test_a_root_is_witnessed_once_a_day(ground: Ground, kept: Kept) -> None:
    client = _client(ground, kept.home)
    for _ in range(2):
        assert await client.witness("2026-01-01", b"r" * 32, 3)
    with pytest.raises(IntegrityError):
        await client.witness("2026-01-01", b"s" * 32, 3)
    await client.witness("2026-01-02", b"s" * 32, 4)
    assert [(each.day, each.root, each.size) for each in await client.witnessed()] == [
        ("2026-01-01", (b"r" * 32).hex(), 3), ("2026-01-02", (b"s" * 32).hex(), 4)]
    assert [each.day for each in await client.witnessed("2026-01-01")] == ["2026-01-02"]


async def test_a_host_that_is_down_is_unavailable_for_each(ground: Ground, kept: Kept) -> None:
    client = _client(ground, kept.home)
    copy = await _export(ground, kept)
    ground.faults[kept.home].is_down = True
    for call in (
        client.export([CopyFrom(kept.record, 1)]), client.fill([_to_fill(copy)]), client.erase_all([(uuid4(), 1)]),
        client.challenge(b"n" * 32, [Question(kept.record, 1)]), client.counts("2026-01-01"),
        client.witness("2026-01-05", b"r" * 32, 3), client.witnessed(),
    ):
        with pytest.raises(HostUnavailable):
            await call
        ground.probe()
