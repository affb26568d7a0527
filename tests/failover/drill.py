"""The portal's database on three nodes, and what becomes of steady deposits when its primary is lost.

`python -m tests.failover.drill` lives through every loss and prints; test_failover.py lives through the first ones.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import psutil
import uvloop

from tests.demonstration import Demonstration, demonstration_folder
from tests.failover.cluster import Cluster, Server, cluster_in
from tests.faults.battlefield import Battlefield
from tests.flows.disaster import Break, Day, Vandal, lived_through
from tests.flows.load import Load

_MORE = 5
_ALONE_SECONDS = 4.0
_ETCD_SECONDS = 25.0
_LONGEST_SECONDS = 120.0


class OnCluster(Demonstration):
    """The real processes of a demonstration, whose portal's database is on the cluster once it was moved there."""

    database = ""

    @property
    def told(self) -> dict[str, Any]:
        """What the demonstration tells, and where the portal's database really is."""
        told = super().told
        if self.database:
            told["databases"]["portal"] = self.database
        return told


@dataclass
class Losses:
    """What can be lost, under load. Each begins when nothing lacks, and ends when nothing lacks any more."""

    cluster: Cluster
    vandal: Vandal

    async def postgres(self) -> None:
        """`kill -9` of the primary's server; its agent lives."""
        async with self._lost("primary's PostgreSQL killed") as leader:
            await asyncio.to_thread(self.cluster.node(leader).kill_postgres)

    async def machine(self) -> None:
        """`kill -9` of all that runs on the primary's machine, which comes back later."""
        async with self._lost("primary's machine killed") as leader:
            await asyncio.to_thread(self.cluster.node(leader).kill)
            await self._goes_on(leader)
            self.cluster.switch_on(leader)

    async def all_servers(self) -> None:
        """The standbys' servers, then, while deposits are tried, the primary's machine; the standbys come back first.

        What the primary acknowledged alone would be lost here. Its agent is held still: it would see that it is alone,
        write that down, and nobody would be promoted.
        """
        async with self._lost("standbys' servers, then primary's machine") as leader:
            self.cluster.node(leader).hold_still("agent")
            standbys = [node for node in self.cluster.every() if node.name != leader]
            for node in standbys:
                await asyncio.to_thread(node.kill_server)
            await asyncio.sleep(_ALONE_SECONDS)
            await asyncio.to_thread(self.cluster.node(leader).kill)
            for node in standbys:
                self.cluster.start_server(node.name)
            await self._goes_on(leader)
            self.cluster.switch_on(leader)

    async def agent(self) -> None:
        """SIGSTOP of the primary's agent, until another node leads and deposits go on: two servers take writes then."""
        async with self._lost("primary's agent held still") as leader:
            self.cluster.node(leader).hold_still("agent")
            await self._goes_on(leader)
            self.cluster.node(leader).go_on("agent")

    async def standby(self) -> None:
        """`kill -9` of the machine of the standby that every commit waits for."""
        synchronous = (await self.cluster.whole()).synchronous
        async with self._lost("synchronous standby's machine killed"):
            await asyncio.to_thread(self.cluster.node(synchronous).kill)
            await self.vandal.day.load.more(of_each=_MORE, within_seconds=_LONGEST_SECONDS)
            self.cluster.switch_on(synchronous)

    async def planned(self) -> None:
        """The primary is changed on purpose."""
        async with self._lost("planned switchover") as leader:
            await asyncio.to_thread(self.cluster.switch_over)
            await self._goes_on(leader)

    async def etcd(self) -> None:
        """All of etcd is held still, for longer than a primary may be unheard of."""
        async with self._lost("all of etcd held still"):
            for node in self.cluster.every():
                node.hold_still("etcd")
            await asyncio.sleep(_ETCD_SECONDS)
            for node in self.cluster.every():
                node.go_on("etcd")

    async def _goes_on(self, former: str) -> None:
        await self.cluster.led_by_another(former)
        await self.vandal.day.load.more(of_each=_MORE, within_seconds=_LONGEST_SECONDS)

    @asynccontextmanager
    async def _lost(self, what: str) -> AsyncIterator[str]:
        leader = (await self.cluster.whole()).leader
        await self.vandal.day.load.more(of_each=_MORE)
        async with self.vandal.broken(what):
            yield leader
            await self.vandal.day.load.more(of_each=_MORE, within_seconds=_LONGEST_SECONDS)
            await self.cluster.whole()


