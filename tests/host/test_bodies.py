"""Bodies at a host: kept under their hash, served only when they still hash to it, collected only on order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.store import open_pool
from carnet.journal.chain import genesis
from carnet.roles.postgres import Postgres
from tests.conftest import CreateDatabase
from tests.host.portal import Portal, chain


async def test_bodies_that_were_put_are_read_back_and_receipted(portal: Portal, record: UUID) -> None:
    other = uuid4()
    put = await portal.put((record, b"one"), (other, b"two"), (record, b"three"))
    assert put.status == 200
    assert portal.receipt(put, "put") == [
        [str(record), sha256(b"one").hexdigest()],
        [str(other), sha256(b"two").hexdigest()],
        [str(record), sha256(b"three").hexdigest()],
    ]
    read = await portal.read((record, b"three"), (record, b"two"), (other, b"two"))
    assert read.content == {"bodies": [b"three", None, b"two"]}


async def test_the_same_body_put_again_gives_the_same_answer_and_stays_one(portal: Portal, record: UUID) -> None:
    first = await portal.put((record, b"one"))
    again = await portal.put((record, b"one"), (record, b"one"))
    assert (first.status, again.status) == (200, 200)
    assert portal.receipt(again, "put") == portal.receipt(first, "put") * 2
    assert (await portal.head(record)).content["bodies"] == 1


async def test_a_body_that_does_not_hash_to_its_id_is_refused_and_nothing_is_kept(
    portal: Portal, record: UUID
) -> None:
    wrong = sha256(b"other").digest()
    token = portal.token("put", [[record, 1, sha256(b"good").hexdigest(), 9], [record, 1, wrong.hex(), 9]])
    bodies = [
        {"record": str(record), "id": sha256(b"good").digest(), "sealed": b"good"},
        {"record": str(record), "id": wrong, "sealed": b"bad"},
    ]
    refused = await portal.post("/v1/bodies", {"token": token, "bodies": bodies})
    assert (refused.status, refused.content["error"]) == (400, "invalid")
    assert (await portal.read((record, b"good"))).content == {"bodies": [None]}
    assert (await portal.inventory()).content["records"] == []


async def test_a_body_altered_in_the_database_is_not_served_but_counted_and_lacking(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    [entry] = chain(record, [b"one", b"two"])
    await portal.put((record, b"one"), (record, b"two"))
    await portal.append(entry)
    await pool.execute("UPDATE body SET sealed = 'onf' WHERE sealed = 'one'")
    assert (await portal.read((record, b"one"), (record, b"two"))).content == {"bodies": [None, b"two"]}
    assert (await portal.status())["damaged"] == 1
    assert (await portal.head(record)).content["lacking"] == [sha256(b"one").hexdigest()]
    assert (await portal.inventory()).content["records"][0]["lacking"] == 1
    assert (await portal.append(entry)).content["results"][0]["lacking"] == [sha256(b"one").digest()]


async def test_a_damaged_body_is_repaired_by_putting_it_again(
    portal: Portal, pool: asyncpg.Pool, record: UUID
) -> None:
    await portal.put((record, b"one"))
    await pool.execute("UPDATE body SET sealed = 'onf'")
    await portal.read((record, b"one"))
    await portal.put((record, b"one"))
    assert (await portal.read((record, b"one"))).content == {"bodies": [b"one"]}
    assert (await portal.status())["damaged"] == 0


async def test_a_body_on_a_damaged_page_of_the_disk_spoils_no_other(
    create_database: CreateDatabase, cluster: Postgres, config: HostConfig, portal: Portal, record: UUID
) -> None:
    large = bytes(range(256)) * 40
    sound = await create_database("host")
    async with await open_pool(sound) as pool:
        await replace(portal, app=build(pool, config)).put((record, b"small"), (record, large))
        toast = await pool.fetchval(
            "SELECT pg_relation_filenode(reltoastrelid) FROM pg_class WHERE oid = 'body'::regclass")
    async with _copy_of(sound, cluster) as (damaged, folder):
        with (folder / str(toast)).open("r+b") as file:
            for page in range(0, (folder / str(toast)).stat().st_size, 8192):
                file.seek(page + 4000)
                file.write(b"a bad disk")
        async with await open_pool(damaged) as pool:
            there = replace(portal, app=build(pool, config))
            read = await there.read((record, b"small"), (record, large))
            assert read.content == {"bodies": [b"small", None]}
            assert (await there.status())["damaged"] == 1


@asynccontextmanager
async def _copy_of(url: str, cluster: Postgres) -> AsyncIterator[tuple[str, Path]]:
    """A copy of a database that the server has read no page of yet, and the folder of its files."""
    name = url.rpartition("/")[2]
    administration = await asyncpg.connect(cluster.url())
    # Nobody may be there when it is copied: not even those who emptied it for this test.
    await administration.fetch("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", name)
    await administration.execute(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}" STRATEGY FILE_COPY')
    oid = await administration.fetchval("SELECT oid FROM pg_database WHERE datname = $1", f"{name}_copy")
    yield cluster.url(f"{name}_copy"), cluster.data / "base" / str(oid)
    await administration.execute(f'DROP DATABASE "{name}_copy"')
    await administration.close()


async def test_a_body_whose_row_was_lost_is_lacking(portal: Portal, pool: asyncpg.Pool, record: UUID) -> None:
    [entry] = chain(record, [b"one"])
    await portal.put((record, b"one"))
    await portal.append(entry)
    await pool.execute("DELETE FROM body")
    head = (await portal.head(record)).content
    assert (head["place"], head["bodies"], head["lacking"]) == (1, 0, [sha256(b"one").hexdigest()])


async def test_more_than_one_answer_can_carry_is_too_large(portal: Portal, record: UUID) -> None:
    bodies = [(record, bytes([n]) * 9_000_000) for n in range(8)]
    for body in bodies:
        assert (await portal.put(body)).status == 200
    assert (await portal.read(*bodies[:7])).status == 200
    assert (await portal.read(*bodies)).status == 413


async def test_records_with_unnamed_bodies_are_listed_once_their_tickets_ended(portal: Portal, record: UUID) -> None:
    other = uuid4()
    await portal.put((record, b"one"), (record, b"two"), end=100)
    await portal.put((other, b"three"), end=200)
    assert (await portal.unnamed(100)).content == {"records": []}
    assert (await portal.unnamed(101)).content == {"records": [str(record)]}
    assert (await portal.unnamed(201)).content == {"records": [str(record), str(other)]}
    await portal.append(*chain(record, [b"one", b"two"]))
    assert (await portal.unnamed(201)).content == {"records": [str(other)]}


async def test_a_later_ticket_prolongs_an_earlier_one_never_the_reverse(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"), end=100)
    await portal.put((record, b"one"), end=300)
    await portal.put((record, b"one"), end=200)
    assert (await portal.unnamed(300)).content == {"records": []}
    assert (await portal.unnamed(301)).content == {"records": [str(record)]}


async def test_collection_removes_unnamed_bodies_whose_ticket_ended_and_no_other(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"named"), (record, b"ended"), (record, b"ended too"), end=100)
    await portal.put((record, b"alive"), end=201)
    await portal.put((uuid4(), b"elsewhere"), end=100)
    [entry] = chain(record, [b"named"])
    await portal.append(entry)
    collected = await portal.collect(record, entry.head, 200)
    gone = sorted([sha256(b"ended").digest(), sha256(b"ended too").digest()])
    assert collected.content["collected"] == gone
    assert portal.receipt(collected, "collect") == [[str(record), name.hex()] for name in gone]
    left = await portal.read((record, b"named"), (record, b"ended"), (record, b"alive"))
    assert left.content == {"bodies": [b"named", None, b"alive"]}
    assert len((await portal.unnamed(1000)).content["records"]) == 2


async def test_collection_at_another_head_is_refused_with_the_own_head(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"), end=100)
    [entry] = chain(record, [])
    await portal.append(entry)
    refused = await portal.collect(record, genesis(record), 200)
    assert refused.status == 409
    assert refused.content["head"] == entry.head.hex()
    assert refused.content["place"] == 1
    assert (await portal.read((record, b"one"))).content == {"bodies": [b"one"]}


async def test_collection_for_a_record_never_seen_finds_nothing(portal: Portal, record: UUID) -> None:
    assert (await portal.collect(record, genesis(record), 200)).content["collected"] == []
    assert (await portal.collect(record, b"h" * 32, 200)).status == 409


async def test_a_collected_body_can_be_put_again(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"), end=100)
    await portal.collect(record, genesis(record), 100)
    await portal.put((record, b"one"), end=300)
    assert (await portal.read((record, b"one"))).content == {"bodies": [b"one"]}
    assert (await portal.unnamed(301)).content == {"records": [str(record)]}


async def test_a_body_that_an_entry_named_before_it_came_is_never_collected(portal: Portal, record: UUID) -> None:
    [entry] = chain(record, [b"late"])
    await portal.append(entry)
    await portal.put((record, b"late"), end=100)
    assert (await portal.unnamed(1000)).content == {"records": []}
    assert (await portal.collect(record, entry.head, 1000)).content["collected"] == []
    assert (await portal.head(record)).content["lacking"] == []
