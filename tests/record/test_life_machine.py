"""Whatever is said and done of a record, in any order: a block holds, and what is hidden leaves no mark."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carnet.roles.postgres import Postgres
from tests.background import kept_open
from tests.databases import Databases, databases
from tests.record.life_machine import LifeMachine
from tests.running import Platform, running_platform

SHORT = settings(
    max_examples=12, stateful_step_count=18, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
LONG = settings(SHORT, max_examples=int(os.environ.get("CARNET_TEST_EXAMPLES", "120")), stateful_step_count=40)


@asynccontextmanager
async def own_platform(cluster: Postgres, templates: Databases) -> AsyncIterator[Platform]:
    async with databases(cluster, templates) as create, running_platform(create) as platform:
        yield platform


@pytest.fixture
def machine(cluster: Postgres, templates: Databases) -> Iterator[type[LifeMachine]]:
    """The machine, on a platform that all its examples share; each example has its own record."""
    with asyncio.Runner() as runner, kept_open(runner, own_platform(cluster, templates)) as platform:
        LifeMachine.platform, LifeMachine.run = platform, staticmethod(runner.run)
        yield LifeMachine


def test_what_is_hidden_leaves_no_mark_whatever_happens(machine: type[LifeMachine]) -> None:
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.slow
def test_what_is_hidden_leaves_no_mark_whatever_happens_for_long(machine: type[LifeMachine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
