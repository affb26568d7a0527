"""What the portal committed and what each host holds, read from their databases: the doors would show only one copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from carnet.journal.chain import genesis, next_head
from tests.demonstration import Demonstration


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the chain of a record ends."""

    place: int
    head: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as the portal knows it."""

    home: str
    reference: str
    chain: Chain


@dataclass(frozen=True, slots=True)
class Held:
    """What a host holds: chains computed anew from its entries, bodies counted from their bytes."""

    said: dict[UUID, Chain]
    computed: dict[UUID, Chain]
    lacking: int
    altered: int


async def records_of_portal(demonstration: Demonstration) -> dict[UUID, Record]:
    """Every record that the portal knows."""
    rows = await _rows(
        demonstration.told["databases"]["portal"], "select record_id, home, reference, place, head from record")
    return {row[0]: Record(row[1], row[2], Chain(row[3], row[4].hex())) for row in rows}


async def waiting(demonstration: Demonstration) -> int:
    """How many entries and records still wait for a host."""
    rows = await _rows(
        demonstration.told["databases"]["portal"],
        "select (select count(*) from outbox) + (select count(*) from catch_up)")
    return int(rows[0][0])


async def held_by_hosts(demonstration: Demonstration) -> dict[str, Held]:
    """What every host holds."""
    told = demonstration.told
    return {host["id"]: await _held(host["database"]) for host in (*told["hosts"], told["reference"])}


async def _held(database: str) -> Held:
    said = await _rows(database, "select record_id, place, head from record")
    lacking = await _rows(database, "select count(*) from lacking")
    altered = await _rows(database, "select count(*) from body where sha256(sealed) <> body_id")
    computed: dict[UUID, Chain] = {}
    for record, place, header, sealed in await _rows(
        database, "select record_id, place, header, sealed from entry order by record_id, place"
    ):
        before = computed.get(record, Chain(0, genesis(record).hex()))
        assert place == before.place + 1, "a host's journal has a gap"
        computed[record] = Chain(place, next_head(bytes.fromhex(before.head), header, sealed).hex())
    return Held({row[0]: Chain(row[1], row[2].hex()) for row in said}, computed, lacking[0][0], altered[0][0])


async def _rows(database: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(database)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()
