"""The faults of a run, one after the other: each is begun, lasts, and is over when all is whole again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import asyncpg

from tests.faults.battlefield import Battlefield
from tests.faults.clients import Clients
from tests.faults.history import Broken
from tests.faults.proxy import Way
from tests.flows.load import eventually

Do = Callable[["Vandal"], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """A fault, by the name it has in the table."""

    what: str
    do: Do


@dataclass
class Vandal:
    """Does faults to a battlefield, and notes when. `seconds` is how long a lasting one lasts."""

    field: Battlefield
    clients: Clients
    seconds: float = 8.0
    more: int = 4

    async def does(self, fault: Fault) -> None:
        """This one; then until deposits and reads go on, and every host is taken for up."""
        began = monotonic()
        await fault.do(self)
        ended = monotonic()
        self.clients.history.broken.append(Broken(fault.what, began, ended))
        await self.field.is_whole()
        since = monotonic()
        await eventually(lambda: min(self.clients.successes(since)) >= self.more, within_seconds=60)

    async def lasts(self) -> None:
        """Let it last."""
        await asyncio.sleep(self.seconds)

    @asynccontextmanager
    async def network(self, host: str, way: Way, *, delay_seconds: float = 0.0) -> AsyncIterator[None]:
        """While the block lasts the network to this host does that."""
        self.field.network[host].becomes(way, delay_seconds=delay_seconds)
        try:
            yield
        finally:
            self.field.network[host].becomes(Way.PASS)


def killed(name: str) -> Fault:
    """`kill -9`; the supervisor starts it again."""
    async def do(vandal: Vandal) -> None:
        await vandal.field.kill(name)

    return Fault(f"{name} killed", do)


def held_still(*names: str, seconds: float = 0.0) -> Fault:
    """SIGSTOP, then SIGCONT."""
    async def do(vandal: Vandal) -> None:
        async with vandal.field.held_still(*names):
            await asyncio.sleep(seconds or vandal.seconds)

    return Fault(f"{' and '.join(names)} held still", do)


def network(host: str, way: Way, what: str, *, delay_seconds: float = 0.0) -> Fault:
    """The network to a host does something."""
    async def do(vandal: Vandal) -> None:
        async with vandal.network(host, way, delay_seconds=delay_seconds):
            await vandal.lasts()

    return Fault(f"network to {host} {what}", do)


def with_setting(host: str, line: str, what: str) -> Fault:
    """The host runs with another setting for a while."""
    async def do(vandal: Vandal) -> None:
        async with vandal.field.with_settings(host, line):
            await vandal.lasts()

    return Fault(f"{host} {what}", do)


def at_another_time(host: str, shift: str) -> Fault:
    """The clock of a host's machine jumps."""
    async def do(vandal: Vandal) -> None:
        async with vandal.field.at_another_time(host, shift):
            await vandal.lasts()

    return Fault(f"clock of {host} jumps {shift}", do)


async def _disk_full(vandal: Vandal) -> None:
    """Not one byte is left where the database of a host is, its log of changes included."""
    field = vandal.field
    assert field.disk is not None
    filler = field.disk / "filler"
    try:
        for _ in range(2):      # what the database gives up meanwhile is taken too
            with filler.open("ab", buffering=0) as file, suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            await vandal.lasts()
    finally:
        filler.unlink()
    for name in ("postgres-beta", "beta"):
        await eventually(partial(field.answers, name), within_seconds=60)
    said = field.settings("beta").parents[1] / "logs" / "beta.log"
    assert "503" in said.read_text(encoding="utf-8"), "the host never said that it was full"


