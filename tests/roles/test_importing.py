"""Processes that bring a batch: together they may do what one may, and none of them is missed."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from carnet.errors import Unavailable
from carnet.feeds.reimbursements.deposit import Feeder
from carnet.feeds.reimbursements.persons import Look
from carnet.feeds.reimbursements.place import Part
from carnet.feeds.reimbursements.source import START
from carnet.roles import importing
from carnet.roles.importing import Processes, share_of
from carnet.roles.settings import Settings
from tests.feeds.reimbursements.batches import BATCH, DAY, INSURER


@pytest.mark.parametrize(("processes", "each"), [(1, 6000), (4, 1500), (7, 857), (9000, 1)])
def test_processes_of_an_import_share_the_ceiling_of_keys(processes: int, each: int) -> None:
    assert share_of(Settings(unwraps_a_minute=6000), processes).unwraps_a_minute == each


def test_an_import_stops_when_one_of_its_processes_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_serve", _waits_for_ever)
    before = psutil.Process().children()
    with importing.importing(Settings(), 2) as processes:
        started = [each for each in psutil.Process().children() if each not in before]
        try:
            started[0].kill()
            with pytest.raises(Unavailable, match="a process of the import ended"):
                asyncio.run(_brought(processes))
        finally:
            for each in started:
                each.kill()


async def _waits_for_ever(_settings: Settings, _there: socket.socket) -> None:
    await asyncio.Event().wait()


async def _brought(processes: Processes) -> None:
    stores: Any = None      # what only processes open
    feeder = Feeder(stores, INSURER, Look(BATCH, DAY, lines=4, persons=2))
    await processes.bring(
        feeder, Path("batch.csv"), [(0, Part(START, 2, 4)), (1, Part(START, 4, 6))], lambda *_: None)
