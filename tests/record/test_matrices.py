"""The matrix in force: loaded once, kept for ever, and the same for every process."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import asyncpg
import pytest

from carnet.errors import Conflict, IntegrityError, InvalidInput
from carnet.journal.content import Actor
from carnet.journal.database import Database
from carnet.record.matrices import MatrixStore
from carnet.rights.matrices import demonstration
from carnet.rights.matrix import NOTHING_OPEN
from carnet.roles.wiring import open_pool
from tests.conftest import CreateDatabase
from tests.rights.matrices import DAY, HEADER, LETTER, file_of, professional, row

OFFICER = Actor("officer", "agent-7", "")
OPEN, CLOSED = file_of(row()), file_of(row(answers="no no"), header=("# version: test-2", *HEADER[1:]))


@pytest.fixture
async def pool(create_database: CreateDatabase) -> AsyncIterator[asyncpg.Pool]:
    """A portal's database."""
    async with open_pool(await create_database("portal"), 4) as pool:
        yield pool


@pytest.fixture
def store(pool: asyncpg.Pool) -> MatrixStore:
    """A process's store, of a platform that ships nothing."""
    return MatrixStore(Database(pool), NOTHING_OPEN)


async def test_before_any_is_loaded_the_one_shipped_is_in_force(pool: asyncpg.Pool, store: MatrixStore) -> None:
    assert await store.current() == (0, NOTHING_OPEN)
    assert await MatrixStore(Database(pool), demonstration()).current() == (0, demonstration())
    assert await store.in_force_from(0) is None


async def test_a_matrix_is_in_force_from_its_loading_in_every_process(pool: asyncpg.Pool, store: MatrixStore) -> None:
    other = MatrixStore(Database(pool), NOTHING_OPEN)
    assert await other.current() == (0, NOTHING_OPEN)
    assert await store.load(OPEN, by=OFFICER, after=0) == 1
    for each in (store, other):
        number, matrix = await each.current()
        assert (number, matrix.version) == (1, "test-1")
        assert matrix.column_of(professional(), DAY).readable == {LETTER}
    assert await store.in_force_from(1) is not None


async def test_the_next_takes_its_place_and_the_last_can_still_be_asked_for(store: MatrixStore) -> None:
    await store.load(OPEN, by=OFFICER, after=0)
    assert await store.load(CLOSED, by=OFFICER, after=1) == 2
    assert (await store.current())[1].version == "test-2"
    assert (await store.at(1)).version == "test-1"
    assert await store.at(0) is NOTHING_OPEN


async def test_an_earlier_matrix_comes_back_under_a_new_number(store: MatrixStore) -> None:
    for number, content in enumerate((OPEN, CLOSED, OPEN)):
        assert await store.load(content, by=OFFICER, after=number) == number + 1
    number, matrix = await store.current()
    assert (number, matrix.version) == (3, "test-1")


async def test_a_loading_leaves_a_trace_that_says_who_which_version_and_which_bytes(
    pool: asyncpg.Pool, store: MatrixStore,
) -> None:
    await store.load(OPEN, by=OFFICER, after=0)
    [event] = await pool.fetch(
        "select act, outcome, actor->>'kind' as kind, actor->>'identifier' as who, detail->>'version' as version,"
        " detail->>'sha256' as sha256, (detail->>'number')::int as number from audit_event")
    assert dict(event) == {
        "act": "load_matrix", "outcome": "done", "kind": "officer", "who": "agent-7", "version": "test-1",
        "sha256": hashlib.sha256(OPEN).hexdigest(), "number": 1}


async def unchanged(pool: asyncpg.Pool, number: int) -> bool:
    """True when this is still the last number, and nothing else was kept or traced."""
    counts = await pool.fetchrow(
        "select (select matrix_version from platform), (select count(*) from access_matrix),"
        " (select count(*) from audit_event)")
    return tuple(counts) == (number, number, number)


async def test_a_wrong_file_changes_nothing(pool: asyncpg.Pool, store: MatrixStore) -> None:
    await store.load(OPEN, by=OFFICER, after=0)
    with pytest.raises(InvalidInput, match="unknown document type"):
        await store.load(file_of(row(type_code="1")), by=OFFICER, after=1)
    assert await unchanged(pool, 1)


async def test_the_file_that_is_in_force_changes_nothing(pool: asyncpg.Pool, store: MatrixStore) -> None:
    assert await store.load(OPEN, by=OFFICER, after=0) == 1
    assert await store.load(OPEN, by=OFFICER, after=1) == 1
    assert await unchanged(pool, 1)


async def test_a_version_names_one_content_for_ever(pool: asyncpg.Pool, store: MatrixStore) -> None:
    await store.load(OPEN, by=OFFICER, after=0)
    with pytest.raises(Conflict, match="names another content"):
        await store.load(file_of(row(answers="no no")), by=OFFICER, after=1)
    of_a_demonstration = MatrixStore(Database(pool), demonstration())
    usurped = file_of(row(), header=("# version: demonstration-1", *HEADER[1:]))
    with pytest.raises(Conflict, match="names another content"):
        await of_a_demonstration.load(usurped, by=OFFICER, after=1)
    assert await unchanged(pool, 1)


async def test_a_loading_waits_for_the_one_under_way(pool: asyncpg.Pool, store: MatrixStore) -> None:
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("update platform set matrix_version = 5")
            loading = asyncio.create_task(store.load(OPEN, by=OFFICER, after=0))
            while not await pool.fetchval("select count(*) from pg_locks where not granted"):
                assert not loading.done()
        with pytest.raises(Conflict):
            await loading


async def test_of_two_who_compared_with_the_same_matrix_the_second_compares_again(
    pool: asyncpg.Pool, store: MatrixStore,
) -> None:
    other = MatrixStore(Database(pool), NOTHING_OPEN)
    done = await asyncio.gather(
        store.load(OPEN, by=OFFICER, after=0), other.load(CLOSED, by=OFFICER, after=0), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "int"]
    assert await unchanged(pool, 1)


async def test_a_matrix_altered_in_the_database_is_not_used(pool: asyncpg.Pool, store: MatrixStore) -> None:
    await store.load(CLOSED, by=OFFICER, after=0)
    await pool.execute("update access_matrix set content = $1", OPEN)
    with pytest.raises(IntegrityError):
        await store.current()


async def test_a_number_that_was_never_given_is_not_taken_for_a_matrix(store: MatrixStore) -> None:
    with pytest.raises(IntegrityError):
        await store.at(7)


async def test_all_who_ask_at_once_for_a_new_matrix_get_the_same(pool: asyncpg.Pool, store: MatrixStore) -> None:
    await store.load(OPEN, by=OFFICER, after=0)
    fresh = MatrixStore(Database(pool), NOTHING_OPEN)
    found = await asyncio.gather(*(fresh.at(1) for _ in range(20)))
    assert len({id(each) for each in found}) == 1


async def test_a_process_keeps_a_few_matrices_and_reads_others_again(store: MatrixStore) -> None:
    for number in range(7):
        header = (f"# version: test-{number}", *HEADER[1:])
        await store.load(file_of(row(), header=header), by=OFFICER, after=number)
        assert (await store.at(number + 1)).version == f"test-{number}"
    assert len(store._kept) <= 4
    assert (await store.at(1)).version == "test-0"
