"""Whatever is said and done of a record, in any order: a block holds, and what is hidden leaves no mark."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carnet.roles.postgres import Postgres
from tests.conftest import databases
from tests.record.life_machine import LifeMachine, run_in
from tests.running import running_platform

SHORT = settings(
    max_examples=12, stateful_step_count=18, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
LONG = settings(SHORT, max_examples=int(os.environ.get("CARNET_TEST_EXAMPLES", "120")), stateful_step_count=40)


@pytest.fixture
def machine(cluster: Postgres, templates: dict[str, str]) -> Iterator[type[LifeMachine]]:
    """The machine, on a platform that all its examples share; each example has its own record."""
    with asyncio.Runner() as runner:
        ready, done = asyncio.Event(), asyncio.Event()

        async def platform() -> None:
            async with databases(cluster, templates) as create, running_platform(create) as running:
                LifeMachine.platform = running
                LifeMachine.run = staticmethod(run_in(runner))
                ready.set()
                await done.wait()

        async def started() -> asyncio.Task[None]:
            task = asyncio.ensure_future(platform())
            await asyncio.wait([task, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
            return task

        async def stopped(task: asyncio.Task[None]) -> None:
            done.set()
            await task

        running = runner.run(started())
        yield LifeMachine
        runner.run(stopped(running))


def test_what_is_hidden_leaves_no_mark_whatever_happens(machine: type[LifeMachine]) -> None:
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.slow
def test_what_is_hidden_leaves_no_mark_whatever_happens_for_long(machine: type[LifeMachine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
