"""Which tests a worker takes together when several share the work, and what they begin with.

Tests of a file share what the file started, all stories share one demonstration, and what takes long comes first, so
that no worker waits at the end. The marks of pytest-xdist no longer group anything since pytest 9.2 (its issue 1386).
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

_STORIES = "tests/flows/"
_OF_THEIR_OWN = ("tests/flows/test_start.py",)
_EACH_ALONE = ("tests/rights/test_oracle.py",)     # they share nothing, and take long in `make test-full`
_FIRST = (
    "tests/flows/test_readme.py",       # before others decide about the record that it reads
    _STORIES, "tests/faults/", "tests/roles/test_demo.py", "tests/hosting/test_state_machine.py",
    "tests/record/test_life_machine.py")


def together(nodeid: str) -> str:
    """What names all the tests that go to one worker with this one."""
    file, _, _ = nodeid.partition("::")
    if file in _EACH_ALONE:
        return nodeid
    if file.startswith(_STORIES) and file not in _OF_THEIR_OWN:
        return _STORIES
    return file


def turn(nodeid: str) -> int:
    """What comes first has the least."""
    return next((number for number, start in enumerate(_FIRST) if nodeid.startswith(start)), len(_FIRST))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """What pytest-xdist asks for, whatever its `--dist`: who gives each worker the next tests that belong together."""
    config.option.loadscopereorder = False      # it would put what has most tests first
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = together
    return scheduler


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what takes long."""
    items.sort(key=lambda item: turn(item.nodeid))
