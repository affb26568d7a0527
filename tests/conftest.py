"""What every test may ask for: a database of its own, and the shared samples.

One embedded cluster serves all tests of a worker; a database of a test is as a migrated template.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from carnet.record import clock
from carnet.roles.postgres import Postgres
from tests.databases import CreateDatabase, Databases, databases
from tests.listening import held_port

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from tests.running import Platform

__all__ = ["CreateDatabase", "databases"]       # many tests ask here for them
pytest_plugins = ("tests.workers", "tests.endings")

# "Not found" waits for its step, here a shorter one: what tests look at is that it waits.
clock.NOT_FOUND_STEP_SECONDS = 0.005
# The embedded servers speak no TLS: to ask them each time costs a second connection.
os.environ["PGSSLMODE"] = "disable"

_FORGETFUL = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "autovacuum": "off", "bgwriter_lru_maxpages": "0", "checkpoint_timeout": "1d",
    "max_wal_size": "2GB", "io_method": "sync", "scram_iterations": "1",
}


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
    with held_port() as port:
        server = Postgres(home / "cluster", port=port, options=_FORGETFUL)
        server.start()
        asyncio.run(_shorten_passwords(server))
        yield server
        server.stop()
    shutil.rmtree(home)


async def _shorten_passwords(server: Postgres) -> None:
    """Keep the password anew, by as few rounds as the server is set to: four thousand were half of each connection."""
    administration = await asyncpg.connect(server.url())
    password = (server.folder / "password").read_text(encoding="ascii")
    await administration.execute(f"ALTER ROLE current_user PASSWORD '{password}'")
    await administration.close()


@pytest.fixture(scope="session")
def templates(cluster: Postgres) -> Iterator[Databases]:
    """The databases of this worker's cluster that no test uses now."""
    with closing(Databases(cluster)) as databases:
        yield databases


@pytest.fixture
async def create_database(cluster: Postgres, templates: Databases) -> AsyncIterator[CreateDatabase]:
    """`url = await create_database("portal" | "keys" | "host" | "empty")`: a migrated database of this test alone."""
    async with databases(cluster, templates) as create:
        yield create


@pytest.fixture
async def platform(create_database: CreateDatabase) -> AsyncIterator[Platform]:
    """A portal and three hosts in this process, on databases of this test alone."""
    from tests.running import running_platform

    async with running_platform(create_database) as platform:
        yield platform


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
