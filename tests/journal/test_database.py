"""What the portal's database does while it fails over is said as unavailable, and the next question goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from carnet.errors import Unavailable
from carnet.journal.database import Database
from carnet.people.caller import PatientCaller
from carnet.roles.wiring import open_pool
from carnet.web.store import SessionStore
from tests.databases import CreateDatabase
from tests.running import PATIENT

_NOTE = "insert into web_session (id_hash, caller, ends_at) values ($1, '{}', now())"


@pytest.fixture
async def pool(create_database: CreateDatabase) -> AsyncIterator[asyncpg.Pool]:
    """One connection to a portal's database: the next statement gets the same one, or the one that replaces it."""
    async with open_pool(await create_database("portal"), 1) as pool:
        yield pool


async def _is_demoted(pool: asyncpg.Pool) -> None:
    """What a session sees whose server is a standby now."""
    await pool.execute("set default_transaction_read_only = on")


async def test_a_write_on_a_server_that_was_demoted_can_be_sent_again_later(pool: asyncpg.Pool) -> None:
    await _is_demoted(pool)
    with pytest.raises(Unavailable) as refused:
        await Database(pool).execute(_NOTE, uuid4().bytes)
    assert refused.value.retry_after_seconds > 0


async def test_a_transaction_on_a_server_that_was_demoted_can_be_sent_again_later(pool: asyncpg.Pool) -> None:
    await _is_demoted(pool)
    with pytest.raises(Unavailable):
        async with Database(pool).transaction() as connection:
            await connection.execute(_NOTE, uuid4().bytes)


async def test_the_pages_say_the_same_of_a_server_that_was_demoted(pool: asyncpg.Pool) -> None:
    await _is_demoted(pool)
    caller = PatientCaller(PATIENT.ins, PATIENT.traits.family, PATIENT.traits.given)
    with pytest.raises(Unavailable):
        await SessionStore(pool, 30, 8).begin(caller)


async def test_after_a_session_was_cut_the_pool_connects_anew_by_itself(pool: asyncpg.Pool) -> None:
    database = Database(pool)
    with pytest.raises(Unavailable):
        await database.execute("select pg_terminate_backend(pg_backend_pid())")
    assert await database.fetchval("select 1") == 1


async def test_a_standby_is_no_place_to_work_where_the_address_asks_for_a_primary(
    create_database: CreateDatabase
) -> None:
    url = await create_database("portal")
    async with open_pool(url, 1) as pool:
        name = await pool.fetchval("select current_database()")
        await pool.execute(f"alter database {name} set default_transaction_read_only = on")
    with pytest.raises(asyncpg.exceptions.TargetServerAttributeNotMatched):
        async with open_pool(f"{url}?target_session_attrs=read-write", 1):
            pass
