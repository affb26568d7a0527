"""Whatever happens, in any order: what was acknowledged is found, whole, on two hosts, once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carnet.hosting.copies import Budgets
from carnet.roles.postgres import Postgres
from tests.background import kept_open
from tests.databases import Databases, databases
from tests.hosting.ground import Ground, running_ground
from tests.hosting.life_machine import LifeMachine
from tests.hosting.machine import ProtocolMachine
from tests.hosting.world import World

# What comes of a step depends on time too, so that a failure is not made shorter: its notes say all that was done.
SHORT = settings(
    max_examples=10, stateful_step_count=30, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
SHORT_LIVES = settings(SHORT, max_examples=3, stateful_step_count=25)
_MORE = os.environ.get("CARNET_TEST_EXAMPLES", "")
LONG = settings(SHORT, max_examples=int(_MORE or 120), stateful_step_count=60)
LONG_LIVES = settings(SHORT, max_examples=int(_MORE or 30), stateful_step_count=50)


@asynccontextmanager
async def own_ground(cluster: Postgres, templates: Databases) -> AsyncIterator[Ground]:
    async with (
        databases(cluster, templates) as create,
        running_ground(create, budgets=Budgets(stand_in_after_seconds=0.3, total_seconds=20.0)) as ground,
    ):
        yield ground


def lived(machine: type[ProtocolMachine], wanted: settings) -> None:
    """Run the machine. What is told of a failure is the failure: tried again, it may well be another one, or none."""
    try:
        run_state_machine_as_test(machine, settings=wanted)
    finally:
        if machine.world.failure is not None:
            raise machine.world.failure


@pytest.fixture
def machine(cluster: Postgres, templates: Databases) -> Iterator[type[ProtocolMachine]]:
    """The machine, with hosts, databases and portals that all its examples share; each example has its own record."""
    with asyncio.Runner() as runner, kept_open(runner, own_ground(cluster, templates)) as ground:
        ProtocolMachine.world = World(runner, ground)
        yield ProtocolMachine
        runner.run(ProtocolMachine.world.close())


def test_nothing_acknowledged_is_lost_doubled_or_half_visible(machine: type[ProtocolMachine]) -> None:
    lived(machine, SHORT)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_doubled_or_half_visible_for_long(machine: type[ProtocolMachine]) -> None:
    lived(machine, LONG)


@pytest.fixture
def lives(cluster: Postgres, templates: Databases, machine: type[ProtocolMachine]) -> Iterator[type[LifeMachine]]:
    """The same through lives; portals begin again on copies of their database, which stay until the end."""
    LifeMachine.lives = [AsyncExitStack()]
    runner = ProtocolMachine.world.runner
    with kept_open(runner, databases(cluster, templates)) as create:
        LifeMachine.create = [create]
        yield LifeMachine
        runner.run(ProtocolMachine.world.close())
        runner.run(LifeMachine.lives[0].aclose())


def test_moves_erasures_and_restores_lose_nothing_and_bring_nothing_back(lives: type[LifeMachine]) -> None:
    lived(lives, SHORT_LIVES)


@pytest.mark.slow
def test_moves_erasures_and_restores_lose_nothing_and_bring_nothing_back_for_long(lives: type[LifeMachine]) -> None:
    lived(lives, LONG_LIVES)