async def _damaged_pages(vandal: Vandal) -> None:
    """Bytes of the file that holds bodies are overwritten; then its operators give up the pages that do not verify."""
    field = vandal.field
    [row] = await field.in_database("alpha", "checkpoint", "select pg_relation_filepath('body')")
    file = Path(field.host("alpha")["data"]) / row[0]
    async with field.unsupervised("postgres-alpha", "alpha", until_well=False):
        with file.open("r+b") as content:
            for page in range(0, file.stat().st_size // 8192, 3):
                content.seek(page * 8192 + 4000)
                content.write(b"\0damage\0")
    await eventually(partial(field.answers, "postgres-alpha"), within_seconds=60)
    await vandal.lasts()        # even its status may need a page that is gone: it is then a host that is away
    await field.in_database("alpha", "set zero_damaged_pages = on", "vacuum full body")
    await field.kill("alpha")


async def _altered_rows(vandal: Vandal) -> None:
    """Bodies and entries that a host holds are other bytes than those it took, and its database does not know.

    Of records that clients read: reading finds it. What nobody reads is found by oversight, in days (tests/hosting).
    """
    theirs = f"record_id in ({await _records_of_clients(vandal)})"
    flip = "sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)"
    await vandal.field.in_database(
        "alpha",
        f"update body set {flip} where get_byte(body_id, 0) < 40 and"
        f" body_id in (select body_id from named_body where {theirs})",
        f"update entry set {flip} where place > 3 and get_byte(head, 0) < 40 and {theirs}")
    await vandal.field.kill("portal")        # one that has nothing in memory reads them
    await vandal.lasts()


async def _records_of_clients(vandal: Vandal) -> str:
    """The records of the patients whom clients read, as SQL lists them."""
    connection = await asyncpg.connect(vandal.field.demonstration.told["databases"]["portal"])
    try:
        persons = [each.ins.value for each in vandal.clients.patients.values()]
        rows = await connection.fetch("select record_id from record where ins_value = any($1)", persons)
    finally:
        await connection.close()
    return ", ".join(f"'{row['record_id']}'" for row in rows)


async def _old_head(vandal: Vandal) -> None:
    copy = vandal.field.copy_of_alpha
    assert copy is not None
    await vandal.field.restore_copy("alpha", copy)
    vandal.field.copy_of_alpha = None


async def _copied(vandal: Vandal) -> None:
    vandal.field.copy_of_alpha = await vandal.field.take_copy("alpha")


COPIED = Fault("alpha copied (stopped)", _copied)
OLD_HEAD = Fault("alpha back from an old copy", _old_head)
DISK_FULL = Fault("disk of beta full", _disk_full)
DAMAGED_PAGES = Fault("pages of alpha overwritten", _damaged_pages)
ALTERED_ROWS = Fault("rows of alpha altered, portal killed", _altered_rows)
CLOCK = (at_another_time("alpha", "+2h"), at_another_time("reference", "-2h"))

SHORT = (
    killed("reference"), held_still("alpha"), network("reference", Way.HOLE, "is a black hole"),
    network("alpha", Way.ALTER, "alters answers"), killed("worker"), ALTERED_ROWS,
)
LONG = (
    COPIED, killed("alpha"), killed("reference"), killed("postgres-beta"), killed("postgres-reference"),
    killed("worker"), killed("portal"), killed("postgres-portal"), killed("postgres-keys"),
    held_still("alpha"), held_still("reference"), held_still("beta", "reference", seconds=5), held_still("worker"),
    network("alpha", Way.DELAY, "is late by 0.4 s", delay_seconds=0.4),
    network("reference", Way.DELAY, "is late by 3 s", delay_seconds=3.0),
    network("reference", Way.HOLE, "is a black hole"), network("alpha", Way.HOLE, "is a black hole"),
    network("beta", Way.CUT, "is cut"), network("reference", Way.CUT_ANSWERS, "cuts answers in the middle"),
    network("alpha", Way.SLOW, "brings 8 kB a second"), network("reference", Way.ALTER, "alters answers"),
    network("alpha", Way.ALTER, "alters answers"), with_setting("alpha", "host_capacity_bytes = 1", "has no room"),
    with_setting("beta", "host_read_only = true", "takes no writes"), ALTERED_ROWS, DAMAGED_PAGES, OLD_HEAD,
)
"""In order; what needs a disk of its own or `faketime` is added where the machine has them."""
