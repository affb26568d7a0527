"""Our own host passes the conformance kit, whole."""

from __future__ import annotations

import pytest

from tests.hosting.conformance.conftest import Checked

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_our_host_passes_whole(checked: Checked) -> None:
    report = await checked.examined()
    assert [(finding.name, finding.said) for finding in report.of("failed")] == []
    assert report.has_passed
    assert {speed.what for speed in report.speeds} == {"puts", "appends", "reads"}
    pool = checked.process.pool
    assert await pool.fetchval("SELECT count(*) FROM body") == await pool.fetchval("SELECT count(*) FROM entry") == 0


async def test_it_passes_again_on_the_same_day_and_database(checked: Checked) -> None:
    report = await checked.examined("it-keeps-daily-roots-for-ever", "a-day-has-its-ceiling", "its-counts-are-right")
    assert report.of("failed") == ()
    assert len(report.of("passed")) == 3
