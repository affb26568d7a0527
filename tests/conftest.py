"""What every test may ask for: a database of its own, and the shared samples.

One embedded cluster serves all tests of a worker; a database of a test is a copy of a migrated template.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from carnet.roles.migrate import migrate
from carnet.roles.postgres import Postgres

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from tests.running import Platform

CreateDatabase = Callable[[str], Awaitable[str]]
_numbers = count(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of samples beside the project; tests that need it are skipped where it is not."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of shared samples (../shared/data) is not here")
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    """One embedded cluster. Its disk is not forced: a test never outlives its machine."""
    # Not pytest's own folder: that one is closed to the user the server runs as when root runs the tests.
    home = Path(tempfile.mkdtemp(prefix="carnet-tests-"))
    home.chmod(0o711)
    server = Postgres(home / "cluster", options={"fsync": "off"})
    server.start()
    yield server
    server.stop()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """The migrated databases that others are copied from, by what they are for."""
    return {}


@asynccontextmanager
async def databases(cluster: Postgres, templates: dict[str, str]) -> AsyncIterator[CreateDatabase]:
    """What makes databases, and drops them all at the end."""
    made: list[str] = []

    async def create(which: str) -> str:
        administration = await asyncpg.connect(cluster.url())
        try:
            if which not in templates:
                await _make_template(administration, cluster, which)
                templates[which] = f"template_{which}"
            name = f"test_{which}_{next(_numbers)}"
            await administration.execute(f'CREATE DATABASE "{name}" TEMPLATE "{templates[which]}" STRATEGY FILE_COPY')
        finally:
            await administration.close()
        made.append(name)
        return cluster.url(name)

    yield create
    administration = await asyncpg.connect(cluster.url())
    for name in made:
        await administration.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await administration.close()


@pytest.fixture
async def create_database(cluster: Postgres, templates: dict[str, str]) -> AsyncIterator[CreateDatabase]:
    """`url = await create_database("portal" | "keys" | "host" | "empty")`: a migrated database of this test alone."""
    async with databases(cluster, templates) as create:
        yield create


async def _make_template(administration: asyncpg.Connection, cluster: Postgres, which: str) -> None:
    await administration.execute(f'CREATE DATABASE "template_{which}"')
    if which != "empty":
        await migrate(cluster.url(f"template_{which}"), which)


@pytest.fixture
async def platform(create_database: CreateDatabase) -> AsyncIterator[Platform]:
    """A portal and three hosts in this process, on databases of this test alone."""
    from tests.running import running_platform

    async with running_platform(create_database) as platform:
        yield platform


@pytest.hookimpl(tryfirst=True)     # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file stay together when several processes share the work, so that they share what the file started."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(Path(__file__).parent).as_posix()))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The last word: what was counted, what was skipped, and why."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        counted.update({name: number for name, number in report.user_properties if isinstance(number, int)})
    for name, number in counted.items():
        terminalreporter.write_line(f"{name.capitalize()}: {number:,}")
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", [])
    )
    terminalreporter.write_line("Skipped: " + ("nothing" if not reasons else ""))
    for reason, times in reasons.most_common():
        terminalreporter.write_line(f"  {times} because {reason}")