Loss = Callable[[Losses], Awaitable[None]]
FIRST: Sequence[Loss] = (Losses.postgres, Losses.machine, Losses.all_servers, Losses.agent)
ALL: Sequence[Loss] = (*FIRST, Losses.standby, Losses.planned, Losses.etcd)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A day that is over.

    `started_again` are processes of the portal that did not live through it. `comparisons` counts how often the portal
    found its database behind: it then makes good from its hosts what the database lost.
    """

    day: Day
    started_again: tuple[str, ...]
    comparisons: int
    log_verifies: bool


async def lived(demonstration: OnCluster, cluster: Cluster, losses: Sequence[Loss]) -> Outcome:
    """Move the database to the cluster, then lose what there is to lose under steady deposits and reads."""
    await _move(demonstration, cluster)
    pids = {name: demonstration.pid(name) for name in ("portal", "worker")}

    async def one_after_another(vandal: Vandal) -> None:
        for loss in losses:
            await loss(Losses(cluster, vandal))

    day = await lived_through(demonstration, one_after_another)
    verified = subprocess.run(
        [sys.executable, "-m", "carnet.roles.cli", "audit", "verify", "--config", demonstration.told["settings"]],
        check=False, capture_output=True)
    started_again = tuple(name for name, pid in pids.items() if demonstration.pid(name) != pid)
    connection = await asyncpg.connect(demonstration.database)
    comparisons = await connection.fetchval("select count(*) from reconcile")
    await connection.close()
    return Outcome(day, started_again, comparisons, log_verifies=verified.returncode == 0)


async def _move(demonstration: OnCluster, cluster: Cluster) -> None:
    """As an operator moves who had one server: stop it, hand its folder to the first node, change one setting."""
    single = demonstration.told["databases"]["portal"]
    where = urlsplit(single)
    connection = await asyncpg.connect(single)
    await cluster.admit(connection)
    data = Path(await connection.fetchval("show data_directory"))
    await connection.close()
    programs = Path(psutil.Process(demonstration.pid("postgres-portal")).exe()).parent
    field = Battlefield(demonstration, {})
    async with field.unsupervised("portal", "worker", "postgres-portal"):
        await cluster.take_over(
            Server(data, programs, unquote(where.username or ""), unquote(where.password or "")))
        there = where._replace(
            netloc=f"{where.username}:{where.password}@127.0.0.1:{cluster.port}",
            query="target_session_attrs=read-write").geturl()
        settings = field.settings("portal")
        written = settings.read_text(encoding="utf-8")
        settings.write_text(
            re.sub(r"(?m)^portal_database_url = .*$", f'portal_database_url = "{there}"', written), encoding="utf-8")
        demonstration.database = there


@dataclass(frozen=True, slots=True)
class Row:
    """What one loss did. `gap` is the longest time in it between two acknowledged deposits."""

    what: str
    lasted: float
    gap: float
    deposits: int
    later: int
    cut: int
    worst: float


def rows(day: Day) -> list[Row]:
    """One row a loss, in order."""
    return [_row(day, each) for each in day.breaks]


def _row(day: Day, broken: Break) -> Row:
    sent = day.during(broken)
    deposits, _ = day.load.successes(broken.began, broken.ended)
    later, cut = (sum(request.status == status for request in sent) for status in (503, 0))
    return Row(
        broken.what, broken.ended - broken.began, _gap(day.load, broken), deposits, later, cut,
        max((request.seconds for request in sent), default=0.0))


def _gap(load: Load, broken: Break) -> float:
    at = sorted(each.sent_at + each.seconds for each in load.requests if each.is_deposit and each.succeeded)
    return max((
        later - sooner for sooner, later in pairwise(at)
        if later > broken.began and sooner < broken.ended), default=float("inf"))


def table(outcome: Outcome) -> str:
    """What every loss did, and what was lost."""
    day = outcome.day
    lines = [f"{'lost':42}{'for s':>8}{'gap s':>8}{'deposits':>10}{'503':>6}{'cut':>6}{'worst s':>9}"]
    lines += [
        f"{row.what:42}{row.lasted:8.1f}{row.gap:8.1f}{row.deposits:10}{row.later:6}{row.cut:6}{row.worst:9.1f}"
        for row in rows(day)]
    counts = {
        "acknowledged": len(day.load.kept), "lost": len(day.lost), "doubled": len(day.twice),
        "wrong": len(day.load.wrong)}
    lines.append(", ".join(f"{what} {count}" for what, count in counts.items()))
    lines.append(
        f"the database was found behind {outcome.comparisons} times; started again: "
        f"{', '.join(outcome.started_again) or 'no process of the portal'}; "
        f"the audit log {'verifies' if outcome.log_verifies else 'does not verify'}")
    return "\n".join([*lines, *day.load.wrong[:5]])


@contextmanager
def drill(losses: Sequence[Loss]) -> Iterator[Outcome]:
    """A day with these losses, over; the processes still run inside the block."""
    with demonstration_folder() as folder, cluster_in(folder / "cluster") as cluster:
        demonstration = OnCluster(folder)
        demonstration.start()
        try:
            yield uvloop.run(lived(demonstration, cluster, losses))
        finally:
            demonstration.stop()


if __name__ == "__main__":
    with drill(ALL) as outcome:
        print(table(outcome))
