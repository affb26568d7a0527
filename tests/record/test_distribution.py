"""The portal's database can be spread over machines: a record's rows lie together, no hot statement crosses records.

An engine that distributes tables by `record_id` (docs/operators/scale.md) then sends each statement to the one machine
that holds the record. What is asked of PostgreSQL while people deposit, find, retrieve and choose is caught as it
passes, and planned: every table of records must be reached by its record.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from carnet.record.authorise import authorise, block
from carnet.record.criteria import Criteria
from carnet.record.find import find
from carnet.record.history import history
from carnet.record.retrieve import retrieve
from carnet.record.stores import Stores
from carnet.record.submit import submit
from carnet.roles.wiring import assembled
from tests.running import OTHER_DOCTOR, PATIENT, Platform, letter, lot, patient, professional

SCALE_PAGE = Path(__file__).resolve().parents[2] / "docs" / "operators" / "scale.md"
BY_IDENTIFIER = {"locator", "message"}
"""Keyed by the identifier itself: what finds the record cannot be found by it, and a message may wait for one."""

_KEYED_BY_RECORD = """
select c.relname, (
  select attname from pg_attribute a join pg_index i on i.indrelid = c.oid and i.indisprimary
  where a.attrelid = c.oid and a.attnum = i.indkey[0]) as first_of_key
from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'record_id')
"""
_NO_SCANS = "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off"


async def test_every_hot_statement_reaches_records_by_their_id(platform: Platform) -> None:
    async with _listening(platform) as (stores, heard):
        await platform.opened()
        document = letter()
        await submit(professional(), lot(document), stores)
        await stores.delivery.settle()
        stores.last_known.clear()       # as in a process that has nothing at hand
        await find(patient(), PATIENT.ins, Criteria(), stores)
        await retrieve(professional(), document.entry.unique_id, stores)
        await history(patient(), PATIENT.ins, stores)
        await authorise(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, stores)
        await block(patient(), PATIENT.ins, OTHER_DOCTOR.ps_id, stores)
    of_records = set(await _tables(platform)) - BY_IDENTIFIER
    assert {"record", "outbox", "audit_event"} <= {table for sql in heard for table in of_records if table in sql}
    crossing = [
        f"{table}: {reached!r} in {' '.join(sql.split())[:90]}"
        for sql in heard for table, reached in await _reached(platform, sql)
        if table in of_records and "record_id" not in reached]
    assert crossing == []


async def test_a_statement_that_crosses_records_would_be_found(platform: Platform) -> None:
    crossing = "select home from record where ins_value = $1"
    assert [(table, "record_id" in reached) for table, reached in await _reached(platform, crossing)] == [
        ("record", False)]


async def test_every_table_of_records_begins_its_key_with_the_record(platform: Platform) -> None:
    tables = await _tables(platform)
    assert {name for name, first in tables.items() if first != "record_id"} == {*BY_IDENTIFIER, *_OF_THE_LOG}


async def test_the_page_for_operators_names_every_table(platform: Platform) -> None:
    distributed = set(re.findall(r"create_distributed_table\('(\w+)', *'record_id'\)", SCALE_PAGE.read_text("utf-8")))
    assert distributed == set(await _tables(platform)) - BY_IDENTIFIER - _OF_THE_LOG


_OF_THE_LOG = {"audit_leaf"}
"""One sequence over the whole platform, written by a worker and by no request (docs/decisions/0014-audit-log.md)."""


@asynccontextmanager
async def _listening(platform: Platform) -> AsyncIterator[tuple[Stores, dict[str, None]]]:
    """A process of the portal whose statements are heard; each once."""
    heard: dict[str, None] = {}

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(lambda query: heard.setdefault(query.query))

    async with (
        asyncpg.create_pool(dsn=_address(platform.portal), min_size=1, max_size=4, init=listen) as pool,
        assembled(platform.parts, pool, platform.keys) as stores,
    ):
        heard.clear()       # what a process asks once, at its start
        yield stores, heard


def _address(pool: asyncpg.Pool) -> str:
    address: str = pool._connect_args[0]
    return address


async def _tables(platform: Platform) -> dict[str, str]:
    return {row["relname"]: row["first_of_key"] for row in await platform.portal.fetch(_KEYED_BY_RECORD)}


async def _reached(platform: Platform, sql: str) -> list[tuple[str, str]]:
    """Each table that this statement reads, with the condition by which its rows are found."""
    if not sql.lstrip().lower().startswith(("select", "with", "insert", "update", "delete")):
        return []
    async with platform.portal.acquire() as connection:
        await connection.execute(_NO_SCANS)
        try:
            explained = await _explained(connection, sql)
        finally:
            await connection.execute("reset all")
    return [
        (node["Relation Name"], node.get("Index Cond", "") + node.get("Recheck Cond", ""))
        for node in _nodes(explained["Plan"]) if "Relation Name" in node and node["Node Type"] != "ModifyTable"]


async def _explained(connection: asyncpg.Connection, sql: str) -> dict[str, Any]:
    await connection.execute(f"prepare heard as {sql}")
    try:
        parameters = await connection.fetchval("select cardinality(parameter_types) from pg_prepared_statements"
                                               " where name = 'heard'")
        await connection.execute("set plan_cache_mode = force_generic_plan")
        values = f"({', '.join(['null'] * parameters)})" if parameters else ""
        [[plan]] = await connection.fetch(f"explain (format json) execute heard{values}")
    finally:
        await connection.execute("deallocate heard")
    explained: dict[str, Any] = json.loads(plan)[0]
    return explained


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
