"""Entries at a host: compare and set, in order, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from carnet.journal.chain import BodyName, Header, SealedEntry, genesis, verify_suffix
from tests.host.portal import Answer, Entry, Portal, chain


def _results(answer: Answer) -> list[tuple[str, int, bytes]]:
    return [(result["status"], result["place"], result["head"]) for result in answer.content["results"]]


async def test_an_entry_that_follows_the_head_is_appended_and_receipted(portal: Portal, record: UUID) -> None:
    [entry] = chain(record, [])
    appended = await portal.append(entry)
    assert appended.status == 200
    assert _results(appended) == [("appended", 1, entry.head)]
    assert portal.receipt(appended, "append") == [[str(record), 1, entry.head.hex()]]
    assert (await portal.head(record)).content["head"] == entry.head.hex()


async def test_an_entry_appended_twice_is_stored_once_and_answered_alike(portal: Portal, record: UUID) -> None:
    [entry] = chain(record, [])
    await portal.append(entry)
    again = await portal.append(entry)
    assert again.status == 200
    assert _results(again) == [("already", 1, entry.head)]
    assert portal.receipt(again, "append") == [[str(record), 1, entry.head.hex()]]
    assert len((await portal.journal(record)).content["entries"]) == 1


async def test_an_old_entry_that_comes_again_is_answered_with_the_own_place_and_head(
    portal: Portal, record: UUID
) -> None:
    first, second = chain(record, [], [])
    await portal.append(first, second)
    assert _results(await portal.append(first)) == [("already", 2, second.head)]


async def test_an_entry_after_a_gap_is_a_conflict_with_the_own_place_and_head(portal: Portal, record: UUID) -> None:
    first, _, third = chain(record, [], [], [])
    await portal.append(first)
    conflict = await portal.append(third)
    assert conflict.status == 409
    assert _results(conflict) == [("conflict", 1, first.head)]
    assert portal.receipt(conflict, "append") == []


async def test_an_entry_for_a_record_never_seen_must_be_its_first(portal: Portal, record: UUID) -> None:
    _, second = chain(record, [], [])
    conflict = await portal.append(second)
    assert (conflict.status, _results(conflict)) == (409, [("conflict", 0, genesis(record))])
    wrong_start = replace(chain(record, [])[0], previous=b"p" * 32)
    assert _results(await portal.append(wrong_start)) == [("conflict", 0, genesis(record))]
    assert (await portal.inventory()).content["records"] == []


async def test_another_entry_at_a_taken_place_is_a_conflict(portal: Portal, record: UUID) -> None:
    [mine], [other] = chain(record, []), chain(record, [])
    await portal.append(mine)
    assert _results(await portal.append(other)) == [("conflict", 1, mine.head)]


async def test_a_right_place_after_a_wrong_head_is_a_conflict(portal: Portal, record: UUID) -> None:
    first, second = chain(record, [], [])
    await portal.append(first)
    assert _results(await portal.append(replace(second, previous=b"p" * 32))) == [("conflict", 1, first.head)]
    assert _results(await portal.append(replace(second, place=3))) == [("conflict", 1, first.head)]


async def test_entries_of_several_records_in_one_call_are_answered_in_order(portal: Portal, record: UUID) -> None:
    other, third = uuid4(), uuid4()
    a, b, c = chain(record, [], [], [])
    [x] = chain(other, [])
    _, lost = chain(third, [], [])
    answer = await portal.append(a, x, b, lost, c)
    assert answer.status == 200
    assert _results(answer) == [
        ("appended", 1, a.head),
        ("appended", 1, x.head),
        ("appended", 2, b.head),
        ("conflict", 0, genesis(third)),
        ("appended", 3, c.head),
    ]
    assert [place for _, place, _ in portal.receipt(answer, "append")] == [1, 1, 2, 3]


async def test_a_call_may_begin_with_what_is_already_there(portal: Portal, record: UUID) -> None:
    a, b, c, d = chain(record, [], [], [], [])
    await portal.append(a, b)
    assert _results(await portal.append(a, b, c, d)) == [
        ("already", 2, b.head), ("already", 2, b.head), ("appended", 3, c.head), ("appended", 4, d.head)
    ]


async def test_entries_out_of_order_are_judged_one_after_the_other(portal: Portal, record: UUID) -> None:
    a, b = chain(record, [], [])
    assert _results(await portal.append(b, a, a, b)) == [
        ("conflict", 0, genesis(record)), ("appended", 1, a.head), ("already", 1, a.head), ("appended", 2, b.head)
    ]


async def test_the_bodies_an_entry_names_and_the_host_has_not_are_told(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"here"))
    await portal.put((uuid4(), b"elsewhere"))
    first, second = chain(record, [b"here", b"away"], [b"elsewhere"])
    answer = await portal.append(first, second)
    assert [result["lacking"] for result in answer.content["results"]] == [
        [sha256(b"away").digest()], [sha256(b"elsewhere").digest()]
    ]
    await portal.put((record, b"away"))
    again = await portal.append(first, second)
    assert [result["lacking"] for result in again.content["results"]] == [[], [sha256(b"elsewhere").digest()]]


async def test_concurrent_appends_of_the_same_entry_store_it_once(portal: Portal, record: UUID) -> None:
    [entry] = chain(record, [])
    answers = await asyncio.gather(*(portal.append(entry) for _ in range(12)))
    assert sorted(result for answer in answers for result, _, _ in _results(answer)) == ["already"] * 11 + ["appended"]
    assert len((await portal.journal(record)).content["entries"]) == 1


async def test_of_concurrent_rivals_one_is_appended_and_the_others_learn_its_head(
    portal: Portal, record: UUID
) -> None:
    rivals = [chain(record, [])[0] for _ in range(8)]
    answers = await asyncio.gather(*(portal.append(entry) for entry in rivals))
    head = bytes.fromhex((await portal.head(record)).content["head"])
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert {result for answer in answers for result in _results(answer)} == {
        ("appended", 1, head), ("conflict", 1, head)
    }


async def test_calls_on_the_same_records_in_any_order_never_block_each_other(portal: Portal) -> None:
    records = [uuid4() for _ in range(12)]
    chains = {record: chain(record, *([] for _ in range(6))) for record in records}

    async def deposit(number: int) -> None:
        order = records if number % 2 else records[::-1]
        await portal.put(*((record, b"%d" % number) for record in order))
        await portal.append(*(chains[record][number] for record in order))

    for number in range(6):
        await asyncio.gather(*(deposit(number) for _ in range(3)))
    assert {(await portal.head(record)).content["place"] for record in records} == {6}


async def test_a_journal_is_read_from_any_place_and_verifies_from_there(portal: Portal, record: UUID) -> None:
    entries = chain(record, [], [b"x"], [], [])
    await portal.append(*entries)
    for after in range(5):
        page = (await portal.journal(record, f"?after={after}&limit=2")).content
        expected = entries[after : after + 2]
        assert [entry["place"] for entry in page["entries"]] == [entry.place for entry in expected]
        assert page["place"] == 4
        got = [SealedEntry(entry["header"], entry["sealed"]) for entry in page["entries"]]
        verify_suffix(record, page["head"], got, head=expected[-1].head if expected else entries[-1].head)


async def test_a_journal_longer_than_one_answer_comes_in_parts(portal: Portal, record: UUID) -> None:
    entries = [_heavy(entry) for entry in chain(record, [])]
    for _ in range(4):
        entries.append(_heavy(chain(record, [], after=entries[-1])[0]))
    for entry in entries:
        assert (await portal.append(entry)).status == 200
    first = (await portal.journal(record)).content["entries"]
    assert 1 <= len(first) < 5
    rest = (await portal.journal(record, f"?after={len(first)}")).content["entries"]
    assert [entry["place"] for entry in first + rest] == [1, 2, 3, 4, 5]


def _heavy(entry: Entry) -> Entry:
    return replace(entry, sealed=b"s" * 10_000_000)


async def test_a_journal_is_not_found_beyond_its_end(portal: Portal, record: UUID) -> None:
    assert (await portal.journal(record)).content == {"place": 0, "head": genesis(record), "entries": []}
    assert (await portal.journal(record, "?after=1")).status == 404


async def test_a_record_never_seen_has_an_empty_head(portal: Portal, record: UUID) -> None:
    assert (await portal.head(record)).content == {
        "place": 0, "head": genesis(record).hex(), "version": 0, "bodies": 0, "lacking": []
    }


async def test_a_record_with_bodies_and_no_entry_has_the_head_before_any_entry(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"), version=4)
    assert (await portal.head(record, 4)).content == {
        "place": 0, "head": genesis(record).hex(), "version": 4, "bodies": 1, "lacking": []
    }


_NAME = BodyName(b"n" * 32, 7)


@pytest.mark.parametrize(
    "malform",
    [
        lambda header: b"",
        lambda header: b"{}",
        lambda header: header + b" ",
        lambda header: header.replace(b'"format":1', b'"format":2'),
        lambda header: header.replace(b'"key":1', b'"key":1,"title":"x"'),
        lambda header: Header(UUID(int=1), uuid4()).encode(),
        lambda header: Header(UUID(int=2), uuid4(), bodies=(_NAME, _NAME)).encode(),
        lambda header: Header(
            UUID(int=2), uuid4(), bodies=tuple(BodyName(bytes([n]) * 32, 1) for n in range(9)) * 500).encode(),
    ],
)
async def test_a_malformed_or_foreign_header_refuses_the_whole_call(portal: Portal, malform: Any) -> None:
    record, other = UUID(int=2), uuid4()
    [good], [entry] = chain(other, []), chain(record, [])
    refused = await portal.append(good, replace(entry, header=malform(entry.header)))
    assert (refused.status, refused.content["error"]) == (400, "invalid")
    assert (await portal.head(other)).content["place"] == 0
