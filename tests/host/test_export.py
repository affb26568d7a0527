"""Export: entries and bodies of many records in one answer, as they are held."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from carnet.host.app import build
from carnet.host.config import HostConfig, Limits
from carnet.journal.chain import SealedEntry, genesis, verify_suffix
from tests.host.portal import Answer, Portal, chain


def _copies(answer: Answer) -> list[Any]:
    assert answer.status == 200, answer.content
    copies: list[Any] = answer.content["copies"]
    return copies


def _ids(*sealed: bytes) -> list[bytes]:
    return [sha256(each).digest() for each in sealed]


async def test_records_come_whole_in_the_order_asked_with_the_bodies_their_entries_name(portal: Portal) -> None:
    records = [uuid4() for _ in range(5)]
    for record in records:
        await portal.put((record, b"unnamed"), *((record, b"%d" % n) for n in range(3)))
        await portal.append(*chain(record, [b"2", b"0"], [], [b"1", b"0"]))
    copies = _copies(await portal.export(*((record, 0) for record in records)))
    assert [UUID(copy["record"]) for copy in copies] == records
    for record, copy in zip(records, copies, strict=True):
        entries = [SealedEntry(entry["header"], entry["sealed"]) for entry in copy["entries"]]
        verify_suffix(record, copy["before"], entries, head=copy["head"])
        assert [entry["place"] for entry in copy["entries"]] == [1, 2, 3]
        assert [(body["id"], body["sealed"]) for body in copy["bodies"]] == [
            (sha256(sealed).digest(), sealed) for sealed in (b"2", b"0", b"1")]
        assert (copy["place"], copy["before"], copy["lacking"], copy["is_whole"]) == (3, genesis(record), [], True)


async def test_only_what_follows_a_place_comes(portal: Portal, record: UUID) -> None:
    entries = chain(record, [b"old"], [b"new"], [b"old"])
    await portal.put((record, b"old"), (record, b"new"))
    await portal.append(*entries)
    [copy] = _copies(await portal.export((record, 1)))
    assert copy["before"] == entries[0].head
    assert [entry["place"] for entry in copy["entries"]] == [2, 3]
    assert [body["sealed"] for body in copy["bodies"]] == [b"new", b"old"]
    for after in (3, 9):
        [copy] = _copies(await portal.export((record, after)))
        assert (copy["place"], copy["before"], copy["entries"], copy["is_whole"]) == (3, entries[2].head, [], True)


async def test_a_record_never_seen_is_empty_and_whole(portal: Portal, record: UUID) -> None:
    [copy] = _copies(await portal.export((record, 0)))
    assert (copy["place"], copy["head"], copy["entries"], copy["is_whole"]) == (0, genesis(record), [], True)


async def test_as_many_records_come_as_fit_and_one_that_never_fits_comes_without_contents(portal: Portal) -> None:
    small, large, other = (uuid4() for _ in range(3))
    for record, size in ((small, 400), (large, 4000), (other, 400)):
        await portal.put((record, b"x" * size))
        await portal.append(*chain(record, [b"x" * size]))
    asked = ((small, 0), (large, 0), (other, 0))
    copies = _copies(await portal.export(*asked, most_bytes=2000))
    assert [(copy["is_whole"], len(copy["entries"]), len(copy["bodies"])) for copy in copies] == [
        (True, 1, 1), (False, 0, 0), (True, 1, 1)]
    assert copies[1]["place"] == 1
    assert [copy["is_whole"] for copy in _copies(await portal.export(*asked, most_bytes=900))] == [True, False]
    assert [copy["is_whole"] for copy in _copies(await portal.export(*asked, most_bytes=1))] == [False] * 3


async def test_entries_that_are_too_many_alone_are_not_read(portal: Portal, record: UUID) -> None:
    other = uuid4()
    await portal.append(*chain(record, *([] for _ in range(40))), *chain(other, []))
    copies = _copies(await portal.export((record, 0), (other, 0), most_bytes=3000))
    told = [(copy["is_whole"], copy["place"], len(copy["entries"])) for copy in copies]
    assert told == [(False, 40, 0), (True, 1, 1)]


async def test_an_answer_is_never_larger_than_the_host_gives(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig
) -> None:
    records = [uuid4() for _ in range(4)]
    for record in records:
        await portal.put((record, b"x" * 900))
        await portal.append(*chain(record, [b"x" * 900]))
    small = replace(portal, app=build(pool, replace(config, limits=Limits(answer_bytes=2500))))
    assert len(_copies(await small.export(*((record, 0) for record in records)))) == 2


async def test_what_is_not_held_or_altered_is_lacking_and_marked(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    await portal.put((record, b"good"), (record, b"bad"))
    await portal.append(*chain(record, [b"bad", b"away", b"good"]))
    await pool.execute("UPDATE body SET sealed = 'other' WHERE body_id = $1", *_ids(b"bad"))
    [copy] = _copies(await portal.export((record, 0)))
    assert copy["lacking"] == _ids(b"bad", b"away")
    assert [body["sealed"] for body in copy["bodies"]] == [b"good"]
    assert (await portal.status())["damaged"] == 1


async def test_a_damaged_journal_is_given_as_it_is(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    entries = chain(record, [b"x"], [], [])
    await portal.append(*entries)
    await pool.execute("UPDATE entry SET header = '{\"bodies\":[[\"x\",1]]}' WHERE place = 1")
    await pool.execute("DELETE FROM entry WHERE place = 2")
    [copy] = _copies(await portal.export((record, 0)))
    assert [entry["place"] for entry in copy["entries"]] == [1, 3]


async def test_an_erased_record_refuses_the_call_and_is_named(portal: Portal, record: UUID) -> None:
    await portal.erase(record, 1)
    refused = await portal.export((uuid4(), 0), (record, 0))
    assert (refused.status, refused.content["records"]) == (410, [str(record)])
    assert (await portal.export((record, 0), version=2)).status == 200


async def test_the_token_says_which_records_and_from_where(portal: Portal, record: UUID) -> None:
    call = {"records": [{"record": str(record), "after": 0}], "most_bytes": 9}
    for items in ([[record, 1, 1]], [[uuid4(), 1, 0]], [], [[record, 1, 0]] * 2):
        token = portal.token("export", items)
        assert (await portal.post("/v1/export", call | {"token": token})).status == 401
    assert (await portal.post("/v1/export", call | {"token": portal.token("read", [[record, 1, 0]])})).status == 401


@pytest.mark.parametrize("changed", [{"records": []}, {"most_bytes": 0}, {"most_bytes": None}, {"before": 1}])
async def test_a_malformed_export_is_refused(portal: Portal, record: UUID, changed: dict[str, Any]) -> None:
    call = {"token": portal.token("export", [[record, 1, 0]]), "records": [{"record": str(record), "after": 0}]}
    assert (await portal.post("/v1/export", call | {"most_bytes": 9} | changed)).status == 400
