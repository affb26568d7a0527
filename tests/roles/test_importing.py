"""Processes that bring a batch: together they may do what one may."""

from __future__ import annotations

import pytest

from carnet.roles.importing import share_of
from carnet.roles.settings import Settings


@pytest.mark.parametrize(("processes", "each"), [(1, 6000), (4, 1500), (7, 857), (9000, 1)])
def test_processes_of_an_import_share_the_ceiling_of_keys(processes: int, each: int) -> None:
    assert share_of(Settings(unwraps_a_minute=6000), processes).unwraps_a_minute == each
