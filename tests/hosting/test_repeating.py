"""What is repeated beside a process's work never ends in silence."""

from __future__ import annotations

import asyncio
import logging

import pytest

from carnet.errors import Unavailable
from carnet.hosting.repeating import repeating

SECRET = "Camille EXEMPLE"


async def test_a_step_that_fails_is_logged_without_its_words_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    failures = [Unavailable("away"), ValueError(SECRET), KeyError(SECRET)]
    done = asyncio.Event()

    async def step() -> None:
        if failures:
            raise failures.pop(0)
        done.set()

    with caplog.at_level(logging.INFO):
        async with repeating(step, 0.001, what="a duty"):
            async with asyncio.timeout(30):
                await done.wait()
    told = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in told] == ["INFO", "ERROR", "ERROR"]
    assert "a duty failed" in told[1][1]
    assert "ValueError at" in told[1][1]
    assert SECRET not in caplog.text
