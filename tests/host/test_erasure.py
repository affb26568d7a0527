"""Erasure at a host: all goes, a tombstone stays, and no older order is obeyed any more."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from carnet.journal.chain import genesis
from tests.host.portal import Portal, chain


async def test_erasure_removes_all_and_its_receipt_counts_it(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    await portal.put((record, b"one"), (record, b"two"), (record, b"unnamed"))
    await portal.append(*chain(record, [b"one"], [b"two", b"lacking"]))
    erased = await portal.erase(record, 1)
    assert erased.status == 200
    assert portal.receipt(erased, "erase") == [[str(record), 1, 2, 3]]
    for table in ("entry", "body", "named_body", "ticket"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0
    inventory = (await portal.inventory()).content
    assert inventory["records"] == []
    assert inventory["tombstones"] == [{"record": str(record), "version": 1}]


async def test_erasure_repeated_says_the_same(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"))
    first, again = await portal.erase(record, 1), await portal.erase(record, 1)
    assert portal.receipt(again, "erase") == portal.receipt(first, "erase") == [[str(record), 1, 0, 1]]


async def test_a_record_never_seen_is_erased_too_so_that_late_orders_find_a_tombstone(
    portal: Portal, record: UUID
) -> None:
    assert portal.receipt(await portal.erase(record, 3), "erase") == [[str(record), 3, 0, 0]]
    assert (await portal.put((record, b"late"), version=3)).status == 410


async def test_orders_of_the_erased_version_or_older_are_refused(portal: Portal, record: UUID) -> None:
    await portal.append(*chain(record, []))
    await portal.erase(record, 2)
    for version in (1, 2):
        assert (await portal.put((record, b"late"), version=version)).status == 410
        assert (await portal.read((record, b"late"), version=version)).status == 410
        assert (await portal.head(record, version)).status == 410
        assert (await portal.journal(record, version=version)).status == 410
        assert (await portal.collect(record, genesis(record), 9, version=version)).status == 410
        late = await portal.append(*chain(record, []), version=version)
        assert [result["status"] for result in late.content["results"]] == ["erased"]
        assert portal.receipt(late, "append") == []
    assert (await portal.erase(record, 1)).status == 410


async def test_a_put_for_an_erased_record_names_it_and_keeps_nothing_of_the_call(portal: Portal, record: UUID) -> None:
    other = UUID(int=7)
    await portal.erase(record, 1)
    refused = await portal.put((other, b"one"), (record, b"two"))
    assert (refused.status, refused.content["error"]) == (410, "erased")
    assert refused.content["records"] == [str(record)]
    assert (await portal.read((other, b"one"))).content == {"bodies": [None]}


async def test_a_newer_version_starts_afresh(portal: Portal, record: UUID) -> None:
    await portal.append(*chain(record, [], []))
    await portal.erase(record, 1)
    [entry] = chain(record, [b"new"])
    await portal.put((record, b"new"), version=2)
    answer = await portal.append(entry, version=2)
    assert [(result["status"], result["place"]) for result in answer.content["results"]] == [("appended", 1)]
    inventory = (await portal.inventory()).content
    assert [line["version"] for line in inventory["records"]] == [2]
    assert inventory["tombstones"] == [{"record": str(record), "version": 1}]


async def test_an_order_to_erase_repeated_late_has_no_effect_on_later_data(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"old"))
    first = await portal.erase(record, 1)
    await portal.put((record, b"new"), version=2)
    assert portal.receipt(await portal.erase(record, 1), "erase") == portal.receipt(first, "erase")
    assert (await portal.read((record, b"new"), version=2)).content == {"bodies": [b"new"]}


async def test_a_first_order_to_erase_that_comes_after_a_later_placement_is_a_conflict(
    portal: Portal, record: UUID
) -> None:
    await portal.put((record, b"new"), version=3)
    late = await portal.erase(record, 2)
    assert (late.status, late.content["version"]) == (409, 3)
    assert (await portal.read((record, b"new"), version=3)).content == {"bodies": [b"new"]}


@pytest.mark.parametrize("method", ["put", "read"])
async def test_only_the_erasure_key_orders_erasure_and_nothing_else(
    portal: Portal, record: UUID, method: str
) -> None:
    portal.key, portal.erasure_key = portal.erasure_key, portal.key
    assert (await portal.erase(record, 1)).status == 401
    assert (await getattr(portal, method)((record, b"one"))).status == 401
