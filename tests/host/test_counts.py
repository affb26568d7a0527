"""A host's signed counts of a day: what left it or was hashed, what came, what it refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from starlette.applications import Starlette

from carnet.host.app import build
from carnet.host.config import HostConfig
from carnet.host.counts import NAMES, Counts, today
from tests.host.portal import Portal, chain


async def _counts(portal: Portal) -> dict[str, int]:
    answer = await portal.counts(today().isoformat())
    assert answer.status == 200, answer.content
    counts = {name: answer.content[name] for name in NAMES}
    assert portal.receipt(answer, "counts") == [[today().isoformat(), *counts.values()]]
    return {name: count for name, count in counts.items() if count}


async def test_each_kind_of_call_is_counted(portal: Portal, record: UUID) -> None:
    assert await _counts(portal) == {}
    entries = chain(record, [b"one"], [b"three"])
    await portal.put((record, b"one"), (record, b"three"))
    await portal.append(*entries)
    await portal.append(*entries)
    assert await _counts(portal) == {"bodies_put": 2, "entries_appended": 2}
    await portal.read((record, b"one"), (record, b"away"))
    expected = {"bodies_put": 2, "entries_appended": 2, "bodies_read": 1, "bytes_read": 3}
    assert await _counts(portal) == expected
    await portal.export((record, 0))
    expected |= {"bodies_read": 3, "bytes_read": 11, "exported": 2}
    assert await _counts(portal) == expected
    await portal.challenge(b"n" * 32, {"record": record, "bodies": [sha256(b"three").digest(), b"i" * 32]})
    await portal.head(record, query="?verify=true")
    expected |= {"bodies_read": 6, "bytes_read": 24, "challenged": 3}
    assert await _counts(portal) == expected
    other = chain(uuid4(), [b"one"], [], [])
    await portal.append(other[0])
    await portal.fill((other, [b"one"]))
    expected |= {"bodies_put": 3, "entries_appended": 5}
    assert await _counts(portal) == expected
    await portal.put((record, b"x"), token="none")
    await portal.post("/v1/bodies/read", b"")
    await portal.append(chain(record, [])[0])
    assert await _counts(portal) == expected | {"refused": 3}


async def test_counts_of_many_processes_and_starts_add_up(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID
) -> None:
    for starts in range(1, 4):
        started = replace(portal, app=build(pool, config))
        assert isinstance(started.app, Starlette)
        async with started.app.router.lifespan_context(started.app):
            await started.put((record, b"%d" % starts))
        assert await _counts(portal) == {"bodies_put": starts}


async def test_counts_are_written_while_the_host_runs(
    portal: Portal, pool: asyncpg.Pool, config: HostConfig, record: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carnet.host.counts.FLUSH_SECONDS", 0.01)
    running = replace(portal, app=build(pool, config))
    assert isinstance(running.app, Starlette)
    async with running.app.router.lifespan_context(running.app):
        await running.put((record, b"one"))
        async with asyncio.timeout(10):
            while await pool.fetchval("SELECT bodies_put FROM daily_count") != 1:      # noqa: ASYNC110 another process
                await asyncio.sleep(0.005)


async def test_counts_wait_for_a_database_that_is_away(pool: asyncpg.Pool) -> None:
    counts = Counts(pool)
    counts.add(refused=2)
    await pool.execute("ALTER TABLE daily_count RENAME TO mislaid")
    with pytest.raises(asyncpg.UndefinedTableError):
        await counts.flush()
    await pool.execute("ALTER TABLE mislaid RENAME TO daily_count")
    counts.add(refused=1)
    assert (await counts.of(today()))["refused"] == 3
    assert (await counts.of(today()))["refused"] == 3


async def test_days_are_apart(portal: Portal, record: UUID) -> None:
    await portal.put((record, b"one"))
    for day in ("1999-12-31", (datetime.now(UTC) + timedelta(days=3)).date().isoformat()):
        answer = (await portal.counts(day)).content
        assert {answer[name] for name in NAMES} == {0}


@pytest.mark.parametrize("day", ["x", "2026-13-01", "2026-1-1", "2026-01-011", "20260101"])
async def test_what_is_no_day_is_refused(portal: Portal, day: str) -> None:
    assert (await portal.counts(day)).status == 400


async def test_counts_need_a_token_of_their_own(portal: Portal) -> None:
    for token in ("", portal.token("inventory", []), portal.token("counts", [[uuid4(), 1]])):
        answer: Any = await portal.get("/v1/counts/2026-01-01", token)
        assert answer.status == 401
