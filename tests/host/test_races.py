"""Orders that cross at a host: whichever comes first, no rule is broken."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from uuid import uuid4

import asyncpg

from carnet.journal.chain import genesis
from tests.host.portal import Portal, chain


async def test_what_crosses_an_erasure_leaves_nothing_behind(portal: Portal, pool: asyncpg.Pool) -> None:
    for _ in range(15):
        record = uuid4()
        first, second = chain(record, [b"one"], [b"two"])
        await portal.put((record, b"zero"))
        answers = await asyncio.gather(
            portal.append(first), portal.put((record, b"one")), portal.erase(record, 1),
            portal.append(first, second), portal.put((record, b"two")),
        )
        assert answers[2].status == 200
        for table in ("entry", "body", "named_body", "ticket"):
            left = await pool.fetchval(f"SELECT count(*) FROM {table} WHERE record_id = $1", record)
            assert left == 0, table


async def test_an_append_that_crosses_a_collection_keeps_its_body_or_says_it_lacks(portal: Portal) -> None:
    for _ in range(15):
        record = uuid4()
        await portal.put((record, b"one"), end=1)
        [entry] = chain(record, [b"one"])
        appended, collected = await asyncio.gather(
            portal.append(entry), portal.collect(record, genesis(record), 1))
        lacking = appended.content["results"][0]["lacking"]
        [body] = (await portal.read((record, b"one"))).content["bodies"]
        assert (lacking, body, collected.status) in (
            ([], b"one", 409), ([sha256(b"one").digest()], None, 200))
        assert (await portal.head(record)).content["lacking"] == [name.hex() for name in lacking]


async def test_a_put_that_crosses_a_collection_keeps_its_body(portal: Portal) -> None:
    for _ in range(15):
        record = uuid4()
        await portal.put((record, b"one"), end=1)
        put, _ = await asyncio.gather(
            portal.put((record, b"one"), end=500), portal.collect(record, genesis(record), 1))
        assert put.status == 200
        assert (await portal.read((record, b"one"))).content == {"bodies": [b"one"]}
        assert (await portal.collect(record, genesis(record), 499)).content["collected"] == []


async def test_a_put_that_crosses_the_append_naming_it_is_never_collected(portal: Portal) -> None:
    for _ in range(15):
        record = uuid4()
        [entry] = chain(record, [b"one"])
        await asyncio.gather(portal.put((record, b"one"), end=1), portal.append(entry))
        assert str(record) not in (await portal.unnamed(9)).content["records"]
        assert (await portal.collect(record, entry.head, 9)).content["collected"] == []
        assert (await portal.head(record)).content["lacking"] == []
