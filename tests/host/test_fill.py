"""Fill: many records in one call, each with entries and bodies, of each all or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.journal.chain import genesis
from tests.host.portal import Answer, Portal, chain


def _results(answer: Answer) -> list[tuple[str, int, bytes, list[bytes]]]:
    assert answer.status == 200, answer.content
    return [(each["status"], each["place"], each["head"], each["lacking"]) for each in answer.content["results"]]


def _id(sealed: bytes) -> bytes:
    return sha256(sealed).digest()


async def test_new_records_are_kept_with_their_bodies_and_receipted(portal: Portal, pool: asyncpg.Pool) -> None:
    chains = [chain(uuid4(), [b"one"], [], [b"two", b"away"]) for _ in range(3)]
    answer = await portal.fill(*((entries, [b"one", b"two"]) for entries in chains))
    assert _results(answer) == [("appended", 3, entries[-1].head, [_id(b"away")]) for entries in chains]
    assert portal.receipt(answer, "fill") == [
        [str(entries[0].record), 3, entries[-1].head.hex(), 1] for entries in chains]
    for entries in chains:
        record = entries[0].record
        head = (await portal.head(record)).content
        assert (head["place"], head["bodies"], head["lacking"]) == (3, 2, [_id(b"away").hex()])
        assert (await portal.read((record, b"one"), (record, b"two"))).content == {"bodies": [b"one", b"two"]}
        page = (await portal.journal(record)).content
        assert [entry["sealed"] for entry in page["entries"]] == [entry.sealed for entry in entries]
    assert await pool.fetchval("SELECT count(*) FROM ticket") == 0


async def test_the_same_again_keeps_nothing_twice_and_brings_what_lacked(portal: Portal, record: UUID) -> None:
    entries = chain(record, [b"one", b"two"], [])
    first = await portal.fill((entries, [b"one"]))
    assert _results(first) == [("appended", 2, entries[1].head, [_id(b"two")])]
    assert _results(await portal.fill((entries, [b"one", b"two"]))) == [("already", 2, entries[1].head, [])]
    assert (await portal.read((record, b"two"))).content == {"bodies": [b"two"]}
    assert (await portal.unnamed(2**40)).content == {"records": []}


async def test_what_follows_or_overlaps_is_appended(portal: Portal, record: UUID) -> None:
    entries = chain(record, [], [b"two"], [b"three"], [b"four"])
    await portal.append(*entries[:2])
    following = await portal.fill((entries[2:3], [b"three"]))
    assert _results(following) == [("appended", 3, entries[2].head, [])]
    overlapping = await portal.fill((entries, [b"two", b"four"]))
    assert _results(overlapping) == [("appended", 4, entries[3].head, [])]
    assert portal.receipt(overlapping, "fill") == [[str(record), 4, entries[3].head.hex(), 0]]


async def test_of_a_record_in_conflict_nothing_is_kept_and_of_the_others_all(portal: Portal, record: UUID) -> None:
    good, known = uuid4(), uuid4()
    ours = chain(known, [], [])
    await portal.append(*ours)
    away = chain(record, [], [b"a"])[1:]
    fork = [*ours[:1], *chain(known, [b"b"], after=ours[0])]
    whole = chain(good, [b"c"])
    answer = await portal.fill((away, [b"a"]), (fork, [b"b"]), (whole, [b"c"]))
    assert _results(answer) == [
        ("conflict", 0, genesis(record), []), ("conflict", 2, ours[1].head, []), ("appended", 1, whole[0].head, [])]
    assert portal.receipt(answer, "fill") == [[str(good), 1, whole[0].head.hex(), 0]]
    assert (await portal.read((record, b"a"), (known, b"b"), (good, b"c"))).content == {"bodies": [None, None, b"c"]}
    assert {line["record"] for line in (await portal.inventory()).content["records"]} == {str(good), str(known)}


async def test_an_entry_of_another_record_refuses_the_whole_call(portal: Portal, record: UUID) -> None:
    [stranger] = chain(uuid4(), [])
    good = chain(uuid4(), [])
    answer = await portal.fill((good, []), ([replace(stranger, record=record)], []))
    assert (answer.status, answer.content["error"]) == (400, "invalid")
    assert (await portal.inventory()).content["records"] == []


async def test_a_body_that_is_not_what_it_is_named_refuses_the_whole_call(portal: Portal, record: UUID) -> None:
    entries = chain(record, [b"one"])
    entry = {"header": entries[0].header, "sealed": entries[0].sealed}
    answer = await portal.fill((entries, [b"one"]), copies=[
        {"record": str(record), "place": 1, "previous": entries[0].previous, "entries": [entry],
         "bodies": [{"id": _id(b"one"), "sealed": b"other"}]}])
    assert (answer.status, answer.content["error"]) == (400, "invalid")
    assert (await portal.inventory()).content["records"] == []


async def test_a_record_erased_under_this_version_takes_nothing(portal: Portal, record: UUID) -> None:
    await portal.erase(record, 2)
    entries = chain(record, [b"one"])
    for version in (1, 2):
        answer = await portal.fill((entries, [b"one"]), version=version)
        assert _results(answer) == [("erased", 0, genesis(record), [])]
        assert portal.receipt(answer, "fill") == []
    assert _results(await portal.fill((entries, [b"one"]), version=3)) == [("appended", 1, entries[0].head, [])]


async def test_a_body_no_entry_names_has_a_ticket_and_one_that_is_named_has_none(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"), (record, b"zero"), end=50)
    entries = chain(record, [b"zero"], [b"one"])
    await portal.append(entries[0])
    await portal.fill((entries[1:], [b"zero", b"one", b"spare"]), end=100)
    assert (await portal.unnamed(100)).content == {"records": []}
    assert (await portal.unnamed(101)).content == {"records": [str(record)]}
    collected = (await portal.collect(record, entries[1].head, 100)).content["collected"]
    assert collected == [_id(b"spare")]


async def test_a_damaged_body_is_replaced(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    entries = chain(record, [b"one"])
    await portal.fill((entries, [b"one"]))
    await pool.execute("UPDATE body SET sealed = 'other'")
    assert (await portal.read((record, b"one"))).content == {"bodies": [None]}
    assert _results(await portal.fill((entries, [b"one"]))) == [("already", 1, entries[0].head, [])]
    assert (await portal.read((record, b"one"))).content == {"bodies": [b"one"]}


async def test_a_record_comes_once_in_a_call_and_with_an_entry(portal: Portal, record: UUID) -> None:
    entries = chain(record, [], [])
    assert (await portal.fill((entries[:1], []), (entries[1:], []))).status == 400
    call: dict[str, Any] = {"record": str(record), "place": 1, "previous": genesis(record), "entries": [], "bodies": []}
    assert (await portal.fill((entries, []), copies=[call])).status == 400


async def test_the_token_says_which_records_after_which_heads(portal: Portal, record: UUID) -> None:
    entries = chain(record, [])
    for item in ([record, 1, "0" * 64, 9], [uuid4(), 1, genesis(record).hex(), 9]):
        assert (await portal.fill((entries, []), token=portal.token("fill", [item]))).status == 401
    item = [record, 1, genesis(record).hex(), 9]
    assert (await portal.fill((entries, []), token=portal.token("append", [item]))).status == 401


async def test_concurrent_fills_of_the_same_records_in_any_order_keep_each_once(portal: Portal) -> None:
    chains = [chain(uuid4(), [b"x"], []) for _ in range(8)]
    copies = [(entries, [b"x"]) for entries in chains]
    answers = await asyncio.gather(*(portal.fill(*(copies[::-1] if n % 2 else copies)) for n in range(6)))
    statuses = [each["status"] for answer in answers if answer.status == 200 for each in answer.content["results"]]
    assert statuses.count("appended") == 8
    assert {answer.status for answer in answers} <= {200, 503}      # 503: come again, another first entry was under way
    for entries in chains:
        assert (await portal.head(entries[0].record)).content["place"] == 2


async def test_a_full_host_takes_entries_without_bodies_and_a_read_only_one_nothing(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    full = replace(portal, app=build(pool, replace(config, capacity_bytes=1000)))
    entries = chain(record, [b"one"])
    refused = await full.fill((entries, [b"one"]))
    assert (refused.status, refused.content["error"]) == (503, "full")
    assert _results(await full.fill((entries, []))) == [("appended", 1, entries[0].head, [_id(b"one")])]
    still = replace(portal, app=build(pool, replace(config, state="read_only")))
    assert (await still.fill((entries, []))).content["error"] == "read_only"


@pytest.mark.parametrize(
    "changed", [{"place": 0}, {"previous": b"x"}, {"entries": [{"header": b"", "sealed": b"s"}]}, {"bodies": None}])
async def test_a_malformed_copy_is_refused(portal: Portal, record: UUID, changed: dict[str, Any]) -> None:
    [entry] = chain(record, [])
    copy = {"record": str(record), "place": 1, "previous": genesis(record), "bodies": [],
            "entries": [{"header": entry.header, "sealed": entry.sealed}]}
    assert (await portal.fill(([entry], []), copies=[copy | changed])).status == 400
