"""Whatever is entered in whatever order: debits are credits on every axis, and costs are what a few counters say."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from carnet.journal.database import Database
from carnet.ledger.store import LedgerStore
from carnet.roles.postgres import Postgres
from carnet.roles.wiring import open_pool
from tests.background import kept_open
from tests.databases import Databases, databases
from tests.ledger.ledger_machine import LedgerMachine

SHORT = settings(
    max_examples=30, stateful_step_count=30, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
LONG = settings(SHORT, max_examples=int(os.environ.get("CARNET_TEST_EXAMPLES", "200")), stateful_step_count=50)


@asynccontextmanager
async def own_ledger(cluster: Postgres, templates: Databases) -> AsyncIterator[LedgerStore]:
    async with databases(cluster, templates) as create, open_pool(await create("portal"), 4) as pool:
        yield LedgerStore(Database(pool))


@pytest.fixture
def machine(cluster: Postgres, templates: Databases) -> Iterator[type[LedgerMachine]]:
    """The machine, on a ledger that all its examples share; each example has books of its own."""
    with asyncio.Runner() as runner, kept_open(runner, own_ledger(cluster, templates)) as ledger:
        LedgerMachine.ledger, LedgerMachine.run = ledger, staticmethod(runner.run)
        yield LedgerMachine


def test_books_add_up_whatever_is_entered(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(machine, settings=SHORT)


@pytest.mark.slow
def test_books_add_up_whatever_is_entered_for_long(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(machine, settings=LONG)
