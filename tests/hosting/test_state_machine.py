"""Whatever happens, in any order: what was acknowledged is found, whole, on two hosts, once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carnet.hosting.copies import Budgets
from carnet.roles.postgres import Postgres
from tests.conftest import databases
from tests.hosting.ground import running_ground
from tests.hosting.machine import ProtocolMachine, World

# What happens depends on time too, so that a failure is not made shorter: its notes say all that was done.
SHORT = settings(
    max_examples=20, stateful_step_count=30, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
LONG = settings(SHORT, max_examples=int(os.environ.get("CARNET_TEST_EXAMPLES", "120")), stateful_step_count=60)


@pytest.fixture
def machine(cluster: Postgres, templates: dict[str, str]) -> Iterator[type[ProtocolMachine]]:
    """The machine, with hosts, databases and portals that all its examples share; each example has its own record."""
    with asyncio.Runner() as runner:
        ready, done = asyncio.Event(), asyncio.Event()

        async def platform() -> None:
            async with (
                databases(cluster, templates) as create,
                running_ground(create, budgets=Budgets(stand_in_after_seconds=0.3, total_seconds=3.0)) as ground,
            ):
                ProtocolMachine.world = World(runner, ground)
                ready.set()
                await done.wait()
                await ProtocolMachine.world.close()

        async def started() -> asyncio.Task[None]:
            task = asyncio.ensure_future(platform())
            await asyncio.wait([task, asyncio.ensure_future(ready.wait())], return_when=asyncio.FIRST_COMPLETED)
            return task

        async def stopped(task: asyncio.Task[None]) -> None:
            done.set()
            await task

        running = runner.run(started())
        yield ProtocolMachine
        runner.run(stopped(running))


def test_nothing_acknowledged_is_lost_doubled_or_half_visible(machine: type[ProtocolMachine]) -> None:
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_doubled_or_half_visible_for_long(machine: type[ProtocolMachine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
