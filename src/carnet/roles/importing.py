"""The processes that bring parts of a file of reimbursements, each with its own connections, views and event loop.

They are forked before anything else is begun here, so that they share the code that was loaded, and told what to do
over a socket. The process that started them looks at files, keeps the place and tells what became of persons. One that
ends early stops the import; when the one that started them ends, however it ends, they end too.
May import: every room.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import asyncpg
import msgspec
import uvloop

from carnet.errors import InvalidInput, Unavailable
from carnet.feeds.reimbursements.batch import bring_parts
from carnet.feeds.reimbursements.deposit import Feeder
from carnet.feeds.reimbursements.persons import Look
from carnet.feeds.reimbursements.place import Done, Part
from carnet.hosting.repeating import repeating
from carnet.record.inbox.message import Partner
from carnet.record.reconcile.guard import LOOK_SECONDS
from carnet.record.stores import Stores
from carnet.roles.settings import Settings
from carnet.roles.wiring import stores_of

_MOST_BYTES = 4 * 1024 * 1024       # of one message: a person whose every line is wrong


class Order(msgspec.Struct, tag="order"):
    """Bring these parts of this file, each with its number."""

    file: str
    partner: Partner
    batch: Look
    parts: list[tuple[int, Part]]


class Brought(msgspec.Struct, tag="brought"):
    """A person of this part is done."""

    part: int
    done: Done


class Ended(msgspec.Struct, tag="ended"):
    """The order is carried out, or was not: the platform is away, for this reason."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class Processes:
    """Those that were started, by the socket that each is told by."""

    sockets: tuple[socket.socket, ...]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.sockets)

    async def bring(
        self, feeder: Feeder, file: Path, parts: Sequence[tuple[int, Part]], done: Callable[[int, Done], None],
    ) -> None:
        """Have all parts brought. Raises Unavailable when one could not be, or a process ended."""
        shares = [parts[place::len(self.sockets)] for place in range(len(self.sockets))]
        try:
            async with asyncio.TaskGroup() as group:
                for each, share in zip(self.sockets, shares, strict=True):
                    order = Order(str(file), feeder.partner, feeder.batch, list(share))
                    if share:
                        group.create_task(_ordered(each, order, done))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None


@contextmanager
def importing(settings: Settings, number: int) -> Iterator[Processes]:
    """That many processes, until the block ends. They share what one process may unwrap in a minute: no ceiling moves.

    Called before this process has a loop, or a thread: what is forked has neither.
    """
    share = share_of(settings, number)
    sockets: list[socket.socket] = []
    pids: list[int] = []
    for _ in range(number):
        here, there = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            _be(share, there, [here, *sockets])
        there.close()
        sockets.append(here)
        pids.append(pid)
    try:
        yield Processes(tuple(sockets))
    finally:
        for each in sockets:
            each.close()
        for pid in pids:
            os.waitpid(pid, 0)


@asynccontextmanager
async def feeding(settings: Settings) -> AsyncIterator[tuple[Stores, asyncpg.Pool]]:
    """What a process that feeds works with, and the portal's database, until the block ends."""
    async with (
        stores_of(settings, role="reimbursements") as (stores, database),
        repeating(stores.guard.keep_looking, LOOK_SECONDS, what="the portal's position"),
    ):
        # Lines make many small values and no cycles: looking for cycles as often as usual costs a tenth of the time.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        yield stores, database


def share_of(settings: Settings, number: int) -> Settings:
    """What one of that many is told: together they unwrap no more keys in a minute than one process may."""
    return msgspec.structs.replace(settings, unwraps_a_minute=max(1, settings.unwraps_a_minute // number))


def _be(settings: Settings, there: socket.socket, not_ours: Sequence[socket.socket]) -> NoReturn:
    """What the forked process does, until the other end of its socket is closed."""
    status = 1
    try:
        for each in not_ours:
            each.close()
        uvloop.run(_serve(settings, there))
        status = 0
    except (ConnectionError, KeyboardInterrupt):
        pass        # the one that started us is gone, or was told to stop
    finally:
        if (error := sys.exc_info()[1]) is not None:
            traceback.print_exception(error)        # nobody else would tell it
        os._exit(status)


async def _serve(settings: Settings, there: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=there, limit=_MOST_BYTES)
    if not (line := await reader.readline()):
        return      # nothing to bring: nothing is opened
    async with feeding(settings) as (stores, _):
        while line:
            order = msgspec.json.decode(line, type=Order)
            bringing = asyncio.ensure_future(_carried_out(order, stores, writer))
            line = await _next_line(reader, bringing)


async def _next_line(reader: asyncio.StreamReader, bringing: asyncio.Future[None]) -> bytes:
    """The next order, once this one is carried out; nothing as soon as who gives them is gone."""
    coming = asyncio.ensure_future(reader.readline())
    await asyncio.wait((coming, bringing), return_when=asyncio.FIRST_COMPLETED)
    if not bringing.done():
        bringing.cancel()
        return b""
    bringing.result()
    return await coming


async def _carried_out(order: Order, stores: Stores, writer: asyncio.StreamWriter) -> None:
    def done(part: int, person: Done) -> None:
        writer.write(msgspec.json.encode(Brought(part, person)) + b"\n")

    feeder = Feeder(stores, order.partner, order.batch)
    try:
        await bring_parts(feeder, Path(order.file), order.parts, done)
        ended = Ended()
    except (Unavailable, InvalidInput) as error:
        ended = Ended(str(error))
    writer.write(msgspec.json.encode(ended) + b"\n")
    await writer.drain()


async def _ordered(here: socket.socket, order: Order, done: Callable[[int, Done], None]) -> None:
    reader, writer = await asyncio.open_connection(sock=here.dup(), limit=_MOST_BYTES)
    try:
        writer.write(msgspec.json.encode(order) + b"\n")
        async for line in reader:
            match msgspec.json.decode(line, type=Brought | Ended):
                case Brought(part=part, done=person):
                    done(part, person)
                case Ended(why=""):
                    return
                case Ended(why=why):
                    raise Unavailable(why)
    except ConnectionError:
        pass        # it was killed before it read what it was told
    finally:
        writer.close()
    raise Unavailable("a process of the import ended")
